/**
 * A server's cache: answers and denials apart, each for as long as its least TTL within bounds; what comes out of it
 * has the time that is left as the TTL of every record.
 * @see https://github.com/coredns/coredns plugin/cache, RFC 2308 section 5
 */
import { SECOND } from '../../core/time.ts';
import { isDenial, type Message, type Question, Rcode } from './message.ts';
import { RecordType, type ResourceRecord } from './record.ts';

export interface CacheBounds {
  /** Longest time of an answer, in seconds. */
  readonly successSeconds: number;
  /** Longest time of a denial, in seconds. */
  readonly denialSeconds: number;
}

/** `cache 30` of a Corefile. */
export const CLUSTER_CACHE: CacheBounds = { successSeconds: 30, denialSeconds: 30 };

/** Nothing is kept for less. */
const LEAST_SECONDS = 5;
/** Of each kind; the oldest makes room. */
const CAPACITY = 9984;

interface Kept {
  readonly message: Message;
  readonly storedAtNs: number;
  readonly seconds: number;
}

export class AnswerCache {
  readonly #bounds: CacheBounds;
  readonly #answers = new Map<string, Kept>();
  readonly #denials = new Map<string, Kept>();

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#answers.size + this.#denials.size;
  }

  /** What is still known of a question, as an answer to `asked`; `undefined`: nothing. */
  find(asked: Message, nowNs: number): Message | undefined {
    const key = keyOf(asked.question);
    const denial = alive(this.#denials.get(key), nowNs);
    const answer = alive(this.#answers.get(key), nowNs);
    // A failure that passes does not hide what was known before.
    const found =
      denial !== undefined && (denial.message.rcode !== Rcode.ServFail || answer === undefined) ? denial : answer;
    if (found === undefined) return undefined;
    const ttl = secondsLeft(found, nowNs);
    const { rcode, recursionAvailable } = found.message;
    return {
      ...asked,
      response: true,
      authoritative: true,
      recursionAvailable,
      rcode,
      answer: withTtl(found.message.answer, () => ttl),
      authority: withTtl(found.message.authority, () => ttl),
      additional: withTtl(found.message.additional, () => ttl),
    };
  }

  /** The answer as it is passed on: no TTL beyond the time that it is kept for. */
  capped(message: Message): Message {
    const seconds = this.#seconds(message);
    const cap = (ttl: number): number => Math.min(ttl, seconds);
    return {
      ...message,
      answer: withTtl(message.answer, cap),
      authority: withTtl(message.authority, cap),
      additional: withTtl(message.additional, cap),
    };
  }

  /** Keeps an answer, if it is of a kind that is kept. */
  store(message: Message, nowNs: number): void {
    const table = this.#tableOf(message);
    if (table === undefined) return;
    const key = keyOf(message.question);
    table.delete(key);
    table.set(key, { message, storedAtNs: nowNs, seconds: this.#seconds(message) });
    if (table.size > CAPACITY) table.delete(table.keys().next().value!);
  }

  #tableOf(message: Message): Map<string, Kept> | undefined {
    const { rcode, truncated, question, answer, authority } = message;
    if (truncated || question.type === RecordType.AXFR || question.type === RecordType.IXFR) return undefined;
    const bounded = authority.some(({ type }) => type === RecordType.SOA);
    if (rcode === Rcode.NxDomain) return bounded && answer.length === 0 ? this.#denials : undefined;
    if (rcode === Rcode.ServFail || rcode === Rcode.NotImp) return this.#denials;
    if (rcode !== Rcode.NoError) return undefined;
    if (answer.length === 0) return bounded ? this.#denials : this.#answers;
    // An alias whose end is missing is a denial too, and without an SOA nobody knows for how long.
    if (answersType(answer, question)) return this.#answers;
    return bounded ? this.#denials : undefined;
  }

  #seconds(message: Message): number {
    const { rcode, answer, authority, additional } = message;
    if (rcode === Rcode.ServFail || rcode === Rcode.NotImp) return LEAST_SECONDS;
    const denies = isDenial(message) || !answersType(answer, message.question);
    const most = denies ? this.#bounds.denialSeconds : this.#bounds.successSeconds;
    const records = [...answer, ...authority, ...additional];
    const least = records.length === 0 ? LEAST_SECONDS : Math.min(most, ...records.map(({ ttl }) => ttl));
    return Math.min(Math.max(least, LEAST_SECONDS), most);
  }
}

function answersType(answer: readonly ResourceRecord[], { type }: Question): boolean {
  return type === RecordType.ANY ? answer.length > 0 : answer.some((record) => record.type === type);
}

function keyOf({ name, type }: Question): string {
  return `${type} ${name.toLowerCase()}`;
}

function alive(kept: Kept | undefined, nowNs: number): Kept | undefined {
  return kept !== undefined && secondsLeft(kept, nowNs) > 0 ? kept : undefined;
}

/** Whole seconds: those that have passed are counted, not rounded. */
function secondsLeft({ storedAtNs, seconds }: Kept, nowNs: number): number {
  return seconds - Math.floor((nowNs - storedAtNs) / SECOND);
}

function withTtl(records: readonly ResourceRecord[], ttlOf: (ttl: number) => number): readonly ResourceRecord[] {
  return records.map((record) => ({ ...record, ttl: ttlOf(record.ttl) }));
}
