/**
 * What a run takes for granted where a scenario leaves it open, told before it begins: how Jobs end of whose work nothing
 * is known, and variables out of ConfigMaps and Secrets that are not there.
 */
import { isKnownImage } from '../../controllers/cni/image-answers.ts';
import { configReferences } from '../../controllers/environment/config-source.ts';
import { endOfWork, UNKNOWN_WORK_NS } from '../../controllers/kubelet/job-command.ts';
import { commandEnd } from '../../controllers/kubelet/known-command.ts';
import type { Container, PodSpec } from '../../controllers/object/pod.ts';
import { formatDuration } from '../../core/time.ts';
import type { PlainObject } from '../manifest/document.ts';
import { nameOf } from './known-names.ts';
import type { ManifestObject } from './object.ts';
import type { Image } from './schema/image.ts';

/** @param objects all that the scenario and its timeline bring */
export function assumptionNotices(
  objects: readonly ManifestObject[],
  images: Readonly<Record<string, Image>>,
): readonly string[] {
  return [...workNotices(objects, images), ...configNotices(objects)];
}

function workNotices(objects: readonly ManifestObject[], images: Readonly<Record<string, Image>>): string[] {
  const names = objects.flatMap(({ object }) => {
    const { kind, namespace, name } = nameOf(object);
    if (kind !== 'Job' && kind !== 'CronJob') return [];
    const open = containersOf(object).some((container) => isOpen(container, images));
    return open ? [`${namespace}/${name}`] : [];
  });
  if (names.length === 0) return [];
  const took = formatDuration(UNKNOWN_WORK_NS);
  return [`Assumed to succeed after ${took}, since nothing is known of their work: Jobs ${unique(names)}`];
}

function isOpen(container: Container, images: Readonly<Record<string, Image>>): boolean {
  const { image = '', command = [], args = [] } = container;
  const base = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  if ((images[image] ?? images[base])?.exitAfterNs !== undefined) return false;
  if (endOfWork(container, isKnownImage(image, images)) === undefined) return false;
  const words = [...command, ...args];
  return words.length === 0 || commandEnd(words) === undefined;
}

function configNotices(objects: readonly ManifestObject[]): string[] {
  const there = new Set(objects.map(({ object }) => keyOf(object)));
  const missing = objects.flatMap(({ object }) => {
    const { namespace } = nameOf(object);
    return containersOf(object)
      .flatMap(configReferences)
      .filter(({ kind, name, optional }) => !optional && !there.has(`${kind} ${namespace}/${name}`))
      .map(({ kind, name }) => `${kind} ${namespace}/${name}`);
  });
  if (missing.length === 0) return [];
  return [`Variables are left out that come from what is not there: ${unique(missing)}`];
}

/** Secrets that no container has variables from: certificates and the like, which bear on no packet. */
export function unreadSecrets(objects: readonly ManifestObject[]): readonly PlainObject[] {
  const read = new Set(
    objects.flatMap(({ object }) => {
      const { namespace } = nameOf(object);
      return containersOf(object)
        .flatMap(configReferences)
        .map(({ kind, name }) => `${kind} ${namespace}/${name}`);
    }),
  );
  return objects.map(({ object }) => object).filter((object) => object.kind === 'Secret' && !read.has(keyOf(object)));
}

function keyOf(object: PlainObject): string {
  const { kind, namespace, name } = nameOf(object);
  return `${kind} ${namespace}/${name}`;
}

function unique(names: readonly string[]): string {
  return [...new Set(names)].join(', ');
}

/** The containers of a pod or of a template, however deep it stands. Not checked yet: what is no container is passed over. */
function containersOf(object: PlainObject): readonly Container[] {
  let spec = object.spec as PlainObject | undefined;
  for (const key of ['jobTemplate', 'template']) {
    const inner = (spec?.[key] as PlainObject | undefined)?.spec as PlainObject | undefined;
    if (inner !== undefined) spec = inner;
  }
  const containers = (spec as Partial<PodSpec> | undefined)?.containers;
  return Array.isArray(containers) ? containers.filter(isContainer) : [];
}

function isContainer(value: unknown): value is Container {
  if (typeof value !== 'object' || value === null) return false;
  const { env = [], envFrom = [], image = '' } = value as Record<string, unknown>;
  const lists = [env, envFrom].every((list) => Array.isArray(list) && list.every((one) => typeof one === 'object'));
  return lists && typeof image === 'string';
}
