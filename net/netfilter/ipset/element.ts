/**
 * Elements of a set as ipset writes them: `10.0.0.0/8,tcp:80-83`. Ranges stand for all that is in them.
 * @see ipset(8), lib/parse.c of ipset
 */
import { formatWords, parseAddress, parsePrefix } from '../../address.ts';
import { Protocol } from '../../packet.ts';
import { icmpName, icmpOf } from '../extension/icmp.ts';
import { integerOf } from '../extension/options.ts';
import { protocolName, protocolOf } from '../protocol.ts';
import { addressKey, type IpSet } from './ip-set.ts';
import { Part } from './set-type.ts';

/** One part of an element: the key under which it is found, its text, and the length of a prefix, else -1. */
export interface ElementPart {
  readonly key: string;
  readonly text: string;
  readonly length: number;
}

/** Addresses or ports that one element may stand for. */
const MOST = 65_536;

/** @returns every element that the text stands for, part by part; undefined when it is none of this set's type */
export function elementsOf(set: IpSet, text: string): ElementPart[][] | undefined {
  const words = text.split(',');
  const { parts } = set.type;
  const optional = parts.at(-1) === Part.Mac && set.type.method === 'bitmap';
  if (words.length !== parts.length && !(optional && words.length === 1)) return undefined;
  let all: ElementPart[][] = [[]];
  for (let i = 0; i < words.length; i++) {
    const choices = partsOf(set, parts[i]!, words[i]!);
    if (choices === undefined || choices.length * all.length > MOST) return undefined;
    all = all.flatMap((before) => choices.map((one) => [...before, one]));
  }
  return all;
}

function partsOf(set: IpSet, part: number, text: string): ElementPart[] | undefined {
  switch (part) {
    case Part.Address:
      return addresses(set, text);
    case Part.Net:
      return prefixes(set, text);
    case Part.Port:
      return ports(set, text);
    case Part.Interface:
      // A bridge port is never compared with an interface.
      return [{ key: text, text, length: -1 }];
    case Part.Mac:
      return /^([\da-f]{2}:){5}[\da-f]{2}$/i.test(text)
        ? [{ key: '', text: text.toUpperCase(), length: -1 }]
        : undefined;
    default: {
      const mark = integerOf(text, 0xffffffff);
      if (mark === undefined) return undefined;
      const bits = mark & set.markMask;
      return [{ key: `${bits}`, text: `0x${(bits >>> 0).toString(16).padStart(8, '0')}`, length: -1 }];
    }
  }
}

/** First and last of `A`, `A-B` or `A/length`, as unsigned numbers; IPv4 only. */
function spanOf(text: string): [number, number] | undefined {
  const [from, to] = text.split('-');
  const first = parsePrefix(from!);
  if (first?.family !== 4) return undefined;
  const start = first.words[0] >>> 0;
  if (to === undefined) return [start, start + 2 ** (32 - first.length) - 1];
  const last = parseAddress(to);
  if (last?.family !== 4 || first.length !== 32) return undefined;
  const end = last.words[0] >>> 0;
  return start <= end ? [start, end] : [end, start];
}

function addresses(set: IpSet, text: string): ElementPart[] | undefined {
  const { netmask } = set;
  if (set.family === 6) {
    const prefix = parsePrefix(text);
    if (prefix?.family !== 6 || prefix.length !== 128) return undefined;
    return [{ key: addressKey(prefix.words, 6, netmask), text: formatWords(6, prefix.words), length: -1 }];
  }
  const span = spanOf(text);
  if (span === undefined || span[1] - span[0] >= MOST * 2 ** (32 - netmask)) return undefined;
  const step = 2 ** (32 - netmask);
  const found: ElementPart[] = [];
  for (let at = Math.floor(span[0] / step) * step; at <= span[1]; at += step) {
    if (set.type.method === 'bitmap' && (at + step - 1 < set.range[0] || at > set.range[1])) return undefined;
    const words = [at | 0];
    found.push({ key: addressKey(words, 4, netmask), text: formatWords(4, words), length: -1 });
  }
  return found;
}

function prefixes(set: IpSet, text: string): ElementPart[] | undefined {
  const one = (words: ArrayLike<number>, family: 4 | 6, length: number): ElementPart => ({
    key: addressKey(words, family, length),
    text: formatWords(family, words) + (length === (family === 4 ? 32 : 128) ? '' : `/${length}`),
    length,
  });
  if (!text.includes('-')) {
    const prefix = parsePrefix(text);
    return prefix?.family === set.family ? [one(prefix.words, prefix.family, prefix.length)] : undefined;
  }
  const span = spanOf(text);
  if (span === undefined || set.family !== 4) return undefined;
  const found: ElementPart[] = [];
  for (let at = span[0]; at <= span[1]; ) {
    let length = 32;
    while (length > 0 && at % 2 ** (33 - length) === 0 && at + 2 ** (33 - length) - 1 <= span[1]) length--;
    found.push(one([at | 0], 4, length));
    at += 2 ** (32 - length);
  }
  return found;
}

function ports({ type, range }: IpSet, text: string): ElementPart[] | undefined {
  const at = type.method === 'bitmap' ? -1 : text.indexOf(':');
  const protocol = at < 0 ? Protocol.Tcp : protocolOf(text.slice(0, at));
  if (protocol === undefined) return undefined;
  const rest = text.slice(at + 1);
  const name = protocol === Protocol.Icmpv6 ? 'icmpv6' : protocolName(protocol);
  if (protocol === Protocol.Icmp || protocol === Protocol.Icmpv6) {
    const icmp = icmpOf(rest, protocol);
    if (icmp === undefined) return undefined;
    return [{ key: `${protocol}:${icmp}`, text: `${name}:${icmpName(icmp, protocol)}`, length: -1 }];
  }
  const [first, last = first] = rest.split('-').map((port) => integerOf(port, 65_535));
  if (first === undefined || last === undefined) return undefined;
  const found: ElementPart[] = [];
  for (let port = Math.min(first, last); port <= Math.max(first, last); port++) {
    if (type.method === 'bitmap') {
      if (port < range[0] || port > range[1]) return undefined;
      found.push({ key: `${port}`, text: `${port}`, length: -1 });
    } else found.push({ key: `${protocol}:${port}`, text: `${name}:${port}`, length: -1 });
  }
  return found;
}
