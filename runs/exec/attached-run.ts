/**
 * `kubectl run -it --rm`: a pod that is there for one command. It is made, the command is run in it once it runs, and what
 * it says is what kubectl says; then the pod goes.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/cmd/run/run.go
 */
import { isPodReady } from '../../controllers/object/pod.ts';
import { SECOND } from '../../core/time.ts';
import { type ExecResult, type Session, said } from './exec-world.ts';
import { kubectlCommand } from './kubectl-command.ts';

/** How long kubectl waits for the pod to run. @see --pod-running-timeout */
const PATIENCE_NS = 60 * SECOND;

/** What a command line asks for. */
export interface AttachedRun {
  readonly namespace: string;
  readonly name: string;
  readonly removes: boolean;
  /** What is run in the pod; empty: what its image does, of which nothing is seen. */
  readonly argv: readonly string[];
}

/** @param argv behind `kubectl` @returns `undefined` where it is no `run` that somebody is attached to */
export function attachedRun(argv: readonly string[]): AttachedRun | undefined {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  if (options[0] !== 'run' || options.some((word) => word.startsWith('--dry-run'))) return undefined;
  const attached = options.some((word) => /^(--attach|--stdin|-[it]{1,2})(=true)?$/.test(word));
  if (!attached) return undefined;
  const at = options.findIndex((word) => word === '-n' || word === '--namespace');
  const joined = options.find((word) => /^(--namespace=|-n=)/.test(word))?.split('=')[1];
  const values = new Set(VALUED.flatMap((name) => options.flatMap((word, i) => (word === name ? [i + 1] : []))));
  const name = options.find((word, i) => i > 0 && !word.startsWith('-') && !values.has(i));
  if (name === undefined) return undefined;
  return {
    namespace: joined ?? (at < 0 ? undefined : options[at + 1]) ?? 'default',
    name,
    removes: options.some((word) => /^--rm(=true)?$/.test(word)),
    argv: end < 0 ? [] : argv.slice(end + 1),
  };
}

/** Options whose value is a word of its own. */
const VALUED: readonly string[] = [
  '-n',
  '--namespace',
  '--image',
  '--port',
  '-l',
  '--labels',
  '--env',
  '--restart',
  '--overrides',
];

/** @param inPod runs the command in the pod */
export function runAttached(
  session: Session,
  argv: readonly string[],
  { namespace, name, removes, argv: command }: AttachedRun,
  inPod: () => ExecResult,
): ExecResult {
  const made = kubectlCommand(session, argv);
  if (made.exitCode !== 0) return made;
  const { simulation } = session;
  const { store } = simulation.world.cluster;
  const runs = (): boolean => {
    const pod = store.get('Pod', namespace, name);
    return pod === undefined || isPodReady(pod);
  };
  const isThere = runs() || simulation.runWhile(() => !runs(), simulation.nowNs + PATIENCE_NS);
  const { stdout, stderr, exitCode } = !isThere
    ? said('', 'error: timed out waiting for the condition\n', 1)
    : command.length === 0
      ? said('')
      : inPod();
  if (!removes) return said(stdout, stderr, exitCode);
  const removed = kubectlCommand(session, ['delete', 'pod', name, '-n', namespace]);
  return said(stdout + removed.stdout, stderr + removed.stderr, exitCode);
}
