/**
 * Two recorded runs side by side: the first event that differs, and the requests whose fate changed.
 */
import { OUTCOME_NAMES } from '../net/request.ts';
import { EventLines } from './replay/event-line.ts';
import { Replay } from './replay/replay.ts';
import { type RequestStory, requestStories } from './report/request-story.ts';
import type { WorldEvent } from './world/event.ts';

export interface ChangedFate {
  readonly traffic: string;
  /** Number of the request in its row, from 0. */
  readonly number: number;
  /** What became of it in each run; `undefined` where it was never made. */
  readonly left: string | undefined;
  readonly right: string | undefined;
}

export interface Comparison {
  readonly same: boolean;
  /** Number of the first differing event, from 0, with its line in each run; `undefined` where that run has ended. */
  readonly first:
    | { readonly sequence: number; readonly left: string | undefined; readonly right: string | undefined }
    | undefined;
  readonly changed: readonly ChangedFate[];
  /** Requests of either run. */
  readonly requests: number;
  /** Of both runs. */
  readonly seeds: readonly [string, string];
}

/** @throws {InputError} when either ledger can't be read */
export function compareRuns(leftPath: string, rightPath: string): Comparison {
  const left = new Side(leftPath);
  const right = new Side(rightPath);
  try {
    let first: Comparison['first'];
    let sequence = 0;
    while (first === undefined) {
      const a = left.next();
      const b = right.next();
      if (a === undefined && b === undefined) break;
      if (a !== undefined && b !== undefined && JSON.stringify(a.event) === JSON.stringify(b.event)) sequence++;
      else first = { sequence, left: left.lineOf(a), right: right.lineOf(b) };
    }
    left.finish();
    right.finish();
    const names = new Set([...left.fates.keys(), ...right.fates.keys()]);
    const changed = [...names]
      .map((name) => ({ name, left: left.fates.get(name), right: right.fates.get(name) }))
      .filter((fate) => fate.left !== fate.right)
      .map(({ name, ...fates }): ChangedFate => {
        const hash = name.lastIndexOf('#');
        return { traffic: name.slice(0, hash), number: Number(name.slice(hash + 1)), ...fates };
      });
    return { same: first === undefined, first, changed, requests: names.size, seeds: [left.seed, right.seed] };
  } finally {
    left.close();
    right.close();
  }
}

interface Told {
  readonly event: WorldEvent;
  readonly sequence: number;
}

/** One run, folded step by step. */
class Side {
  readonly #replay: Replay;
  readonly #waiting: Told[] = [];
  readonly #lines: EventLines;
  #at = 0;
  #eager = true;
  /** What became of each request, by `row#number`. */
  readonly fates = new Map<string, string>();

  constructor(path: string) {
    this.#replay = new Replay(path);
    const { events, world, scenario } = this.#replay.simulation;
    this.#lines = new EventLines(world);
    let sequence = 0;
    events.subscribe((event) => {
      if (this.#eager) this.#waiting.push({ event, sequence });
      sequence++;
    });
    events.pipe(requestStories(world)).subscribe((story) => {
      this.fates.set(`${scenario.traffic[story.traffic]!.name}#${story.number}`, fateOf(story));
    });
  }

  /** The next event; `undefined` at the end. */
  next(): Told | undefined {
    if (this.#at === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#at = 0;
      if (this.#replay.step() === undefined) return undefined;
    }
    return this.#waiting[this.#at++]!;
  }

  lineOf(told: Told | undefined): string | undefined {
    return told === undefined ? undefined : JSON.stringify(this.#lines.line(told.event, told.sequence));
  }

  get seed(): string {
    return this.#replay.scenario.seed;
  }

  finish(): void {
    this.#eager = false;
    this.#replay.finish();
  }

  close(): void {
    this.#replay.close();
  }
}

/** `answered 200 by web-1, seen from 10.0.0.11, 3 hops` */
function fateOf({ outcome, status, backend, seen, hops, reason }: RequestStory): string {
  const name = OUTCOME_NAMES[outcome]!;
  const parts = [status === 0 ? name : `${name} ${status}`];
  if (reason !== '') parts.push(reason);
  if (backend !== '') parts.push(`by ${backend}`, `seen from ${seen}`, `${hops} hops`);
  return parts.join(', ');
}
