/**
 * The measure of one traffic row: how its requests ended, which way they went, what their servers saw, how they spread
 * and how long they took.
 */
import type { OperatorFunction } from 'rxjs';
import { SECOND } from '../../core/time.ts';
import { OUTCOME_NAMES, Outcome } from '../../net/request.ts';
import { increment, type Tally, tallied } from './measure.ts';
import type { RequestStory } from './request-story.ts';
import { type Percentile, Sample } from './sample.ts';
import { Spread, type SpreadFigure } from './spread.ts';

type Counts = Readonly<Record<string, number>>;

export interface Range {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** A row as `run -o json` prints it. */
export interface TrafficRow {
  readonly name: string;
  readonly requests: number;
  readonly answered: number;
  readonly failed: Readonly<Record<FailedOutcome, number>>;
  /** Of those refused, what their clients were told it by. */
  readonly refusedBy: { readonly rst: number; readonly icmp: number };
  readonly inFlight: number;
  /** Ways of requests that were not answered, as far as their last packets came. */
  readonly lostWays: Counts;
  readonly status: Counts;
  /** Of answered requests, as all below. */
  readonly sourceIP: { readonly preserved: number; readonly rewritten: number; readonly seen: Counts };
  readonly forwardedFor: Counts;
  readonly hops: Range | null;
  readonly ttlHops: Range | null;
  /** Rewrites of destination and source on the way of the requests' first packets. */
  readonly translations: { readonly dnat: number; readonly snat: number };
  readonly indirections: Counts;
  readonly proxies: Counts;
  readonly ways: Counts;
  readonly backends: Counts;
  /** Null where nothing was answered. */
  readonly latencySeconds: Readonly<Record<'p50' | 'p90' | 'p99' | 'max', number>> | null;
  /** 95 % intervals of the percentiles: lower and upper end, null where the sample is too small for it. */
  readonly latencyIntervalsSeconds: Readonly<Record<'p50' | 'p90' | 'p99', readonly [number, number | null]>> | null;
}

/** A row with what only the table and the expectations need. */
export interface TrafficFigure {
  readonly row: TrafficRow;
  readonly percentiles: Readonly<Record<'p50' | 'p90' | 'p99', Percentile>> | null;
  readonly spread: SpreadFigure | undefined;
  /** Requests without an answer, by what is known of the reason. */
  readonly reasons: Counts;
}

const FAILED = ['refused', 'reset', 'timeout', 'unreachable', 'unresolved', 'unknown'] as const;
export type FailedOutcome = (typeof FAILED)[number];

/** Names that are told apart in one table of counts; all further ones are summed up. */
const MOST_NAMES = 5_000;
const REST = '(others)';

/** @param name of the row; the stream must be of its requests alone */
export function trafficFigure(name: string): OperatorFunction<RequestStory, TrafficFigure> {
  return tallied(() => new TrafficTally(name));
}

class TrafficTally implements Tally<RequestStory, TrafficFigure> {
  readonly #name: string;
  #requests = 0;
  #answered = 0;
  #preserved = 0;
  #dnat = 0;
  #snat = 0;
  #refusedByIcmp = 0;
  readonly #outcomes: Record<string, number> = {};
  readonly #status: Record<string, number> = {};
  readonly #seen: Record<string, number> = {};
  readonly #indirections: Record<string, number> = {};
  readonly #ways: Record<string, number> = {};
  readonly #lostWays: Record<string, number> = {};
  readonly #backends: Record<string, number> = {};
  readonly #reasons: Record<string, number> = {};
  readonly #hops = new Extent();
  readonly #ttlHops = new Extent();
  readonly #latencyNs = new Sample();
  readonly #spread = new Spread();

  constructor(name: string) {
    this.#name = name;
  }

  take(story: RequestStory): void {
    this.#requests++;
    increment(this.#outcomes, OUTCOME_NAMES[story.outcome]!);
    if (story.reason !== '') bounded(this.#reasons, story.reason);
    if (story.outcome === Outcome.Refused && story.byIcmp) this.#refusedByIcmp++;
    if (story.outcome !== Outcome.Answered) {
      if (story.way !== '') bounded(this.#lostWays, story.way);
      return;
    }
    this.#answered++;
    if (story.status !== 0) increment(this.#status, String(story.status));
    if (story.seen === story.source) this.#preserved++;
    bounded(this.#seen, story.seen);
    bounded(this.#indirections, story.indirections);
    bounded(this.#ways, story.way);
    bounded(this.#backends, story.backend);
    this.#hops.add(story.hops);
    this.#ttlHops.add(story.ttlHops);
    this.#dnat += story.dnat;
    this.#snat += story.snat;
    this.#latencyNs.add(story.endedAtNs - story.startedAtNs);
    if (story.service !== undefined) this.#spread.add(story.service.ready, story.backend);
  }

  figure(): TrafficFigure {
    const latency = this.#latencyNs;
    const at = (quantile: number): Percentile => latency.percentile(quantile)!;
    const percentiles = latency.count === 0 ? null : { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
    const seconds = (ns: number): number => ns / SECOND;
    return {
      row: {
        name: this.#name,
        requests: this.#requests,
        answered: this.#answered,
        failed: Object.fromEntries(FAILED.map((name) => [name, this.#outcomes[name] ?? 0])) as TrafficRow['failed'],
        refusedBy: { rst: (this.#outcomes.refused ?? 0) - this.#refusedByIcmp, icmp: this.#refusedByIcmp },
        inFlight: this.#outcomes.inFlight ?? 0,
        lostWays: sorted(this.#lostWays),
        status: this.#status,
        sourceIP: { preserved: this.#preserved, rewritten: this.#answered - this.#preserved, seen: sorted(this.#seen) },
        forwardedFor: {},
        hops: this.#hops.range(),
        ttlHops: this.#ttlHops.range(),
        translations: { dnat: this.#dnat, snat: this.#snat },
        indirections: sorted(this.#indirections),
        proxies: {},
        ways: sorted(this.#ways),
        backends: sorted(this.#backends),
        latencySeconds:
          percentiles === null
            ? null
            : {
                p50: seconds(percentiles.p50.value),
                p90: seconds(percentiles.p90.value),
                p99: seconds(percentiles.p99.value),
                max: seconds(latency.max),
              },
        latencyIntervalsSeconds:
          percentiles === null
            ? null
            : { p50: endsOf(percentiles.p50), p90: endsOf(percentiles.p90), p99: endsOf(percentiles.p99) },
      },
      percentiles,
      spread: this.#spread.figure(),
      reasons: sorted(this.#reasons),
    };
  }
}

function endsOf({ interval: { low, high } }: Percentile): readonly [number, number | null] {
  return [low / SECOND, Number.isFinite(high) ? high / SECOND : null];
}

class Extent {
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  add(value: number): void {
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  range(): Range | null {
    return this.#count === 0 ? null : { min: this.#min, mean: this.#sum / this.#count, max: this.#max };
  }
}

/** Most frequent first. */
function sorted(counts: Record<string, number>): Counts {
  return Object.fromEntries(Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

const sizes = new WeakMap<Record<string, number>, number>();

function bounded(counts: Record<string, number>, name: string): void {
  if (counts[name] === undefined) {
    const size = sizes.get(counts) ?? 0;
    if (size >= MOST_NAMES) return increment(counts, REST);
    sizes.set(counts, size + 1);
  }
  increment(counts, name);
}
