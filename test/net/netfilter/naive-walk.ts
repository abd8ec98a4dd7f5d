/**
 * A second opinion on what a rule set means: it works on the text itself, rule by rule and word by word, with
 * recursion instead of a program. Slow and plain on purpose; shares nothing with the code under test but the packet.
 */
import type { Skb } from '../../../net/netfilter/skb.ts';

export interface NaiveWorld {
  /** Text of an address handle. */
  readonly text: (address: number) => string;
  readonly type: (address: number) => string;
  /** A number below 1 for a random statistic of this line. */
  readonly draw: (line: string) => number;
  /** How often each line's nth was evaluated before, by line number. */
  readonly evaluated: Map<string, number>;
  /** Ticks at which addresses were seen, by list and address, the one longest untouched first. */
  readonly seenBy: Map<string, Map<string, number[]>>;
  /** Of limits at 5 a minute: one token lasts 3,000 ticks. By rule and place in it. */
  readonly buckets: Map<string, { tokens: number; at: number }>;
  readonly now: () => number;
}

export interface NaiveWalk {
  verdict: string;
  /** `CHAIN n`, n from 1; `CHAIN policy`. */
  readonly matched: string[];
  readonly examined: string[];
}

type Answer = 'yes' | 'no' | 'unknown';

/** Walks a packet through a hook's chain of one table. */
export function naiveWalk(text: string, table: string, hook: string, skb: Skb, world: NaiveWorld): NaiveWalk {
  const block = text.split('\n').slice(text.split('\n').indexOf(`*${table}`));
  const lines = block.slice(0, block.indexOf('COMMIT'));
  const walk: NaiveWalk = { verdict: '', matched: [], examined: [] };
  const verdict = chainVerdict(hook, lines, skb, world, walk);
  if (verdict === undefined) {
    walk.matched.push(`${hook} policy`);
    walk.examined.push(`${hook} policy`);
    walk.verdict = lines
      .find((line) => line.startsWith(`:${hook} `))!
      .split(' ')[1]!
      .toLowerCase();
  } else walk.verdict = verdict;
  return walk;
}

