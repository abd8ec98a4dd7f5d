/**
 * The kubelet of one node: brings its pods to life and to their end, those of the API server and those of its own files.
 * @see kubernetes pkg/kubelet/kubelet.go syncLoopIteration
 */
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import { isMirror, isPodTerminal } from '../object/pod.ts';
import { keyOf, splitKey } from '../object-key.ts';
import type { ObjectView } from '../view.ts';
import { accept, advance, removed, terminate } from './pod-step.ts';
import { isStatic, staticKeys, staticManifest } from './static-pod.ts';
import { keepStatic } from './static-step.ts';

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const named = view.get('Pod', ...splitKey(key));
  // It is told of pods bound to its node only: another of the same name may wait for a node, or have gone to another.
  const pod = named?.spec.nodeName === context.component.node?.name ? named : undefined;
  const worker = context.component.workers.get(key);
  const file = staticManifest(context.component, key);
  // Mirrors are none of its business on a node that has no files of its own, as in a cluster that was exported.
  const isOrphan = pod !== undefined && isMirror(pod) && context.component.files.size > 0;
  if (file !== undefined || isOrphan || (worker !== undefined && isStatic(worker))) {
    return keepStatic(file, pod, worker, context);
  }
  if (worker !== undefined && pod?.metadata.uid !== worker.ref.uid) {
    // The object is gone, or another has its name: what still runs is killed.
    return {
      writes: [],
      events: [removed(worker.ref, context)],
      ...(pod === undefined ? {} : { requeueAt: context.at }),
    };
  }
  if (pod === undefined) return NOTHING_TO_DO;
  if (pod.metadata.deletionTimestamp !== undefined) return terminate(pod, worker, context);
  if (worker === undefined) return isPodTerminal(pod) ? NOTHING_TO_DO : accept(pod, context);
  return advance(pod, worker, context);
}

export const kubelet: Controller = {
  kind: 'kubelet',
  watches: ({ object }, { node }) => object.kind === 'Pod' && object.spec.nodeName === node?.name,
  keysOf: ({ object }) => [keyOf(object)],
  allKeys: (view, component) => {
    const { node, workers, epoch } = component;
    const keys = new Set(view.listBy('Pod', 'node', node?.name ?? '').map(keyOf));
    // Those that it has at its first start stood before it.
    if (epoch > 1) for (const key of [...workers.keys(), ...staticKeys(component)]) keys.add(key);
    return [...keys];
  },
  reconcile,
};
