/**
 * An IP set of a host, and whether a packet is in it. Elements are kept by a text of their parts; prefixes are found by
 * trying the lengths that occur, longest first, as the kernel does.
 * @see net/netfilter/ipset/ip_set_core.c ip_set_test, net/netfilter/ipset/ip_set_hash_gen.h mtype_test_cidrs
 */
import type { AddressTable } from '../../address.ts';
import { maskOf } from '../../address.ts';
import { Protocol } from '../../packet.ts';
import { Holds } from '../match.ts';
import type { Skb } from '../skb.ts';
import { Part, type SetType } from './set-type.ts';

export interface SetElement {
  /** As `ipset save` prints it. */
  readonly text: string;
  /** An exception: what fits it is not in the set, whatever shorter prefix it fits. */
  readonly nomatch: boolean;
  /** Out of the set from this instant on, in ns; Infinity without a time-out. */
  readonly expiresAtNs: number;
  /** Further options as they are printed: starts with a blank unless empty. */
  readonly more: string;
}

export interface IpSet {
  readonly name: string;
  readonly type: SetType;
  /** 0: it holds no addresses. */
  readonly family: 0 | 4 | 6;
  /** Options behind the family, as they are printed: starts with a blank unless empty. */
  readonly options: string;
  /** Length to which addresses of a hash:ip or bitmap:ip are cut. */
  readonly netmask: number;
  /** Bits of a mark that count. */
  readonly markMask: number;
  /** Ports of a bitmap:port. */
  readonly range: readonly [number, number];
  /** Seconds that an element stays, unless it says otherwise; undefined: elements have no time-outs. */
  readonly timeout: number | undefined;
  readonly elements: Map<string, SetElement>;
  /** Of a set with prefixes: how many elements have each list of lengths, `24` or `24,16`. */
  readonly lengths: Map<string, number>;
  /** Of a list of sets, in order. */
  readonly members: string[];
}

/** What a test may ask of the host. */
export interface SetWorld {
  readonly addresses: AddressTable;
  readonly nowNs: number;
  /** undefined where there is no such set. */
  ipset(name: string): IpSet | undefined;
}

/** Key of an address as far as `length` bits of it count. */
export function addressKey(words: ArrayLike<number>, family: 4 | 6, length: number): string {
  const count = family === 4 ? 1 : 4;
  let key = '';
  for (let i = 0; i < count; i++) key += `${words[i]! & maskOf(Math.min(32, Math.max(0, length - 32 * i)))}.`;
  return `${key}/${length}`;
}

/**
 * Whether a packet is in the set.
 * @param sides for each dimension whether the source is meant
 * @param returnsNomatch `--return-nomatch`: exceptions are looked for instead
 */
export function contains(
  set: IpSet,
  skb: Skb,
  sides: readonly boolean[],
  returnsNomatch: boolean,
  family: 4 | 6,
  world: SetWorld,
): Holds {
  if (set.type.method === 'list') return inAny(set, skb, sides, returnsNomatch, family, world);
  const { parts } = set.type;
  if (sides.length < parts.length || (set.family !== 0 && set.family !== family)) return Holds.No;
  // Nobody's hardware address is known here.
  if (parts.includes(Part.Mac)) return set.elements.size === 0 ? Holds.No : Holds.Unknown;
  const element = parts.includes(Part.Net)
    ? longest(set, skb, sides, world)
    : alive(set, keyOf(set, skb, sides, [], world), world.nowNs);
  if (element === undefined) return Holds.No;
  const hasExceptions = parts.includes(Part.Net);
  return element.nomatch === (returnsNomatch && hasExceptions) ? Holds.Yes : Holds.No;
}

function inAny(
  set: IpSet,
  skb: Skb,
  sides: readonly boolean[],
  returnsNomatch: boolean,
  family: 4 | 6,
  world: SetWorld,
): Holds {
  let all: Holds = Holds.No;
  for (const name of set.members) {
    const member = world.ipset(name);
    if ((set.elements.get(name)?.expiresAtNs ?? 0) <= world.nowNs) continue;
    const holds = member === undefined ? Holds.Unknown : contains(member, skb, sides, returnsNomatch, family, world);
    if (holds === Holds.Yes) return Holds.Yes;
    if (holds === Holds.Unknown) all = Holds.Unknown;
  }
  return all;
}

function alive({ elements }: IpSet, key: string | undefined, nowNs: number): SetElement | undefined {
  const found = key === undefined ? undefined : elements.get(key);
  return found === undefined || found.expiresAtNs <= nowNs ? undefined : found;
}

/** Lists of lengths compare number by number. */
function longest(set: IpSet, skb: Skb, sides: readonly boolean[], world: SetWorld): SetElement | undefined {
  const lists = [...set.lengths.keys()].map((text) => text.split(',').map(Number));
  lists.sort((a, b) => b[0]! - a[0]! || (b[1] ?? 0) - (a[1] ?? 0));
  for (const lengths of lists) {
    const found = alive(set, keyOf(set, skb, sides, lengths, world), world.nowNs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @returns undefined for a packet that has no such part */
function keyOf(
  set: IpSet,
  skb: Skb,
  sides: readonly boolean[],
  lengths: readonly number[],
  { addresses }: SetWorld,
): string | undefined {
  const keys: string[] = [];
  let nets = 0;
  for (let i = 0; i < set.type.parts.length; i++) {
    const source = sides[i]!;
    const part = set.type.parts[i]!;
    if (part === Part.Address || part === Part.Net) {
      const address = source ? skb.source : skb.destination;
      const words = [0, 1, 2, 3].map((at) => addresses.word(address, at));
      const length = part === Part.Net ? lengths[nets++]! : set.netmask;
      keys.push(addressKey(words, addresses.family(address), length));
    } else if (part === Part.Port) {
      const port = portKey(set, skb, source);
      if (port === undefined) return undefined;
      keys.push(port);
    } else if (part === Part.Interface) {
      const name = source ? skb.inInterface : skb.outInterface;
      if (name === '') return undefined;
      keys.push(name);
    } else keys.push(`${skb.mark & set.markMask}`);
  }
  return keys.join(',');
}

const UDPLITE = 136;

/** @see net/netfilter/ipset/ip_set_getport.c */
function portKey({ type }: IpSet, skb: Skb, source: boolean): string | undefined {
  const { protocol } = skb;
  const port = source ? skb.sourcePort : skb.destinationPort;
  if (type.method === 'bitmap') {
    if (skb.fragmentOffset !== 0 || (protocol !== Protocol.Tcp && protocol !== Protocol.Udp)) return undefined;
    return `${port}`;
  }
  const ported =
    protocol === Protocol.Tcp || protocol === Protocol.Udp || protocol === Protocol.Sctp || protocol === UDPLITE;
  const icmp = protocol === Protocol.Icmp || protocol === Protocol.Icmpv6;
  if ((ported || icmp) && skb.fragmentOffset !== 0) return undefined;
  return `${protocol}:${ported ? port : icmp ? skb.icmp : 0}`;
}
