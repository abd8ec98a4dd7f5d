/**
 * A dialogue as it was captured, and how losses are told: which of the segments that match never arrive.
 */
import type { Dialogue, Row } from './dialogue.ts';

export interface Captured {
  readonly name: string;
  readonly dialogue: Dialogue;
  /** `ms direction flags seq ack len header`, as captured at the client. */
  readonly rows: string;
}

export type Matcher = (row: Row) => boolean;

/** The `n`-th segment (from 0) that matches is lost. */
export function nth(matches: Matcher, n: number): Matcher {
  let seen = 0;
  return (row) => matches(row) && seen++ === n;
}

/** Of each three that match, the first is lost: `-m statistic --mode nth --every 3 --packet 0`. */
export function everyThird(matches: Matcher): Matcher {
  let seen = 0;
  return (row) => matches(row) && seen++ % 3 === 0;
}

export const sends =
  (direction: string, flags: string): Matcher =>
  (row) =>
    row.direction === direction && row.flags === flags;
export const either =
  (one: Matcher, other: Matcher): Matcher =>
  (row) => {
    const first = one(row);
    return other(row) || first;
  };
export const answerData: Matcher = (row) => row.direction === '<' && row.payloadBytes > 0;
