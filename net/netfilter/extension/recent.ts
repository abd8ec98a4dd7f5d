/**
 * `-m recent`: addresses that were seen, with the ticks at which they were. A list is shared by all rules that name
 * it, in whatever table, and lives as long as one of them.
 * @see net/netfilter/xt_recent.c recent_mt, extensions/libxt_recent.c
 */
import { type AddressTable, parseAddress } from '../../address.ts';
import { HZ } from '../jiffy.ts';
import type { WalkEnvironment } from '../match.ts';
import type { RecentEntry, RecentList } from '../match-state.ts';
import type { Skb } from '../skb.ts';
import { known } from './extension.ts';
import { type KeptMatch, type KeptOption, keptMatch } from './kept.ts';
import type { Head, Options } from './options.ts';

export interface RecentMatch extends KeptMatch {
  readonly name: 'recent';
  readonly verb: 'set' | 'rcheck' | 'update' | 'remove';
  readonly inverted: boolean;
  /** Key of its list in the store. */
  readonly list: string;
  readonly masks: readonly number[];
  /** The destination is looked up, not the source. */
  readonly byDestination: boolean;
  /** 0: however long ago. */
  readonly seconds: number;
  /** 0: once will do. */
  readonly hitCount: number;
  readonly reap: boolean;
  /** Only if it came with the same TTL. */
  readonly withTtl: boolean;
}

/** Addresses that a list holds; more push out the one longest untouched. @see xt_recent.c ip_list_tot */
const MOST_ADDRESSES = 100;
/** Stamps of an address where no rule asks for more hits. @see xt_recent.c recent_mt_check */
const STAMPS = 32;
const VERBS = ['set', 'rcheck', 'update', 'remove'] as const;
const FULL = [-1, -1, -1, -1];

const bare = (name: string, more: Partial<KeptOption> = {}): KeptOption => ({ name, words: 0, ...more });
const one = (name: string, more: Partial<KeptOption> = {}): KeptOption => ({ name, words: 1, ...more });

const OPTIONS: readonly KeptOption[] = [
  ...VERBS.map((verb) => bare(verb, { invertible: true })),
  one('seconds'),
  bare('reap'),
  one('hitcount'),
  bare('rttl'),
  one('name', { otherwise: ' --name DEFAULT' }),
  one('mask', { otherwise: ' --mask 255.255.255.255' }),
  bare('rsource', { otherwise: (options) => (options.has('rdest') ? '' : ' --rsource') }),
  bare('rdest'),
];

function read(options: Options, head: Head): Omit<RecentMatch, 'name' | 'text'> {
  const verb = VERBS.find((name) => options.has(name))!;
  const mask = parseAddress(options.text('mask') ?? '255.255.255.255');
  return {
    verb,
    inverted: options.inverted(verb),
    list: `recent ${options.text('name') ?? 'DEFAULT'}`,
    masks: mask === undefined || mask.family !== head.family ? FULL : mask.words,
    byDestination: options.has('rdest'),
    seconds: options.integer('seconds') ?? 0,
    hitCount: options.integer('hitcount', 65_534) ?? 0,
    reap: options.has('reap'),
    withTtl: options.has('rttl'),
  };
}

function list(text: string): string {
  const verbs = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' };
  const verb = /^( !)? --(set|rcheck|update|remove)/.exec(text)!;
  const value = (option: string, label: string) => {
    const found = new RegExp(` --${option} (\\S+)`).exec(text)?.[1];
    return found === undefined ? '' : ` ${label}: ${found}`;
  };
  const side = text.includes(' --rdest') ? 'dest' : 'source';
  return (
    `${verb[1] === undefined ? '' : '! '}recent: ${verbs[verb[2] as keyof typeof verbs]}` +
    value('seconds', 'seconds') +
    (text.includes(' --reap') ? ' reap' : '') +
    value('hitcount', 'hit_count') +
    (text.includes(' --rttl') ? ' TTL-Match' : '') +
    `${value('name', 'name')} side: ${side}${value('mask', 'mask')}`
  );
}

