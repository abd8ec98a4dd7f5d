/**
 * `kubectl patch`, and `kubectl set image`, which patches images alone.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/patch/patch.go, pkg/cmd/set/set_image.go
 */
import { parse as parseYaml } from 'yaml';
import { equalContent } from '../../controllers/canonical.ts';
import { WriteVerb } from '../../controllers/command.ts';
import { mergePatch } from '../../controllers/merge-patch.ts';
import type { KubeObject } from '../../controllers/object/kind.ts';
import { isManifest, listAt, type Manifest, objectAt } from '../../controllers/object/manifest.ts';
import type { ClusterView } from './cluster-view.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { resourcePath } from './resource.ts';
import { type Selected, select } from './selection.ts';
import { strategicMerge } from './strategic-merge.ts';
import type { Planned, PlanStep } from './write-plan.ts';

const PATCH_OPTIONS: OptionSpec = {
  patch: { kind: 'text', short: 'p' },
  type: { kind: 'text' },
};
const SET_OPTIONS: OptionSpec = { all: { kind: 'flag' }, selector: { kind: 'text', short: 'l' } };

/** @throws {KubectlError} */
export function patch(cluster: ClusterView, argv: readonly string[]): Planned {
  const options = parseArguments(argv, PATCH_OPTIONS, 'patch');
  const text = options.text('patch');
  if (text === undefined) throw misuse('must specify --patch or --patch-file containing the contents of the patch');
  const type = options.text('type') ?? 'strategic';
  if (type !== 'strategic' && type !== 'merge') {
    throw misuse(
      type === 'json'
        ? 'patches of type json are not modelled'
        : `--type must be one of [json merge strategic], not "${type}"`,
    );
  }
  const given = read(text);
  const { parts, errors } = select(cluster.view, options.words, { namespace: options.text('namespace') ?? 'default' });
  const steps = parts.flatMap((part) =>
    part.objects.map((object): PlanStep => {
      const merged = type === 'merge' ? given : strategicMerge(object as unknown as Manifest, given);
      const after = mergePatch(object as unknown as Manifest, merged);
      return step(part, object, merged, equalContent(after, object) ? 'patched (no change)' : 'patched');
    }),
  );
  return { steps, errors };
}

function read(text: string): Manifest {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch {
    throw misuse(`unable to parse "${text}": yaml: invalid`);
  }
  if (!isManifest(value)) throw misuse(`unable to parse "${text}": it is no object`);
  return value;
}

/** @throws {KubectlError} */
export function setImage(cluster: ClusterView, argv: readonly string[]): Planned {
  const [what = '', ...rest] = argv;
  if (what !== 'image') throw new KubectlError(`error: kubectl set ${what} is not modelled yet`);
  const options = parseArguments(rest, SET_OPTIONS, 'set image');
  const images = options.words.filter((word) => word.includes('='));
  const targets = options.words.filter((word) => !word.includes('='));
  if (targets.length === 0)
    throw misuse('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (images.length === 0) throw misuse('at least one image update is required');
  const { parts, errors } = select(cluster.view, targets, { namespace: options.text('namespace') ?? 'default' });
  const steps = parts.flatMap((part) => part.objects.flatMap((object) => imageStep(part, object, images)));
  return { steps, errors };
}

function imageStep(part: Selected, object: KubeObject, images: readonly string[]): PlanStep[] {
  const manifest = object as unknown as Manifest;
  const spec = objectAt(manifest, 'spec');
  const podSpec = object.kind === 'Pod' ? spec : objectAt(objectAt(spec, 'template'), 'spec');
  const containers = listAt(podSpec, 'containers') ?? [];
  const changed = containers.map((container) => {
    const wanted = images
      .map((word) => splitPair(word))
      .findLast(([name]) => name === '*' || name === container['name']);
    return wanted === undefined ? container : { ...container, image: wanted[1] };
  });
  for (const word of images) {
    const [name] = splitPair(word);
    if (name !== '*' && !containers.some((container) => container['name'] === name))
      throw misuse(`unable to find container named "${name}"`);
  }
  if (equalContent(changed, containers)) return [];
  const inside = { spec: { containers: changed } };
  return [step(part, object, object.kind === 'Pod' ? inside : { spec: { template: inside } }, 'image updated')];
}

function splitPair(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

function step({ info }: Selected, { metadata, kind }: KubeObject, body: Manifest, done: string): PlanStep {
  const { namespace, name } = metadata;
  return {
    write: { verb: WriteVerb.Patch, body: { kind, namespace, name, patch: body } },
    said(reply) {
      if (reply.result === 'refused') throw refusalError(reply);
      return `${resourcePath(info, name)} ${done}\n`;
    },
  };
}
