/**
 * The pods behind a workload or a Service, the one that kubectl takes first: those that are ready and have been so longest.
 * @see kubernetes staging/src/k8s.io/kubectl/pkg/polymorphichelpers/attachablepodforobject.go, pkg/controller ActivePods
 */
import type { KubeObject } from '../../controllers/object/kind.ts';
import { type LabelSelector, matchesSelector } from '../../controllers/object/label-selector.ts';
import { isPodReady, type Pod } from '../../controllers/object/pod.ts';
import type { ObjectView } from '../../controllers/view.ts';
import { misuse } from './kubectl-error.ts';

/** @throws {KubectlError} for a kind that has no pods */
export function podsBehind(view: ObjectView, object: KubeObject): readonly Pod[] {
  if (object.kind === 'Pod') return [object];
  const selector = selectorOf(object);
  if (selector === undefined) throw misuse(`selector for ${object.kind} ${object.metadata.name} is not known`);
  return view
    .list('Pod', object.metadata.namespace)
    .filter(({ metadata }) => matchesSelector(selector, metadata.labels))
    .sort(byActivity);
}

function selectorOf(object: KubeObject): LabelSelector | undefined {
  switch (object.kind) {
    case 'Service':
    case 'ReplicationController':
      return object.spec.selector === undefined ? undefined : { matchLabels: object.spec.selector };
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
    case 'StatefulSet':
      return object.spec.selector;
    case 'Job':
      return object.spec.selector;
    default:
      return undefined;
  }
}

const PHASES: readonly string[] = ['Running', 'Unknown', 'Pending'];

/** Running before pending, ready before not ready, older before younger, then by name. */
function byActivity(a: Pod, b: Pod): number {
  const phases = rank(a) - rank(b);
  if (phases !== 0) return phases;
  const ready = Number(isPodReady(b)) - Number(isPodReady(a));
  if (ready !== 0) return ready;
  const [left = '', right = ''] = [a, b].map(({ metadata }) => metadata.creationTimestamp);
  if (left !== right) return left < right ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function rank({ status }: Pod): number {
  const at = PHASES.indexOf(status.phase);
  return at < 0 ? PHASES.length : at;
}
