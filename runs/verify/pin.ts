/**
 * The kernel's own draws cannot be seeded, so the model draws again what the kernel drew: which random rules were taken
 * follows from their counters, which port a masquerade chose from the connection that it made. Where a connection's first
 * packet was sent again and each time drawn for anew, the endpoint that it ended at was the last to be drawn.
 */
import type { Draw } from '../../core/decider.ts';
import { formatWords } from '../../net/address.ts';
import type { Host } from '../../net/host.ts';
import { NAT_DRAWS } from '../../net/nat/port.ts';
import type { StatisticMatch } from '../../net/netfilter/extension/statistic.ts';
import { type TableId, tableIdOf } from '../../net/netfilter/hook.ts';
import type { Ruleset } from '../../net/netfilter/ruleset.ts';
import { type NatTarget, TargetKind } from '../../net/netfilter/target.ts';
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
  /** Where the connections ended that a host tracked: `host address:port`. */
  private readonly ends: ReadonlySet<string>;
  private readonly seeded: Draw;

  /** @param story what the kernel made of the flow; absent: nothing is pinned */
  constructor(seeded: Draw, story: Pick<Story, 'rules' | 'conntrack'> | undefined) {
    this.seeded = seeded;
    this.translations = (story?.conntrack ?? []).filter((entry) => translatedPort(entry) !== entry.original.sourcePort);
    this.ends = new Set(
      (story?.conntrack ?? []).map(({ host, reply }) => `${host} ${reply.source}:${reply.sourcePort}`),
    );
    for (const { host, table, chain, number, packets } of story?.rules ?? [])
      this.taken.set(ruleKey(host, table, chain, number), packets);
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

  /** A draw that makes a random rule hold as often as it did, and one that leads to where it ended last of all. */
  private statistic(host: Host, index: number): number {
    const { ruleset } = host;
    const table = tableIdOf(ruleset.tableAt(index).name)!;
    const [first, end] = ruleset.span(table, ruleset.chainAt(index).name)!;
    const endpoint = endpointOf(ruleset, table, index);
    const isEnd = endpoint !== undefined && this.ends.has(`${host.name} ${endpoint}`);
    const holds = this.left(host, index) > 0 && !(isEnd && this.othersLeft(host, table, index, first, end) > 0);
    if (holds) this.take(host, index);
    // Nothing is drawn for the last endpoint of a chain: it is taken by all others not being.
    else if (index + 1 < end && randomMatch(ruleset, index + 1) === undefined) this.take(host, index + 1);
    return holds !== (randomMatch(ruleset, index)?.inverted ?? false) ? 0 : NEVER;
  }

  private left(host: Host, index: number): number {
    return this.taken.get(keyOf(host, index)) ?? 0;
  }

  private take(host: Host, index: number): void {
    this.taken.set(keyOf(host, index), Math.max(0, this.left(host, index) - 1));
  }

  /** How often other endpoints of the same chain are still to be taken. */
  private othersLeft(host: Host, table: TableId, index: number, first: number, end: number): number {
    let others = 0;
    for (let other = first; other < end; other++)
      if (other !== index && endpointOf(host.ruleset, table, other) !== undefined) others += this.left(host, other);
    return others;
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

function ruleKey(host: string, table: string, chain: string, number: number): string {
  return `${host} ${table} ${chain} ${number}`;
}

function keyOf({ name, ruleset }: Host, index: number): string {
  const table = ruleset.tableAt(index).name;
  const chain = ruleset.chainAt(index).name;
  return ruleKey(name, table, chain, index - (ruleset.span(tableIdOf(table)!, chain)?.[0] ?? 0) + 1);
}

function randomMatch(ruleset: Ruleset, index: number): StatisticMatch | undefined {
  return ruleset.rule(index)?.matches.find(({ name }) => name === 'statistic') as StatisticMatch | undefined;
}

/** Where the chain translates to that a rule jumps to: `address:port`, or `undefined` where it is no endpoint's. */
function endpointOf(ruleset: Ruleset, table: TableId, index: number): string | undefined {
  const target = ruleset.rule(index)?.target;
  const [first, end] = target?.kind === TargetKind.Jump ? (ruleset.span(table, target.name) ?? [0, 0]) : [0, 0];
  for (let place = first; place < end; place++) {
    const found = ruleset.rule(place)?.target;
    if (found?.kind !== TargetKind.Dnat) continue;
    const { family, minAddress, minPort } = found as NatTarget;
    return minAddress === undefined ? undefined : `${formatWords(family, minAddress)}:${minPort}`;
  }
  return undefined;
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