function chainVerdict(
  chain: string,
  lines: string[],
  skb: Skb,
  world: NaiveWorld,
  walk: NaiveWalk,
): string | undefined {
  let number = 0;
  for (const line of lines) {
    if (!line.startsWith(`-A ${chain} `) && line !== `-A ${chain}`) continue;
    const name = `${chain} ${++number}`;
    walk.examined.push(name);
    const words = wordsOf(line).slice(2);
    const answer = matches(words, skb, world, name);
    if (answer === 'no') continue;
    if (answer === 'unknown') return 'unknown';
    walk.matched.push(name);
    const at = words.findIndex((word) => word === '-j' || word === '-g');
    const target = at < 0 ? '' : words[at + 1]!;
    const value = words[at + 3];
    switch (target) {
      case '':
      case 'LOG':
      case 'NFLOG':
      case 'TRACE':
        break;
      case 'ACCEPT':
      case 'DROP':
      case 'REJECT':
        return target.toLowerCase();
      case 'RETURN':
        return undefined;
      case 'MARK': {
        const [bits, mask] = value!.split('/').map(Number);
        if (words[at + 2] === '--or-mark') skb.mark |= bits!;
        else skb.mark = (skb.mark & ~mask!) ^ bits!;
        break;
      }
      case 'CONNMARK':
        if (skb.ctState === 0 || (skb.ctState & 17) !== 0) break;
        if (words[at + 2] === '--save-mark') skb.connectionMark = skb.mark;
        else skb.mark = skb.connectionMark;
        break;
      case 'NOTRACK':
      case 'CT':
        if (skb.ctState === 0) skb.ctState = 16;
        break;
      case 'TTL':
        return 'unknown';
      default: {
        const verdict = chainVerdict(target, lines, skb, world, walk);
        if (verdict !== undefined) return verdict;
        if (words[at] === '-g') return undefined;
      }
    }
  }
  return undefined;
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

interface Condition {
  /** Of a long option: the match that was named last. */
  readonly module: string;
  readonly option: string;
  readonly inverted: boolean;
  readonly value: string;
  readonly second: string;
  /** All the words from this match's `-m` to the next. */
  readonly own: readonly string[];
  /** Place of this match among the rule's. */
  readonly place: number;
}

function conditionsOf(words: readonly string[]): Condition[] {
  const conditions: Condition[] = [];
  let module = '';
  let own: string[] = [];
  let place = 0;
  for (let i = 0; i < words.length && words[i] !== '-j' && words[i] !== '-g'; i++) {
    const option = words[i]!;
    const value = words[i + 1] ?? '';
    own.push(option);
    if (option === '-m') {
      module = value;
      own = [];
      place++;
    } else if (option.startsWith('-')) {
      conditions.push({
        module,
        option,
        inverted: words[i - 1] === '!',
        value,
        second: words[i + 2] ?? '',
        own,
        place,
      });
    }
  }
  return conditions;
}

/** Options in the order of the kernel: the IP header first, then each match where it was loaded. */
function matches(words: readonly string[], skb: Skb, world: NaiveWorld, name: string): Answer {
  const conditions = conditionsOf(words);
  const header = conditions.filter(({ option }) => !option.startsWith('--'));
  const rest = conditions.filter(({ option }) => option.startsWith('--'));
  let unknown = false;
  for (const condition of [...header, ...rest]) {
    if (['statistic', 'recent', 'limit'].includes(condition.module) && unknown) continue;
    const answer = holds(condition, rest, skb, world, name);
    if (answer === 'unknown') unknown = true;
    else if (condition.module === 'recent' && answer === 'no') return 'no';
    else if (condition.module !== 'recent' && answer !== undefined && (answer === 'yes') === condition.inverted)
      return 'no';
  }
  return unknown ? 'unknown' : 'yes';
}

const yes = (condition: boolean): Answer => (condition ? 'yes' : 'no');

function inRange(range: string, value: number): boolean {
  const [from, to] = range.split(':').map(Number);
  return value >= from! && value <= (to ?? from!);
}

/** @returns undefined for an option that is no condition of its own */
function holds(
  { module, option, value, second, inverted, own, place }: Condition,
  others: readonly Condition[],
  skb: Skb,
  world: NaiveWorld,
  name: string,
): Answer | undefined {
  const { sourcePort, destinationPort } = skb;
  const connected = skb.ctState !== 0 && (skb.ctState & 17) === 0;
  switch (option) {
    case '-s':
      return yes(inPrefix(world.text(skb.source), value));
    case '-d':
      return yes(inPrefix(world.text(skb.destination), value));
    case '-i':
      return yes(value.endsWith('+') ? skb.inInterface.startsWith(value.slice(0, -1)) : skb.inInterface === value);
    case '-p':
      return yes(skb.protocol === { icmp: 1, tcp: 6, udp: 17 }[value]);
    case '--dport':
      return yes(inRange(value, destinationPort));
    case '--sport':
      return yes(inRange(value, sourcePort));
    case '--dports':
      return yes(value.split(',').some((range) => inRange(range, destinationPort)));
    case '--sports':
      return yes(value.split(',').some((range) => inRange(range, sourcePort)));
    case '--ports':
      return yes(value.split(',').some((range) => inRange(range, sourcePort) || inRange(range, destinationPort)));
    case '--tcp-flags':
      return yes((skb.flags & flagBits(value)) === flagBits(second));
    case '--icmp-type': {
      if (value === 'any') return 'yes';
      const [type, code] = (value === 'echo-reply' ? '0' : value).split('/').map(Number);
      return yes(skb.icmp >> 8 === type && (code === undefined || (skb.icmp & 255) === code));
    }
    case '--mark': {
      const [bits, mask = -1] = value.split('/').map(Number);
      if (module === 'mark') return yes((skb.mark & mask) === bits);
      return connected ? yes((skb.connectionMark & mask) === bits) : yes(inverted);
    }
    case '--ctstate': {
      const bits = { INVALID: 1, ESTABLISHED: 2, RELATED: 4, NEW: 8, UNTRACKED: 16, SNAT: 32, DNAT: 64 };
      const state = skb.ctState === 0 ? 1 : skb.ctState;
      return yes(value.split(',').some((word) => (bits[word as keyof typeof bits] & state) !== 0));
    }
    case '--src-type':
      return yes(value.split(',').includes(world.type(skb.source)));
    case '--dst-type':
      return yes(value.split(',').includes(world.type(skb.destination)));
    case '--probability':
      return yes(world.draw(name) < Number(value));
    case '--every': {
      const before = world.evaluated.get(name) ?? 0;
      world.evaluated.set(name, before + 1);
      return yes(before % Number(value) === Number(others.find((other) => other.option === '--packet')!.value));
    }
    case '--length':
      return yes(inRange(value, skb.sizeBytes));
    case '--ttl-lt':
      return yes(skb.ttl < Number(value));
    case '--src-range': {
      const [from, to] = value.split('-').map(number);
      return yes(number(world.text(skb.source)) >= from! && number(world.text(skb.source)) <= to!);
    }
    case '--set':
    case '--rcheck':
    case '--update':
    case '--remove':
      return yes(recentHolds(option, own, inverted, skb, world));
    case '--limit': {
      const burst = own.includes('--limit-burst') ? 1 : 5;
      const id = `${name} ${place}`;
      const bucket = world.buckets.get(id) ?? { tokens: 3000 * burst, at: world.now() };
      const tokens = Math.min(3000 * burst, bucket.tokens + world.now() - bucket.at);
      const passes = tokens >= 3000;
      world.buckets.set(id, { tokens: passes ? tokens - 3000 : tokens, at: world.now() });
      return yes(passes);
    }
    case '--cpu':
      return 'unknown';
    default:
      return undefined;
  }
}

/** Its own negation is done with here, since it decides what is written. No list of the tests grows full. */
function recentHolds(verb: string, own: readonly string[], inverted: boolean, skb: Skb, world: NaiveWorld): boolean {
  const after = (option: string) => (own.includes(option) ? own[own.indexOf(option) + 1]! : '0');
  const name = after('--name');
  const list = world.seenBy.get(name) ?? new Map<string, number[]>();
  world.seenBy.set(name, list);
  const address = world.text(own.includes('--rdest') ? skb.destination : skb.source);
  const stamps = list.get(address);
  const touch = () => {
    list.delete(address);
    list.set(address, [...(stamps ?? []), world.now()]);
  };
  if (verb === '--set') {
    touch();
    return !inverted;
  }
  if (stamps === undefined) return inverted;
  if (verb === '--remove') {
    list.delete(address);
    return !inverted;
  }
  const since = world.now() - Number(after('--seconds')) * 250;
  const fresh = own.includes('--seconds') ? stamps.filter((stamp) => stamp >= since) : stamps;
  const holds = fresh.length >= Math.max(1, Number(after('--hitcount'))) !== inverted;
  const updates = verb === '--update' && holds;
  const [oldest] = list.keys();
  if (own.includes('--reap') && !(oldest === address && updates) && list.get(oldest!)!.at(-1)! < since) {
    list.delete(oldest!);
  }
  if (updates) touch();
  return holds;
}

function flagBits(text: string): number {
  const names = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
  if (text === 'ALL') return 63;
  return text === 'NONE' ? 0 : text.split(',').reduce((bits, name) => bits | (1 << names.indexOf(name)), 0);
}

/** An IPv4 address as a number below 2^32. */
function number(text: string): number {
  return text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

function inPrefix(address: string, prefix: string): boolean {
  const [network, mask = '32'] = prefix.split('/');
  const bits = mask.includes('.') ? number(mask) : Number(mask) === 0 ? 0 : 2 ** 32 - 2 ** (32 - Number(mask));
  const masked = (text: string) => (number(text) & bits) >>> 0;
  return masked(address) === masked(network!);
}
