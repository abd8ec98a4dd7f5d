/**
 * What a kube-proxy does on its node's network once its rules are written: it forgets datagram flows that lead nowhere.
 */
import type { ClusterEventOf } from '../../controllers/event.ts';
import { staleConnections } from '../../controllers/kube-proxy/stale-connections.ts';
import { parsePrefix } from '../../net/address.ts';
import { NetCommandKind } from '../../net/command.ts';
import type { WorldCommand } from './command.ts';
import type { World } from './world.ts';

/** To be called by the plan of a sync. */
export function planSynced(
  { net, cluster }: World,
  event: ClusterEventOf<'ProxyRulesSynced'>,
  schedule: (command: WorldCommand) => void,
): void {
  const { at, host, component, revision } = event;
  const { conntrack } = net.host(host);
  const { name } = cluster.components[component]!.node!;
  const textOf = (address: number): string => net.addresses.text(address);
  for (const { original } of staleConnections(
    cluster.store.view(revision),
    cluster.config,
    name,
    () => conntrack.list(at),
    textOf,
  )) {
    const text = JSON.stringify({
      protocol: original.protocol,
      originalSource: parsePrefix(textOf(original.source)),
      originalDestination: parsePrefix(textOf(original.destination)),
      originalSourcePort: original.sourcePort,
      originalDestinationPort: original.destinationPort,
    });
    schedule({ kind: NetCommandKind.ForgetConnections, at, host, text });
  }
}
