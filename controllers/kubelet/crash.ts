/**
 * A crash: the containers of a pod end with an error, whether or not its kubelet notices.
 */
import type { Component } from '../component.ts';
import type { Pod } from '../object/pod.ts';
import { splitKey } from '../object-key.ts';
import type { ClusterState } from '../state.ts';
import { exitEvent } from './exit.ts';
import type { PodEvent } from './pod-worker.ts';

/** Exit code of a program that gave up. */
const CRASH_CODE = 1;

/** @param key `namespace/name` @returns `undefined` when no container of such a pod runs */
export function exitsOfCrash(
  { store, kubelets }: ClusterState,
  key: string,
  at: number,
): { readonly events: readonly PodEvent[]; readonly kubelet: Component } | undefined {
  const pod: Pod | undefined = store.get('Pod', ...splitKey(key));
  const kubelet = kubelets.get(pod?.spec.nodeName ?? '');
  const worker = kubelet?.workers.get(key);
  if (pod === undefined || kubelet === undefined || worker?.phase !== 'running') return undefined;
  const events = worker.containers
    .filter(({ phase }) => phase === 'running')
    .map((record) => exitEvent(pod, worker, record, CRASH_CODE, kubelet, at));
  return events.length === 0 ? undefined : { events, kubelet };
}