/**
 * A list as it is when one more rule that names it has been loaded: made by the first; emptied by one that needs more
 * stamps than it has.
 */
export function recentListWith(match: RecentMatch, known: RecentList | undefined): RecentList {
  const stamps = match.hitCount === 0 ? STAMPS : 2 ** Math.ceil(Math.log2(match.hitCount));
  if (known === undefined) return { owner: match.list, masks: match.masks, stamps, entries: new Map() };
  return stamps > known.stamps ? { ...known, stamps, entries: new Map() } : known;
}

/** The address as the list knows it. */
function keyOf(address: number, masks: readonly number[], addresses: AddressTable): number | string {
  const words = addresses.family(address) === 4 ? 1 : 4;
  let key = '';
  let whole = true;
  for (let i = 0; i < words; i++) {
    whole &&= masks[i] === -1;
    key += `${addresses.word(address, i) & masks[i]!} `;
  }
  return whole ? address : key;
}

function stamped(entry: RecentEntry, places: number, ttl: number, now: number): RecentEntry {
  const at = entry.index % places;
  const stamps = [...entry.stamps];
  stamps[at] = now;
  return { ttl, stamps, index: at + 1 };
}

/** Hits within the last `seconds`, as far as they have to be counted. */
function isHit({ seconds, hitCount }: RecentMatch, { stamps }: RecentEntry, since: number): boolean {
  let hits = 0;
  for (const stamp of stamps) {
    if (seconds !== 0 && since > stamp) continue;
    if (hitCount === 0 || ++hits >= hitCount) return true;
  }
  return false;
}

function evaluate(match: RecentMatch, skb: Skb, environment: WalkEnvironment): 0 | 1 {
  const { matches, jiffies } = environment;
  const held = (matches.get(match.list) as RecentList | undefined) ?? recentListWith(match, undefined);
  const key = keyOf(match.byDestination ? skb.destination : skb.source, held.masks, environment.addresses);
  // As it was before this host forwarded it.
  const ttl = skb.ttl + (skb.outInterface !== '' && skb.uid < 0 ? 1 : 0);
  const put = (entry: RecentEntry | undefined, over = held.entries) => {
    const entries = new Map(over);
    entries.delete(key);
    if (entry !== undefined) {
      if (entries.size >= MOST_ADDRESSES) entries.delete(entries.keys().next().value!);
      entries.set(key, entry);
    }
    matches.set(match.list, { ...held, entries });
  };
  const found = held.entries.get(key);
  const entry = found === undefined || (match.withTtl && found.ttl !== 0 && found.ttl !== ttl) ? undefined : found;
  if (entry === undefined) {
    if (match.verb !== 'set') return known(match.inverted);
    put({ ttl, stamps: [jiffies], index: 1 });
    return known(!match.inverted);
  }
  if (match.verb === 'set') {
    put(stamped(entry, held.stamps, ttl, jiffies));
    return known(!match.inverted);
  }
  if (match.verb === 'remove') {
    put(undefined);
    return known(!match.inverted);
  }
  const since = jiffies - match.seconds * HZ;
  const holds = isHit(match, entry, since) !== match.inverted;
  const updates = match.verb === 'update' && holds;
  const kept = match.reap ? reaped(held, key, since, updates) : held.entries;
  if (updates) put(stamped(entry, held.stamps, ttl, jiffies), kept);
  else if (kept !== held.entries) matches.set(match.list, { ...held, entries: kept });
  return known(holds);
}

/** Without the entry longest untouched, if its last stamp is older than `since` and it is not about to get a new one. */
function reaped({ entries }: RecentList, key: number | string, since: number, updates: boolean) {
  const [oldest, entry] = entries.entries().next().value!;
  if ((oldest === key && updates) || since <= entry.stamps[entry.index - 1]!) return entries;
  const rest = new Map(entries);
  rest.delete(oldest);
  return rest;
}

export const recent = keptMatch<RecentMatch>('recent', OPTIONS, {
  need: "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'",
  list,
  read,
  evaluate,
  stateful: true,
});
