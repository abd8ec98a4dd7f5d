/**
 * The names of the outside world, as a resolver there answers for them: records, wildcards, aliases followed to their
 * end, and denials that differ between a name that is not there and one that lacks the type.
 * @see RFC 1034 section 4.3.2, RFC 4592 (wildcards), RFC 2308 (denials)
 */
import { type Message, Rcode, reply } from './message.ts';
import { fqdn, isWithin, labelsOf, sameName } from './name.ts';
import { RecordType, type ResourceRecord } from './record.ts';

/** An alias that leads further than this leads nowhere. */
const MAX_ALIASES = 8;

export interface Zone {
  readonly records: readonly ResourceRecord[];
  /** Names that every question about ends in an error: `Rcode` by name. */
  readonly failing: ReadonlyMap<string, number>;
  /** What a denial carries: how long it may be kept; absent: nothing. */
  readonly soa?: ResourceRecord | undefined;
}

/** Answers a query out of a zone. */
export function answerFrom(zone: Zone, asked: Message): Message {
  const { question } = asked;
  const failure = failureOf(zone, question.name);
  if (failure !== undefined) return reply(asked, { rcode: failure, recursionAvailable: true });
  const answer: ResourceRecord[] = [];
  let name = fqdn(question.name);
  for (let aliases = 0; aliases < MAX_ALIASES; aliases++) {
    const here = recordsAt(zone, name);
    if (here === undefined) return denial(zone, asked, Rcode.NxDomain, answer);
    const alias = here.find(({ type }) => type === RecordType.CNAME);
    const wanted = here.filter(({ type }) => type === question.type || question.type === RecordType.ANY);
    if (wanted.length > 0 || alias === undefined) {
      answer.push(...wanted);
      return wanted.length > 0
        ? reply(asked, { answer, recursionAvailable: true })
        : denial(zone, asked, Rcode.NoError, answer);
    }
    answer.push(alias);
    name = fqdn(alias.data);
  }
  return reply(asked, { rcode: Rcode.ServFail, recursionAvailable: true });
}

function denial(zone: Zone, asked: Message, rcode: number, answer: readonly ResourceRecord[]): Message {
  const authority = zone.soa === undefined ? [] : [zone.soa];
  return reply(asked, { rcode, answer, authority, recursionAvailable: true });
}

function failureOf(zone: Zone, name: string): number | undefined {
  for (const [failing, rcode] of zone.failing) if (sameName(fqdn(failing), name)) return rcode;
  return undefined;
}

/** Records of a name, in its own spelling; empty where only names below it exist; `undefined`: there is no such name. */
function recordsAt({ records }: Zone, name: string): readonly ResourceRecord[] | undefined {
  const own = records.filter((record) => sameName(record.name, name));
  if (own.length > 0) return own.map((record) => ({ ...record, name }));
  if (records.some((record) => isWithin(record.name, name))) return [];
  const labels = labelsOf(name);
  for (let i = 1; i < labels.length; i++) {
    const parent = `${labels.slice(i).join('.')}.`;
    const starred = records.filter((record) => sameName(record.name, `*.${parent}`));
    if (starred.length > 0) return starred.map((record) => ({ ...record, name }));
    // A name that exists ends the search: its own names only are covered by its own star.
    if (records.some((record) => isWithin(record.name, parent))) return undefined;
  }
  return undefined;
}
