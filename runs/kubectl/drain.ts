/**
 * `kubectl drain`: a node is cordoned and its pods are evicted, all of them at once; those that their budget holds back
 * are asked for again every five seconds.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/drain, pkg/cmd/drain
 */
import { WriteVerb } from '../../controllers/command.ts';
import type { ClusterEvent } from '../../controllers/event.ts';
import { ClusterEventKind } from '../../controllers/event.ts';
import { type EvictionTarget, HELD_BACK, HELD_BACK_TEXT } from '../../controllers/eviction.ts';
import type { KubeObject } from '../../controllers/object/kind.ts';
import { controllerOf } from '../../controllers/object/metadata.ts';
import type { Pod } from '../../controllers/object/pod.ts';
import { isMirror, isPodTerminal } from '../../controllers/object/pod.ts';
import { keyOf } from '../../controllers/object-key.ts';
import { formatDuration, parseDuration, SECOND } from '../../core/time.ts';
import type { ClusterView } from './cluster-view.ts';
import { marking, nodesNamed } from './cordon.ts';
import { type KubectlError, misuse } from './kubectl-error.ts';
import type { OptionSpec } from './options.ts';
import { refusalError } from './refusal.ts';
import type { Heard, Planned, PlanStep } from './write-plan.ts';

const OPTIONS: OptionSpec = {
  force: { kind: 'flag' },
  'ignore-daemonsets': { kind: 'flag' },
  'delete-emptydir-data': { kind: 'flag' },
  'delete-local-data': { kind: 'flag' },
  'disable-eviction': { kind: 'flag' },
  'grace-period': { kind: 'text' },
  timeout: { kind: 'text' },
  'skip-wait-for-delete-timeout': { kind: 'text' },
};

/** Time between two attempts at a pod that its budget holds back. */
const RETRY_NS = 5 * SECOND;

/** How pods are made to leave. */
interface Manner {
  readonly gracePeriodSeconds: number | undefined;
  /** By deletion, which no budget holds back. */
  readonly byDeletion: boolean;
  /** 0: for ever. */
  readonly timeoutNs: number;
  readonly untilNs: number | undefined;
}

/** @throws {KubectlError} */
export function drain(cluster: ClusterView, argv: readonly string[]): Planned {
  const { nodes, options } = nodesNamed(cluster, argv, OPTIONS, 'drain');
  const seconds = options.text('grace-period');
  const timeoutNs = timeoutOf(options.text('timeout'));
  const manner: Manner = {
    gracePeriodSeconds: seconds === undefined || Number(seconds) < 0 ? undefined : Number(seconds),
    byDeletion: options.flag('disable-eviction'),
    timeoutNs,
    untilNs: timeoutNs === 0 ? undefined : nowNsOf(cluster) + timeoutNs,
  };
  const steps: PlanStep[] = [];
  const leaving: Pod[] = [];
  /** Evictions that were refused for good, by node. */
  const failures: [node: string, fault: string][] = [];
  let stderr = '';
  for (const node of nodes) {
    const { name } = node.metadata;
    const pods = cluster.view.listBy('Pod', 'node', name).filter((pod) => !isMirror(pod));
    const daemons = pods.filter((pod) => controllerOf(pod.metadata)?.kind === 'DaemonSet' && !isPodTerminal(pod));
    const others = pods.filter((pod) => !daemons.includes(pod));
    const bare = others.filter((pod) => controllerOf(pod.metadata) === undefined && !isPodTerminal(pod));
    const local = others.filter((pod) => hasLocalData(pod) && !isPodTerminal(pod));
    const faults = [
      ...fault(!options.flag('ignore-daemonsets'), daemons, 'DaemonSet-managed Pods', 'ignore-daemonsets to ignore'),
      ...fault(
        !options.flag('delete-emptydir-data') && !options.flag('delete-local-data'),
        local,
        'Pods with local storage',
        'delete-emptydir-data to override',
      ),
      ...fault(!options.flag('force'), bare, 'Pods that declare no controller', 'force to override'),
    ];
    steps.push(marking(node, true));
    if (faults.length > 0) return { steps, errors: [unable(name, faults)] };
    const warnings = [
      ...(daemons.length > 0 ? [`ignoring DaemonSet-managed Pods: ${list(daemons)}`] : []),
      ...(bare.length > 0 ? [`deleting Pods that declare no controller: ${list(bare)}`] : []),
    ];
    if (warnings.length > 0) stderr += `Warning: ${warnings.join('; ')}\n`;
    for (const pod of others) steps.push(leave(pod, manner, (fault) => failures.push([name, fault])));
    leaving.push(...others);
  }
  const isGone = ({ metadata }: Pod, view: ClusterView['view']): boolean =>
    view.byUid(metadata.uid ?? '') === undefined;
  return {
    steps,
    stderr,
    /** Known once all answers are there. */
    get errors() {
      const names = [...new Set(failures.map(([node]) => node))];
      return names.map((name) =>
        unable(
          name,
          failures.filter(([node]) => node === name).map(([, text]) => text),
        ),
      );
    },
    hears: () => listener(leaving, manner),
    after: nodes.map(({ metadata }) => `node/${metadata.name} drained\n`).join(''),
    isDone: (view) => leaving.every((pod) => isGone(pod, view)),
    ...(timeoutNs === 0 ? {} : { patienceNs: timeoutNs }),
    late: (view) => {
      const left = leaving.filter((pod) => !isGone(pod, view));
      const faults = left.map(
        ({ metadata }) =>
          `error when evicting pods/"${metadata.name}" -n "${metadata.namespace}": global timeout reached: ${formatDuration(timeoutNs)}`,
      );
      return nodes
        .filter(({ metadata }) => left.some(({ spec }) => spec.nodeName === metadata.name))
        .map(({ metadata }) => unable(metadata.name, faults));
    },
  };
}

