/**
 * A kubelet keeps a static pod as its file says: another file ends the pod and starts another one, and what happens to
 * its mirror in the API bears on nothing but the mirror.
 * @see kubernetes pkg/kubelet/kubelet.go syncPod, pkg/kubelet/pod_workers.go allowStaticPodStart
 */
import { SECOND } from '../../core/time.ts';
import type { ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import { defaultObject } from '../object/default.ts';
import type { Manifest } from '../object/manifest.ts';
import type { Pod } from '../object/pod.ts';
import type { Write } from '../write.ts';
import { accept, advance, deletion, ended, removed, stop } from './pod-step.ts';
import type { PodWorker } from './pod-worker.ts';
import { manifestHash, mirroredHash, mirrorManifest } from './static-pod.ts';

/**
 * @param file what the node's folder says of the pod; absent: nothing any more
 * @param mirror what the API has of it, of this file or an earlier one
 */
export function keepStatic(
  file: Manifest | undefined,
  mirror: Pod | undefined,
  worker: PodWorker | undefined,
  context: ReconcileContext,
): ReconcileResult {
  const hash = file === undefined ? '' : manifestHash(file);
  if (worker !== undefined && worker.ref.uid !== hash) return end(mirror, worker, context);
  if (file === undefined) return mirror === undefined ? NOTHING_TO_DO : { writes: [deletion(mirror)] };
  const wanted = podOf(file, hash, context);
  if (worker === undefined) return withoutWrites(accept(wanted, context));
  const isCurrent = mirroredHash(mirror) === hash && mirror?.metadata.deletionTimestamp === undefined;
  const pod = isCurrent ? (mirror as Pod) : wanted;
  const result = advance(pod, worker, context);
  if (isCurrent) return result;
  // The mirror comes once the containers run: the API server may be one of them.
  if (worker.phase === 'running') return { ...result, writes: renewal(mirror, file, context) };
  return { ...result, writes: [], requeueAt: result.requeueAt ?? context.at };
}

/** The pod of an earlier file, on its way out. */
function end(mirror: Pod | undefined, worker: PodWorker, context: ReconcileContext): ReconcileResult {
  const { at } = context;
  const pod = mirror ?? formerPod(worker);
  switch (worker.phase) {
    case 'running': {
      const seconds = pod.spec.terminationGracePeriodSeconds;
      return withoutWrites(stop(pod, worker, at + seconds * SECOND, context));
    }
    case 'stopping':
    case 'ended': {
      if (worker.dueAt > at) return { writes: [], requeueAt: worker.dueAt };
      if (worker.phase === 'ended') return { writes: [], events: [removed(worker.ref, context)], requeueAt: at };
      const event = ended(worker, 0, context);
      return { writes: [], events: [event], requeueAt: 'dueAt' in event ? event.dueAt : at };
    }
    default:
      return { writes: [], events: [removed(worker.ref, context)], requeueAt: at };
  }
}

/** The old mirror goes, and the new one comes. */
function renewal(mirror: Pod | undefined, file: Manifest, { component }: ReconcileContext): Write[] {
  const object = mirrorManifest(file, component.node!.name);
  return [...(mirror === undefined ? [] : [deletion(mirror)]), { verb: 'create', object }];
}

function podOf(file: Manifest, hash: string, { component, config }: ReconcileContext): Pod {
  const mirror = mirrorManifest(file, component.node!.name);
  const metadata = { ...(mirror['metadata'] as object), uid: hash };
  return defaultObject('Pod', { ...mirror, metadata } as Manifest, config.minor) as Pod;
}

/** What is known of a pod whose mirror has gone, from its sandbox. */
function formerPod({ ref, sandbox }: PodWorker): Pod {
  const containers = (sandbox?.containers ?? []).map(({ name, image }) => ({ name, image }));
  const { uid: _uid, ...metadata } = ref;
  return defaultObject('Pod', { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } }, 0) as Pod;
}

function withoutWrites(result: ReconcileResult): ReconcileResult {
  return { ...result, writes: [] };
}
