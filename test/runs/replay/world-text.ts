/**
 * All of a world's state that two worlds are compared by, as one record of texts and numbers.
 */
import { KINDS } from '../../../controllers/object/kind.ts';
import { printRuleset } from '../../../net/netfilter/print.ts';
import { conntrackList } from '../../../net/view/conntrack-list.ts';
import type { Simulation } from '../../../runs/simulation.ts';

export function worldText({ world, nowNs }: Simulation) {
  const { net, cluster } = world;
  const view = cluster.store.view();
  const hosts = net.hosts.filter((host) => host !== undefined);
  return {
    nowNs,
    objects: KINDS.flatMap(({ kind }) => view.list(kind)),
    components: cluster.components.map(({ name, running, cursor, pending, epoch }) => ({
      name,
      running,
      cursor,
      pending,
      epoch,
    })),
    hosts: hosts.map((host) => ({
      name: host.name,
      status: host.status,
      conntrack: conntrackList(host.conntrack, net.addresses, nowNs).stdout,
      rules: printRuleset(host.ruleset, host.counters, { withCounters: true }),
      nth: [...host.counters.nth],
      neighbours: host.neighbours.list(),
    })),
    sockets: [...net.sockets.values()],
    requests: [...net.requests.values()],
    packets: Array.from(net.packets, ([id]) => id),
    links: net.links,
    interfaces: net.interfaces,
    next: [net.nextPacket, net.nextFlow, net.nextSocket, net.nextPath],
  };
}
