/**
 * `kubectl cordon`, `uncordon` and `drain`.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/drain
 */
import { WriteVerb } from '../../controllers/command.ts';
import { controllerOf } from '../../controllers/object/metadata.ts';
import type { Node } from '../../controllers/object/node.ts';
import type { Pod } from '../../controllers/object/pod.ts';
import { isMirror, isPodTerminal } from '../../controllers/object/pod.ts';
import type { ClusterView } from './cluster-view.ts';
import { misuse, notFound } from './kubectl-error.ts';
import { type OptionSpec, parseArguments } from './options.ts';
import { refusalError } from './refusal.ts';
import type { Planned, PlanStep } from './write-plan.ts';

const DRAIN_OPTIONS: OptionSpec = {
  force: { kind: 'flag' },
  'ignore-daemonsets': { kind: 'flag' },
  'delete-emptydir-data': { kind: 'flag' },
  'delete-local-data': { kind: 'flag' },
  'disable-eviction': { kind: 'flag' },
  'grace-period': { kind: 'text' },
  timeout: { kind: 'text' },
  'skip-wait-for-delete-timeout': { kind: 'text' },
};

/** @throws {KubectlError} */
export function cordon(cluster: ClusterView, argv: readonly string[]): Planned {
  return { steps: nodesNamed(cluster, argv, {}, 'cordon').nodes.map((node) => marking(node, true)) };
}

/** @throws {KubectlError} */
export function uncordon(cluster: ClusterView, argv: readonly string[]): Planned {
  return { steps: nodesNamed(cluster, argv, {}, 'uncordon').nodes.map((node) => marking(node, false)) };
}

/** @throws {KubectlError} */
export function drain(cluster: ClusterView, argv: readonly string[]): Planned {
  const { nodes, options } = nodesNamed(cluster, argv, DRAIN_OPTIONS, 'drain');
  const steps: PlanStep[] = [];
  const evicted: Pod[] = [];
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
    if (faults.length > 0) {
      const why = faults.length === 1 ? faults[0]! : `[${faults.join(', ')}]`;
      const text = `unable to drain node "${name}" due to error: ${why}, continuing command...`;
      const pending = `There are pending nodes to be drained:\n ${name}\n${faults.join('\n')}`;
      return { steps, errors: [misuse(`${text}\n${pending}`)] };
    }
    const warnings = [
      ...(daemons.length > 0 ? [`ignoring DaemonSet-managed Pods: ${list(daemons)}`] : []),
      ...(bare.length > 0 ? [`deleting Pods that declare no controller: ${list(bare)}`] : []),
    ];
    if (warnings.length > 0) stderr += `Warning: ${warnings.join('; ')}\n`;
    const seconds = options.text('grace-period');
    for (const pod of others)
      steps.push(eviction(pod, seconds === undefined || Number(seconds) < 0 ? undefined : Number(seconds)));
    evicted.push(...others);
  }
  const ends = [
    ...evicted.map(({ metadata }) => `pod/${metadata.name} evicted\n`),
    ...nodes.map(({ metadata }) => `node/${metadata.name} drained\n`),
  ];
  return {
    steps,
    stderr,
    after: ends.join(''),
    isDone: (view) => evicted.every(({ metadata }) => view.byUid(metadata.uid ?? '') === undefined),
  };
}

function nodesNamed(cluster: ClusterView, argv: readonly string[], specs: OptionSpec, command: string) {
  const options = parseArguments(argv, specs, command);
  const names = options.words.map((word) => word.replace(/^nodes?\//, ''));
  if (names.length === 0) {
    throw misuse(`USAGE: ${command} NODE [flags]\nSee 'kubectl ${command} -h' for help and examples`);
  }
  const nodes = names.map((name) => {
    const node = cluster.view.get('Node', undefined, name);
    if (node === undefined) throw notFound(`nodes "${name}"`);
    return node;
  });
  return { nodes, options };
}

function marking({ metadata, spec }: Node, unschedulable: boolean): PlanStep {
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  const already = (spec.unschedulable === true) === unschedulable ? 'already ' : '';
  const patch = { spec: { unschedulable: unschedulable ? true : null } };
  return {
    write: { verb: WriteVerb.Patch, body: { kind: 'Node', name: metadata.name, patch } },
    said(reply) {
      if (reply.result === 'refused') throw refusalError(reply);
      return `node/${metadata.name} ${already}${word}\n`;
    },
  };
}

/** Budgets of disruption are not modelled: an eviction is a deletion. */
function eviction({ metadata }: Pod, gracePeriodSeconds: number | undefined): PlanStep {
  const { namespace, name } = metadata;
  const grace = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
  return {
    write: { verb: WriteVerb.Delete, body: { kind: 'Pod', namespace, name, ...grace } },
    said(reply) {
      if (reply.result === 'refused' && reply.code !== 404) throw refusalError(reply);
      return `evicting pod ${namespace}/${name}\n`;
    },
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
