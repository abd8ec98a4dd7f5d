/**
 * Those who work for a server: so many requests at once, the others wait in the order of their arrival, and who comes
 * when all places are taken is turned away. The queue of a pool of workers behind one accept loop.
 *
 * Since who came first is served first, it is known on arrival when a request will be done: all that has to be kept is
 * when those before it leave.
 */
import { fraction } from '../../core/random.ts';

export interface Crew {
  /** Requests that are worked on at once; Infinity: all of them. */
  readonly workers: number;
  /** Requests that wait at most. */
  readonly places: number;
  /** Service times are drawn from an exponential distribution; else all are alike. */
  readonly exponential: boolean;
  /** When the requests that are there leave, in ns, ascending. Some may have left already. */
  readonly leaving: number[];
}

/** What was decided of a request on arrival, until it is answered. */
export interface Taken {
  /** When its answer is due, in ns. */
  readonly dueNs: number;
  readonly turnedAway: boolean;
}

/**
 * When a request that comes now will have been served, in ns.
 * @param serviceNs time that one worker takes for it
 * @returns -1: there is no place for it
 */
export function departure({ workers, places, leaving }: Crew, nowNs: number, serviceNs: number): number {
  const first = firstThere(leaving, nowNs);
  const there = leaving.length - first;
  if (there < workers) return nowNs + serviceNs;
  if (there >= workers + places) return -1;
  return leaving[leaving.length - workers]! + serviceNs;
}

/** Takes note of it. */
export function admit({ leaving }: Crew, nowNs: number, departureNs: number): void {
  leaving.splice(0, firstThere(leaving, nowNs));
  let place = leaving.length;
  while (place > 0 && leaving[place - 1]! > departureNs) place--;
  leaving.splice(place, 0, departureNs);
}

function firstThere(leaving: readonly number[], nowNs: number): number {
  let first = 0;
  while (first < leaving.length && leaving[first]! <= nowNs) first++;
  return first;
}

/** A service time in ns. @param drawn in [0, 2^32) */
export function serviceNs({ exponential }: Crew, meanNs: number, drawn: number): number {
  return exponential ? Math.max(1, Math.round(-Math.log(1 - fraction(drawn)) * meanNs)) : meanNs;
}
