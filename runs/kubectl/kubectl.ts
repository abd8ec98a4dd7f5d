/**
 * kubectl: finds the subcommand and turns its complaints into text and exit code. What changes the cluster comes back as
 * a plan, so that the caller decides when its requests are made.
 */
import { InputError } from '../input-error.ts';
import type { SourceFile } from '../manifest/source.ts';
import { fromFiles, namesFiles, type ReadFiles } from './apply.ts';
import type { ClusterView } from './cluster-view.ts';
import { cordon, uncordon } from './cordon.ts';
import { create } from './create.ts';
import { deleteObjects } from './delete.ts';
import { describe } from './describe/describe.ts';
import { drain } from './drain.ts';
import { events } from './event-table.ts';
import { expose } from './expose.ts';
import { get } from './get.ts';
import { KubectlError, misuse } from './kubectl-error.ts';
import { printed } from './kubectl-result.ts';
import { annotate, label } from './label.ts';
import { logs } from './logs.ts';
import { isUnmodelledCommand } from './not-modelled.ts';
import { patch, setImage } from './patch.ts';
import { rollout } from './rollout.ts';
import { run } from './run.ts';
import { scale } from './scale.ts';
import { wait } from './wait.ts';
import type { Planned } from './write-plan.ts';

type Subcommand = (cluster: ClusterView, argv: readonly string[], readFiles: ReadFiles) => Planned;

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  ['get', get],
  ['describe', describe],
  ['expose', expose],
  [
    'create',
    (cluster, argv, read) => (namesFiles(argv) ? fromFiles(cluster, 'create', argv, read) : create(cluster, argv)),
  ],
  ['scale', scale],
  [
    'delete',
    (cluster, argv, read) =>
      namesFiles(argv) ? fromFiles(cluster, 'delete', argv, read) : deleteObjects(cluster, argv),
  ],
  ['apply', (cluster, argv, read) => fromFiles(cluster, 'apply', argv, read)],
  ['label', label],
  ['logs', logs],
  ['events', events],
  ['cordon', cordon],
  ['uncordon', uncordon],
  ['drain', drain],
  ['rollout', rollout],
  ['patch', patch],
  ['set', setImage],
  ['wait', wait],
  ['annotate', annotate],
  ['run', run],
]);

const NO_FILES: ReadFiles = (name): readonly SourceFile[] => {
  throw new InputError({ file: name }, 'There is no such file');
};

/**
 * @param argv the words behind `kubectl`; options before the subcommand are taken along
 * @param readFiles what `-f` reads; absent: there are no files
 */
export function kubectl(cluster: ClusterView, argv: readonly string[], readFiles: ReadFiles = NO_FILES): Planned {
  try {
    return planned(cluster, argv, readFiles);
  } catch (error) {
    if (error instanceof KubectlError) return printed('', `${error.text}\n`, error.exitCode);
    if (!(error instanceof InputError)) throw error;
    const text = error.reason === 'There is no such file' ? `the path "${error.file}" does not exist` : error.message;
    return printed('', `error: ${text}\n`, 1);
  }
}

/** @throws {KubectlError | InputError} */
function planned(cluster: ClusterView, argv: readonly string[], readFiles: ReadFiles): Planned {
  const { name, words } = subcommandIn(argv);
  if (name === '') return printed('kubectl controls the Kubernetes cluster manager.\n');
  const subcommand = SUBCOMMANDS.get(name);
  if (subcommand !== undefined) return subcommand(cluster, words, readFiles);
  throw misuse(
    isUnmodelledCommand(name) ? `kubectl ${name} is not modelled yet` : `unknown command "${name}" for "kubectl"`,
  );
}

/**
 * What is wrong with a command line whatever the cluster is like: an unknown subcommand, an unknown flag, a value that no
 * cluster would take.
 * @param argv the words behind `kubectl`
 * @returns the first line of what kubectl would say, or `undefined` where that takes a cluster
 */
export function faultOfLine(argv: readonly string[]): string | undefined {
  try {
    planned(NO_CLUSTER, argv, NO_FILES);
  } catch (error) {
    if (error instanceof KubectlError) return error.text.split('\n')[0]!.replace(/^error: /, '');
    if (!(error instanceof ClusterWanted || error instanceof InputError)) throw error;
  }
  return undefined;
}

class ClusterWanted extends Error {
  override readonly name = 'ClusterWanted';
}

/** Whoever looks at it has understood the command line. */
const NO_CLUSTER = new Proxy({} as ClusterView, {
  get(): never {
    throw new ClusterWanted();
  },
});

/** The subcommand and its words, with the options that stood before it put behind it. */
export function subcommandIn(argv: readonly string[]): { readonly name: string; readonly words: readonly string[] } {
  const at = subcommandAt(argv);
  return { name: argv[at] ?? '', words: withLeading(argv.slice(at + 1), argv.slice(0, at)) };
}

/** Options that stood before the subcommand, put where its own may stand. */
function withLeading(words: readonly string[], leading: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return end < 0 ? [...words, ...leading] : [...words.slice(0, end), ...leading, ...words.slice(end)];
}

/** The first word that is no option and no option's value. */
function subcommandAt(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!word.startsWith('-')) return i;
    if (/^(-n|--namespace|--context|--kubeconfig|-v)$/.test(word)) i++;
  }
  return argv.length;
}
