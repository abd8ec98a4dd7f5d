/**
 * Records of each type, made from what the cluster has under a name: addresses, aliases followed to their end, service
 * records with their weights.
 * @see https://github.com/coredns/coredns plugin/backend_lookup.go
 */
import { parseAddress } from '../../net/address.ts';
import type { Message, Question } from '../../net/dns/message.ts';
import { beneath, fqdn, isWithin, sameName } from '../../net/dns/name.ts';
import { RecordType, type ResourceRecord } from '../../net/dns/record.ts';
import type { Found } from './found-service.ts';

/** An alias further behind than this is left out. */
const MAX_ALIASES = 10;
/** Weights of a service's records add up to this, before doubles are left out. */
const WEIGHT = 100;

/** What the outside world says to a question. */
export type AskOutside = (question: Question) => Message;

/** What is found under a name of the zone, in lower case. @returns undefined: the name does not exist */
export type Find = (name: string) => readonly Found[] | undefined;

export interface RecordSet {
  readonly answer: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly truncated: boolean;
}

export interface RecordContext {
  /** In the spelling of the question. */
  readonly zone: string;
  readonly ttl: number;
  readonly find: Find;
  readonly askOutside: AskOutside;
}

function recordTypeOf(host: string): number {
  const family = parseAddress(host)?.family;
  if (family === undefined) return RecordType.CNAME;
  return family === 4 ? RecordType.A : RecordType.AAAA;
}

/** A or AAAA records, behind the aliases that lead to them. @returns undefined: the name does not exist */
export function addressRecords(
  context: RecordContext,
  { name, type }: Question,
  before: readonly ResourceRecord[] = [],
): RecordSet | undefined {
  const { zone, ttl, find, askOutside } = context;
  const found = find(name.toLowerCase());
  if (found === undefined) return undefined;
  const answer: ResourceRecord[] = [];
  const seen = new Set<string>();
  let truncated = false;
  for (const { host } of found) {
    const what = recordTypeOf(host);
    if (what === RecordType.CNAME) {
      const target = fqdn(host);
      const alias: ResourceRecord = { name, type: RecordType.CNAME, ttl, data: target };
      const loops = sameName(name, target) || before.some((record) => record.data === target);
      if (loops || before.length > MAX_ALIASES) continue;
      if (isWithin(target, zone)) {
        const next = addressRecords(context, { name: target, type }, [...before, alias]);
        if (next === undefined || next.answer.length === 0) continue;
        truncated ||= next.truncated;
        answer.push(alias, ...next.answer);
      } else {
        const outside = askOutside({ name: target, type });
        truncated ||= outside.truncated;
        answer.push(alias, ...outside.answer);
      }
    } else if (what === type && !seen.has(host)) {
      seen.add(host);
      answer.push({ name, type, ttl, data: host });
    }
  }
  return { answer, additional: [], truncated };
}

/** @returns undefined: the name does not exist */
export function aliasRecords({ ttl, find }: RecordContext, { name }: Question): RecordSet | undefined {
  const found = find(name.toLowerCase());
  if (found === undefined) return undefined;
  const [first] = found;
  const answer =
    first === undefined || recordTypeOf(first.host) !== RecordType.CNAME
      ? []
      : [{ name, type: RecordType.CNAME, ttl, data: fqdn(first.host) }];
  return { answer, additional: [], truncated: false };
}

/** SRV records, with the addresses of their targets beside them; aliases have none. @returns undefined: no such name */
export function serviceRecords({ zone, ttl, find }: RecordContext, { name }: Question): RecordSet | undefined {
  const all = find(name.toLowerCase());
  if (all === undefined) return undefined;
  const found = all.filter(({ host }) => recordTypeOf(host) !== RecordType.CNAME);
  const weight = Math.max(1, Math.floor(WEIGHT / Math.max(1, found.length)));
  const answer: ResourceRecord[] = [];
  const additional: ResourceRecord[] = [];
  const seen = new Set<string>();
  const isNew = (key: string): boolean => !seen.has(key) && seen.add(key) !== undefined;
  for (const { host, port, key } of found) {
    if (port === -1) continue;
    const target = `${key}.${zone}`;
    if (isNew(`${target} ${port}`))
      answer.push({ name, type: RecordType.SRV, ttl, data: `0 ${weight} ${port} ${target}` });
    if (isNew(`${target} ${host}`)) additional.push({ name: target, type: recordTypeOf(host), ttl, data: host });
  }
  return { answer, additional, truncated: false };
}

/** The name in front of the zone, in lower case. */
export function baseOf(name: string, zone: string): string {
  return beneath(name, zone).toLowerCase();
}
