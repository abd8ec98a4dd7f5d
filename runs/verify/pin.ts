/**
 * The kernel's own draws cannot be seeded, so the model draws again what the kernel drew: which random rules were taken
 * follows from their counters, which port a masquerade chose from the connection that it made.
 */
import type { Draw } from '../../core/decider.ts';
import type { Host } from '../../net/host.ts';
import { NAT_DRAWS } from '../../net/nat/port.ts';
import type { StatisticMatch } from '../../net/netfilter/extension/statistic.ts';
import { tableIdOf } from '../../net/netfilter/hook.ts';
import { Protocol } from '../../net/packet.ts';
import { Purpose } from '../../net/purpose.ts';
import { passage } from '../../net/stack/passage.ts';
import type { ConntrackStory, Story } from './story.ts';

const NEVER = 0xffffffff;
const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 132: 'sctp' };

/** The draws of one flow. Where the kernel told nothing, the seed decides. */
export class PinnedDraws {
  /** How often each rule is still to be taken, by host and place. */
  private readonly taken = new Map<string, number>();
  private readonly translations: readonly ConntrackStory[];
  private readonly seeded: Draw;

  /** @param story what the kernel made of the flow; absent: nothing is pinned */
  constructor(seeded: Draw, story: Pick<Story, 'rules' | 'conntrack'> | undefined) {
    this.seeded = seeded;
    this.translations = (story?.conntrack ?? []).filter((entry) => translatedPort(entry) !== entry.original.sourcePort);
    for (const { host, table, chain, number, packets } of story?.rules ?? [])
      this.taken.set(`${host} ${table} ${chain} ${number}`, packets);
    this.isPinned = story !== undefined;
  }

  private readonly isPinned: boolean;

  readonly draw: Draw = (purpose, subject, index = 0) => {
    if (this.isPinned) {
      if (purpose === Purpose.Statistic) return this.statistic(passage.host, index);
      if (purpose === Purpose.NatPort && index % NAT_DRAWS === 0)
        return this.port() ?? this.seeded(purpose, subject, index);
    }
    return this.seeded(purpose, subject, index);
  };

  /** A draw that makes a random rule hold as often as it did. */
  private statistic(host: Host, index: number): number {
    const { ruleset } = host;
    const table = ruleset.tableAt(index);
    const chain = ruleset.chainAt(index);
    const number = index - (ruleset.span(tableIdOf(table.name)!, chain.name)?.[0] ?? 0) + 1;
    const key = `${host.name} ${table.name} ${chain.name} ${number}`;
    const left = this.taken.get(key) ?? 0;
    if (left > 0) this.taken.set(key, left - 1);
    const match = ruleset.rule(index)?.matches.find(({ name }) => name === 'statistic') as StatisticMatch | undefined;
    return left > 0 !== (match?.inverted ?? false) ? 0 : NEVER;
  }

  /** A draw that makes the search for a port begin at the one that was found. */
  private port(): number | undefined {
    const { host, net, skb } = passage;
    const original = passage.original();
    const found = this.translations.find(
      (entry) =>
        entry.host === host.name &&
        entry.protocol === PROTOCOL_NAMES[skb.protocol] &&
        entry.original.source === net.addresses.text(original.source) &&
        entry.original.destination === net.addresses.text(original.destination) &&
        entry.original.sourcePort === original.sourcePort,
    );
    if (found === undefined) return undefined;
    const rule = passage.path.codes[passage.path.length - 1]! >> 1;
    const range = host.natRanges.get(rule);
    const least = range !== undefined && range.minPort > 0 ? range.minPort : leastPort(skb.protocol, skb.sourcePort);
    return ((translatedPort(found) - least) << 16) >>> 0;
  }
}

/** The source port that a connection got; of ICMP the identifier, which stands in the same place both ways. */
function translatedPort({ protocol, reply }: ConntrackStory): number {
  return protocol === 'icmp' ? reply.sourcePort : reply.destinationPort;
}

/** Where the range begins that the kernel looks in. @see net/netfilter/nf_nat_core.c nf_nat_l4proto_unique_tuple */
function leastPort(protocol: number, port: number): number {
  if (protocol === Protocol.Icmp) return 0;
  if (port < 512) return 1;
  return port < 1024 ? 600 : 1024;
}