/** Since the start, to the microsecond: the wall clock is a fraction of seconds since 1970. */
function nowNsOf({ nowSeconds, config }: ClusterView): number {
  return Math.round((nowSeconds - config.startSeconds) * 1e6) * 1000;
}

function timeoutOf(text: string | undefined): number {
  const ns = text === undefined || text === '0' ? 0 : parseDuration(text);
  if (ns === undefined)
    throw misuse(`invalid argument "${text}" for "--timeout" flag: time: invalid duration "${text}"`);
  return ns;
}

function unable(node: string, faults: readonly string[]): KubectlError {
  const why = faults.length === 1 ? faults[0]! : `[${faults.join(', ')}]`;
  const text = `unable to drain node "${node}" due to error: ${why}, continuing command...`;
  return misuse(`${text}\nThere are pending nodes to be drained:\n ${node}\n${faults.join('\n')}`);
}

function leave(
  { metadata }: Pod,
  { gracePeriodSeconds, byDeletion, untilNs }: Manner,
  failed: (fault: string) => void,
): PlanStep {
  const { namespace = '', name } = metadata;
  const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
  const until = untilNs === undefined ? {} : { retryUntilNs: untilNs };
  const target: EvictionTarget = { namespace, name, ...grace, retryNs: RETRY_NS, ...until };
  return {
    write: byDeletion
      ? { verb: WriteVerb.Delete, body: { kind: 'Pod', namespace, name, ...grace } }
      : { verb: WriteVerb.Evict, body: { ...target } },
    said(reply) {
      if (reply.result === 'refused' && reply.code !== 404 && reply.code !== HELD_BACK) {
        if (byDeletion) throw refusalError(reply);
        failed(`error when evicting pods/"${name}" -n "${namespace}": ${reply.message}`);
      }
      return byDeletion ? '' : `evicting pod ${namespace}/${name}\n`;
    },
  };
}

/** What is said as time goes by: of pods that are held back, tried again, and gone. */
function listener(leaving: readonly Pod[], { byDeletion }: Manner): (event: ClusterEvent) => Heard | undefined {
  const keys = new Set(leaving.map(keyOf));
  const uids = new Set(leaving.map(({ metadata }) => metadata.uid));
  /** Pods that were held back: what is heard of them next answers another attempt. */
  const waiting = new Set<string>();
  return (event) => {
    if (event.kind === ClusterEventKind.EvictionHeldBack) {
      const { namespace, name } = JSON.parse(event.text) as EvictionTarget;
      const key = `${namespace}/${name}`;
      if (!keys.has(key)) return undefined;
      const again = waiting.has(key);
      waiting.add(key);
      const stderr = `error when evicting pods/"${name}" -n "${namespace}" (will retry after 5s): ${HELD_BACK_TEXT}\n`;
      return { stdout: again ? `evicting pod ${key}\n` : '', stderr };
    }
    if (event.kind !== ClusterEventKind.ObjectWritten && event.kind !== ClusterEventKind.ObjectDeleted)
      return undefined;
    if (!event.text.includes('"kind":"Pod"')) return undefined;
    const object = JSON.parse(event.text) as KubeObject;
    if (object.kind !== 'Pod' || !uids.has(object.metadata.uid)) return undefined;
    const key = keyOf(object);
    const told = waiting.delete(key) && object.metadata.deletionTimestamp !== undefined ? `evicting pod ${key}\n` : '';
    if (event.kind === ClusterEventKind.ObjectWritten) return { stdout: told, stderr: '' };
    uids.delete(object.metadata.uid);
    return { stdout: `${told}pod/${object.metadata.name} ${byDeletion ? 'deleted' : 'evicted'}\n`, stderr: '' };
  };
}

function fault(applies: boolean, pods: readonly Pod[], what: string, option: string): readonly string[] {
  return applies && pods.length > 0 ? [`cannot delete ${what} (use --${option}): ${list(pods)}`] : [];
}

function list(pods: readonly Pod[]): string {
  return pods.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ');
}

function hasLocalData({ spec }: Pod): boolean {
  return (spec.volumes ?? []).some((volume) => (volume as { readonly emptyDir?: unknown }).emptyDir !== undefined);
}
