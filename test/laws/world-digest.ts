/**
 * A world's whole state as one digest: what two ways to the same instant must have in common. Everything that decides
 * or is shown is in it, counters and pending commands included.
 */
import { createHash } from 'node:crypto';
import { KINDS } from '../../controllers/object/kind.ts';
import type { Host } from '../../net/host.ts';
import { printRuleset } from '../../net/netfilter/print.ts';
import type { Network } from '../../net/network.ts';
import type { Simulation } from '../../runs/simulation.ts';

/** Digests of the parts, by name: a difference is found by the part that differs. */
export function worldDigests({ world, engine, nowNs }: Simulation): Record<string, string> {
  const { net, cluster, traffic } = world;
  const parts: Record<string, unknown> = {
    now: nowNs,
    addresses: Array.from({ length: net.addresses.size }, (_, i) => net.addresses.text(i + 1)),
    numbers: [net.nextFlow, net.nextPacket, net.nextPath, net.nextSocket],
    packets: [...net.packets],
    sockets: [...net.sockets],
    requests: [...net.requests],
    faults: net.faults,
    links: net.links,
    interfaces: net.interfaces,
    objects: KINDS.flatMap(({ kind }) => cluster.store.view().list(kind) as readonly unknown[]),
    revision: [cluster.store.revision, cluster.store.oldestRevision],
    components: cluster.components.map(({ workers, runner, ...rest }) => ({
      ...rest,
      queue: [rest.queue.size, rest.queue.head],
      workers: [...workers],
      runner: runner === undefined ? '' : { ...runner, tracker: '' },
    })),
    notes: cluster.notes.list(),
    traffic: traffic.begun,
    // What was due by now and is still there would decide nothing: it leaves no trace in a ledger.
    agenda: engine.bus.clock.agenda.list().filter(({ at }) => at > nowNs),
  };
  for (const host of net.hosts) if (host !== undefined) parts[`host ${host.name}`] = hostParts(net, host, nowNs);
  return Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, digestOf(value)]));
}

function hostParts(net: Network, host: Host, nowNs: number): unknown {
  const { counters } = host;
  return {
    name: host.name,
    status: host.status,
    interfaces: host.interfaces,
    routes: host.routes.list(),
    local: [...host.localAddresses],
    neighbours: host.neighbours.list(),
    rules: printRuleset(host.ruleset, counters, { withCounters: true }),
    nth: [...counters.nth],
    matches: [...counters.matches],
    ipsets: [...host.ipsets],
    redirects: [...host.redirects],
    packets: [...counters.packets],
    bytes: [...counters.bytes],
    paths: Array.from({ length: net.nextPath }, (_, id) => [...(host.paths.codes(id) ?? [])]),
    conntrack: host.conntrack.list(nowNs),
    listeners: host.listeners,
    sockets: [...host.sockets].map(([key, sockets]) => [key, sockets.map(({ id }) => id)]),
    sysctls: host.sysctls,
    limiter: host.icmpLimiter,
  };
}

function digestOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, one: unknown) => {
    if (one instanceof Map) return [...one];
    if (one instanceof Set) return [...one];
    if (typeof one === 'bigint') return `${one}`;
    if (ArrayBuffer.isView(one)) return [...(one as Int32Array)];
    return one === Number.POSITIVE_INFINITY ? 'Infinity' : one;
  });
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex')
    .slice(0, 16);
}
