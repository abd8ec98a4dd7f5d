/**
 * The rule by which a node lends its address to pods that talk to the outside, as flannel and kind-masq write it.
 */
import type { Host } from '../../net/host.ts';
import type { Network } from '../../net/network.ts';
import { restoreRules } from '../../net/rules.ts';

export function masqueradeOutgoing(net: Network, node: Host, podCIDR: string): void {
  const rule = `-A POSTROUTING -s ${podCIDR} ! -d ${podCIDR} -m comment --comment "pods to the outside" -j MASQUERADE --random-fully`;
  restoreRules(
    net.addresses,
    node,
    `*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${rule}\nCOMMIT\n`,
    true,
  );
}
