/**
 * The pod that a DaemonSet makes for a node: meant for it, and bound there by the scheduler.
 * @see kubernetes pkg/controller/daemon/util/daemonset_util.go CreatePodTemplate
 */
import type { DaemonSet } from '../object/daemon-set.ts';
import type { Manifest } from '../object/manifest.ts';
import { podOf, REVISION_LABEL } from '../owned-pod.ts';
import { affinityTo } from '../scheduler/node-affinity.ts';
import { daemonTolerations } from './daemon-toleration.ts';

const GENERATION_LABEL = 'pod-template-generation';

/** @param hash of the set's template */
export function daemonPod(set: DaemonSet, hash: string, node: string): Manifest {
  const { template } = set.spec;
  const labels = { [REVISION_LABEL]: hash, [GENERATION_LABEL]: String(set.metadata.generation ?? 1) };
  return podOf(
    set,
    template,
    { generateName: `${set.metadata.name}-`, labels },
    { affinity: affinityTo(node, template.spec.affinity), tolerations: daemonTolerations(template.spec) },
  );
}
