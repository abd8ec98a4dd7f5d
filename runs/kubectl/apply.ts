/**
 * `kubectl apply -f`, `create -f` and `delete -f`: objects from files.
 */
import { WriteVerb } from '../../controllers/command.ts';
import { decodeManifest, decodeMessage } from '../../controllers/object/decode.ts';
import { type KindInfo, kindInfo } from '../../controllers/object/kind.ts';
import type { Manifest } from '../../controllers/object/manifest.ts';
import { LAST_APPLIED } from '../../controllers/request.ts';
import { parseManifest } from '../manifest/document.ts';
import type { SourceFile } from '../manifest/source.ts';
import { objectNotices, sortObject } from '../scenario/object.ts';
import type { ClusterView } from './cluster-view.ts';
import { DRY_RUN_OPTIONS, dryRunOf } from './dry-run.ts';
import { sorted } from './json-text.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { type Arguments, type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import { resourceKind, resourcePath } from './resource.ts';
import type { PlanStep, WritePlan } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  ...DRY_RUN_OPTIONS,
  filename: { kind: 'list', short: 'f' },
  recursive: { kind: 'flag', short: 'R' },
  'ignore-not-found': { kind: 'flag' },
  wait: { kind: 'flag', modelled: ['true'] },
};

/** Gives the files that a `-f` names. @throws {InputError} when there are none */
export type ReadFiles = (name: string) => readonly SourceFile[];

interface FileObject {
  readonly info: KindInfo;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly manifest: Manifest;
  readonly file: string;
}

type Verb = 'apply' | 'create' | 'delete';

/** Whether a command line names files. */
export function namesFiles(argv: readonly string[]): boolean {
  return argv.some((word) => /^(-f.*|--filename(=.*)?)$/.test(word));
}

/** @throws {KubectlError | InputError} */
export function fromFiles(cluster: ClusterView, verb: Verb, argv: readonly string[], readFiles: ReadFiles): WritePlan {
  const options = parseArguments(argv, OPTIONS, verb);
  const names = options.list('filename');
  if (names.length === 0) throw misuse('must specify one of -f and -k');
  const dryRun = dryRunOf(options, cluster);
  const { objects, notices, errors } = readObjects(names, options, readFiles);
  const steps = objects.map((object) => stepOf(cluster, verb, object));
  const stderr = dryRun.stderr + notices.map((notice) => `${notice}\n`).join('');
  if (!dryRun.only) return { steps, stderr, errors };
  const lines = objects.map((object) => `${doneText(cluster, verb, object)}${dryRun.suffix}\n`);
  return { steps: [], stdout: lines.join(''), stderr, errors };
}

function readObjects(names: readonly string[], options: Arguments, readFiles: ReadFiles) {
  const objects: FileObject[] = [];
  const errors: KubectlError[] = [];
  const left: Parameters<typeof objectNotices>[0][number][] = [];
  for (const file of names.flatMap((name) => [...readFiles(name)])) {
    for (const document of parseManifest(file)) {
      const found = sortObject(document);
      if (found.type !== 'kept') {
        left.push(found);
        continue;
      }
      const info = kindInfo(String(found.object.object.kind)) as KindInfo;
      const decoded = decodeManifest(info, found.object.object);
      const complaint = decodeMessage(info, decoded);
      if (complaint !== undefined) {
        errors.push(
          new KubectlError(`Error from server (BadRequest): error when creating "${file.name}": ${complaint}`),
        );
        continue;
      }
      objects.push(fileObject(info, decoded.manifest, file.name, options.text('namespace')));
    }
  }
  return { objects, notices: objectNotices(left), errors };
}

function fileObject(info: KindInfo, given: Manifest, file: string, asked: string | undefined): FileObject {
  const { name = '', namespace: own, ...rest } = (given['metadata'] ?? {}) as Readonly<Record<string, string>>;
  if (info.namespaced && asked !== undefined && own !== undefined && own !== asked) {
    throw misuse(
      `the namespace from the provided object "${own}" does not match the namespace "${asked}". You must pass '--namespace=${own}' to perform this operation.`,
    );
  }
  const namespace = info.namespaced ? (own ?? asked ?? 'default') : undefined;
  const metadata = { ...rest, name, ...(namespace === undefined ? {} : { namespace }) };
  return { info, name, namespace, file, manifest: { ...given, metadata } };
}

function stepOf(cluster: ClusterView, verb: Verb, object: FileObject): PlanStep {
  const { info, name, namespace, manifest, file } = object;
  const write =
    verb === 'delete'
      ? { verb: WriteVerb.Delete, body: { kind: info.kind, namespace, name } }
      : verb === 'create'
        ? { verb: WriteVerb.Create, body: manifest }
        : { verb: WriteVerb.Apply, body: withLastApplied(manifest) };
  return {
    write,
    said(reply) {
      if (reply.result === 'refused') {
        const doing = verb === 'delete' ? 'deleting' : 'creating';
        throw refusalError(reply, `error when ${doing} "${file}"`);
      }
      if (verb !== 'apply') return `${doneText(cluster, verb, object)}\n`;
      const word = { created: 'created', changed: 'configured', unchanged: 'unchanged', deleted: 'deleted' }[
        reply.result
      ];
      return `${resourcePath(info, name)} ${word}\n`;
    },
  };
}

function doneText({ view }: ClusterView, verb: Verb, { info, name, namespace }: FileObject): string {
  if (verb === 'delete') {
    const where = namespace === undefined ? '' : ` from ${namespace} namespace`;
    return `${resourceKind(info)} "${name}" deleted${where}`;
  }
  const isNew = verb === 'create' || view.get(info.kind, namespace, name) === undefined;
  return `${resourcePath(info, name)} ${isNew ? 'created' : 'configured'}`;
}

/** The manifest as `apply` sends it: with a copy of itself, so that the next one knows what it had set. */
function withLastApplied(manifest: Manifest): Manifest {
  const metadata = manifest['metadata'] as Readonly<Record<string, unknown>>;
  const annotations = (metadata['annotations'] ?? {}) as Readonly<Record<string, unknown>>;
  const { [LAST_APPLIED]: _last, ...own } = annotations;
  const text = `${JSON.stringify(sorted({ ...manifest, metadata: { ...metadata, annotations: own } }))}\n`;
  return { ...manifest, metadata: { ...metadata, annotations: { ...own, [LAST_APPLIED]: text } } };
}
