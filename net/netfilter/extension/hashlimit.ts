/**
 * `-m hashlimit`: a token bucket for each address, port or pair of them, in a table that rules share by name.
 * @see net/netfilter/xt_hashlimit.c hashlimit_mt_common, extensions/libxt_hashlimit.c
 */
import { maskOf } from '../../address.ts';
import { Protocol } from '../../packet.ts';
import { HZ } from '../jiffy.ts';
import type { WalkEnvironment } from '../match.ts';
import type { HashBucket, HashTable } from '../match-state.ts';
import type { Skb } from '../skb.ts';
import { known } from './extension.ts';
import { type KeptMatch, type KeptOption, keptMatch } from './kept.ts';
import { periodOf, rateText, unitSeconds } from './limit.ts';
import type { Options } from './options.ts';

interface Settings {
  readonly cost: bigint;
  readonly cap: bigint;
  readonly bySource: boolean;
  readonly byDestination: boolean;
  readonly bySourcePort: boolean;
  readonly byDestinationPort: boolean;
  readonly sourceMask: number;
  readonly destinationMask: number;
  /** Ticks after which an unused bucket may be forgotten. */
  readonly expire: number;
}

export interface HashlimitMatch extends KeptMatch {
  readonly name: 'hashlimit';
  /** Key of its table in the store. */
  readonly table: string;
  /** `--hashlimit-above`, and `! --hashlimit-upto`. */
  readonly above: boolean;
  /** undefined: a rate that the model doesn't count, such as bytes. */
  readonly settings: Settings | undefined;
}

/** A rate is kept as 1/1,000,000 s between two packets. @see xt_hashlimit.h XT_HASHLIMIT_SCALE_v2 */
const SCALE = 1_000_000;
/** @see xt_hashlimit.c CREDITS_PER_JIFFY: the largest power of two with which a day's ticks fit 64 bits */
const CREDITS_PER_JIFFY = 1n << BigInt((0xffffffffffffffffn / BigInt(HZ * 86_400)).toString(2).length - 1);
const CREDITS_PER_UNIT = (BigInt(HZ) * CREDITS_PER_JIFFY) / BigInt(SCALE);

const one = (name: string, more: Partial<KeptOption> = {}): KeptOption => ({ name, words: 1, ...more });
const bare = (name: string): KeptOption => ({ name, words: 0 });

const OPTIONS: readonly KeptOption[] = [
  one('hashlimit-upto', { aliases: ['hashlimit'], canonical: byteless, invertible: true }),
  one('hashlimit-above', { canonical: byteless, invertible: true }),
  one('hashlimit-burst', { otherwise: ' --hashlimit-burst 5' }),
  one('hashlimit-mode'),
  one('hashlimit-name'),
  one('hashlimit-htable-size'),
  one('hashlimit-htable-max'),
  one('hashlimit-htable-gcinterval'),
  one('hashlimit-htable-expire'),
  one('hashlimit-srcmask'),
  one('hashlimit-dstmask'),
  bare('hashlimit-rate-match'),
  one('hashlimit-rate-interval'),
];

/** A rate of bytes (`512kb/s`) stays as it is written. */
function byteless(text: string, options: Options): string {
  return isBytes(text) ? text : rateText(text, options);
}

function isBytes(text: string): boolean {
  return /b\/s(ec(ond)?)?$/.test(text);
}

function read(options: Options): Omit<HashlimitMatch, 'name' | 'text'> {
  const upto = options.find('hashlimit-upto');
  const above = options.find('hashlimit-above');
  const given =
    upto ??
    above ??
    options.fail(undefined, 'hashlimit: You have to specify either --hashlimit-upto or --hashlimit-above');
  return {
    table: `hashlimit ${options.required('hashlimit-name')}`,
    above: (above !== undefined) !== given.inverted,
    settings: settingsOf(options, given.words[0]!.text),
  };
}

function settingsOf(options: Options, rate: string): Settings | undefined {
  if (isBytes(rate) || options.has('hashlimit-rate-match')) return undefined;
  const period = periodOf(rate, options, SCALE);
  const burst = options.integer('hashlimit-burst', 1_000_000) ?? 5;
  const modes = options.text('hashlimit-mode')?.split(',') ?? [];
  const expireMs =
    options.integer('hashlimit-htable-expire') ?? (unitSeconds(rate.split('/')[1] ?? 'second') ?? 1) * 1000;
  return {
    cost: BigInt(period) * CREDITS_PER_UNIT,
    cap: BigInt(period) * BigInt(burst) * CREDITS_PER_UNIT,
    bySource: modes.includes('srcip'),
    byDestination: modes.includes('dstip'),
    bySourcePort: modes.includes('srcport'),
    byDestinationPort: modes.includes('dstport'),
    sourceMask: options.integer('hashlimit-srcmask', 128) ?? -1,
    destinationMask: options.integer('hashlimit-dstmask', 128) ?? -1,
    expire: Math.ceil((expireMs * HZ) / 1000),
  };
}

/** A table as it is when one more rule that names it has been loaded: the first one's settings stay. */
export function hashTableWith(match: HashlimitMatch, known: HashTable | undefined): HashTable {
  return known ?? { owner: match.table, settings: match.settings ?? {} };
}

function addressKey(address: number, bits: number, { addresses }: WalkEnvironment): string {
  if (bits < 0) return `${address}`;
  const words = addresses.family(address) === 4 ? 1 : 4;
  return Array.from(
    { length: words },
    (_, i) => addresses.word(address, i) & maskOf(Math.min(32, Math.max(0, bits - 32 * i))),
  ).join('.');
}

const hasPorts = ({ protocol, fragmentOffset }: Skb) =>
  fragmentOffset === 0 && (protocol === Protocol.Tcp || protocol === Protocol.Udp || protocol === Protocol.Sctp);

function keyOf(settings: Settings, skb: Skb, environment: WalkEnvironment): string {
  const ports = hasPorts(skb);
  let key = '';
  if (settings.bySource) key += ` s${addressKey(skb.source, settings.sourceMask, environment)}`;
  if (settings.byDestination) key += ` d${addressKey(skb.destination, settings.destinationMask, environment)}`;
  if (settings.bySourcePort) key += ` f${ports ? skb.sourcePort : 0}`;
  if (settings.byDestinationPort) key += ` t${ports ? skb.destinationPort : 0}`;
  return key;
}

function evaluate(match: HashlimitMatch, skb: Skb, environment: WalkEnvironment): 0 | 1 | 2 {
  const { matches, jiffies } = environment;
  const settings = (matches.get(match.table) as HashTable | undefined)?.settings as Settings | undefined;
  if (match.settings === undefined || settings?.cost === undefined) return 2;
  const key = `${match.table} of${keyOf(settings, skb, environment)}`;
  const bucket = matches.get(key) as HashBucket | undefined;
  // The kernel's collector comes round once a second; here a bucket is gone as soon as it may go.
  const fresh = bucket === undefined || jiffies >= bucket.expiresAt;
  const grown = fresh ? settings.cap : bucket.credit + BigInt(jiffies - bucket.seenAt) * CREDITS_PER_JIFFY;
  const credit = grown > settings.cap ? settings.cap : grown;
  const below = credit >= settings.cost;
  matches.set(key, {
    owner: match.table,
    credit: below ? credit - settings.cost : credit,
    seenAt: jiffies,
    expiresAt: jiffies + settings.expire,
  });
  return known(below !== match.above);
}

export const hashlimit = keptMatch<HashlimitMatch>('hashlimit', OPTIONS, { read, evaluate, stateful: true });
