/**
 * Names of the node's end of a pod's veth, as the plug-ins make them: stable for a pod, short enough for the kernel.
 */
import { createHash } from 'node:crypto';

/** `cali` and 11 digits. @see projectcalico/calico libcalico-go/lib/names/workload.go VethNameForWorkload */
export function calicoVethName(namespace: string, pod: string): string {
  return `cali${createHash('sha1').update(`${namespace}.${pod}`).digest('hex').slice(0, 11)}`;
}

/** `veth` and 8 digits. The bridge plug-in draws them at random; here they follow from the pod. */
export function bridgeVethName(pod: string): string {
  return `veth${createHash('sha1').update(pod).digest('hex').slice(0, 8)}`;
}
