/**
 * The host that is a pod's sandbox, by name. A pod that was deleted without its kubelet's doing, as from a node that is
 * lost, leaves its sandbox behind, and another of its name may come up elsewhere: that one has the name from then on.
 */
import type { Host } from '../../net/host.ts';
import type { Network } from '../../net/network.ts';
import { addHost, renameHost } from '../../net/wiring.ts';

interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** The name of a pod's host: `default/web-1`. */
export function podHostName({ namespace, name }: PodName): string {
  return `${namespace}/${name}`;
}

/** The host of a pod on a node: there is at most one of a name. @param node number of the node's host */
export function podHost(net: Network, node: number, pod: PodName): Host | undefined {
  const newest = net.hostNamed(podHostName(pod));
  return newest?.node === node ? newest : net.hostNamed(leftName(net, node, pod));
}

/** @param node number of the node's host */
export function addPodHost(net: Network, node: number, pod: PodName): Host {
  const left = net.hostNamed(podHostName(pod));
  if (left !== undefined) renameHost(net, left, leftName(net, left.node, pod));
  return addHost(net, podHostName(pod), { role: 'pod', node });
}

/** The name of a sandbox that was left behind: `default/web-1@node2`. */
function leftName(net: Network, node: number, pod: PodName): string {
  return `${podHostName(pod)}@${net.host(node).name}`;
}
