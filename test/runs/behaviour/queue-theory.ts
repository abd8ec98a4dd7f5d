/**
 * What queueing theory says of one queue that strangers come to, one at a time: how long they wait and how many are
 * turned away. Times in the unit of the service time.
 *
 * @see Kleinrock, Queueing Systems I, 3.2-3.5 (M/M), 5.6 (Pollaczek and Khinchin); Gross and Harris, Fundamentals of
 * Queueing Theory, 5.1.8 (the embedded chain of M/G/1/K)
 */

export interface Queue {
  /** Waiting time of those who are served, on average. */
  readonly waiting: number;
  /** Share of those who are turned away. */
  readonly lost: number;
}

/** M/M/c/K: `places` counts those who wait and not those who are served; Infinity: no limit. @param load a worker */
export function exponentialQueue(workers: number, places: number, load: number, service: number): Queue {
  const arrivals = (load * workers) / service;
  let weight = 1;
  let sum = 0;
  let waitingOnes = 0;
  let last = 0;
  for (let there = 0; there <= workers + places; there++) {
    if (there > 0) weight *= (load * workers) / Math.min(there, workers);
    if (weight < 1e-15 * sum) break;
    sum += weight;
    waitingOnes += weight * Math.max(0, there - workers);
    last = weight;
  }
  const lost = places === Number.POSITIVE_INFINITY ? 0 : last / sum;
  return { waiting: waitingOnes / sum / (arrivals * (1 - lost)), lost };
}

/** M/D/1: constant service, one worker, no limit. */
export function constantQueue(load: number, service: number): Queue {
  return { waiting: (load * service) / (2 * (1 - load)), lost: 0 };
}

/** M/D/1/K: at most `places` there, the one who is served among them. By the chain that departures see. */
export function boundedConstantQueue(places: number, load: number, service: number): Queue {
  const poisson = (count: number): number => {
    let value = Math.exp(-load);
    for (let i = 1; i <= count; i++) value *= load / i;
    return value;
  };
  // Left behind by who departs: 0 to places - 1. Each state's weight follows from the balance of those below it.
  const behind = [1];
  for (let state = 1; state < places; state++) {
    let weight = behind[state - 1]! - behind[0]! * poisson(state - 1);
    for (let from = 1; from < state; from++) weight -= behind[from]! * poisson(state - from);
    behind.push(weight / poisson(0));
  }
  const sum = behind.reduce((total, weight) => total + weight, 0);
  const empty = behind[0]! / sum;
  const lost = 1 - 1 / (empty + load);
  const there = behind.reduce((total, weight, state) => total + (state * weight) / sum / (empty + load), places * lost);
  const admitted = (load / service) * (1 - lost);
  return { waiting: there / admitted - service, lost };
}
