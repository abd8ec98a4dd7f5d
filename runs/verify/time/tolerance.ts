/**
 * How far apart an instant of the model and one of the kernel may lie before it counts as a difference, and why. The
 * model starts each flow when the kernel really did, so nothing here has to make up for a late start.
 */
import { expirySlotNs } from '../../../net/transport/timer-wheel.ts';

/**
 * `timer`: between two events that a kernel timer parts · `answer`: from the start to an event that something else
 * brought about · `lifetime`: what `conntrack -L` prints as left.
 */
export const TOLERANCE = {
  /**
   * A timer fires at the end of a slot of the timer wheel, and where slots begin depends on when the kernel was booted:
   * up to one slot either way, which `timerToleranceNs` adds. On top of it come the measured round trip, which the RTO
   * holds (some hundred microseconds here, as many in the model), and the interrupt's own lateness.
   */
  timerNs: 20e6,
  /**
   * Applications and their wake-ups stand in between: listeners answer after 3 ms there and at once in the model, and a
   * machine of two cores with other things to do wakes a dozen of them late. That makes the kernel late, never early;
   * early it may be by the slots of timers that went before.
   */
  answerLateNs: 150e6,
  answerEarlyNs: 60e6,
  /** Whole seconds are printed, and an entry is read some milliseconds after the instant that is compared. */
  lifetimeSeconds: 1,
  /**
   * A lab whose own timers were late by more says nothing about timers that lie that close: what differs is measured
   * again, `attempts` times at most. Agreement counts at once, since lateness makes no agreement.
   */
  latenessNs: 15e6,
  attempts: 3,
} as const;

/**
 * Whether the kernel's instant is near enough to the model's, where an application stands before it.
 * @param slackNs what a timer before it may add or take
 */
export function isAnswerNear(modelNs: number, kernelNs: number, slackNs = 0): boolean {
  const lateNs = kernelNs - modelNs;
  return lateNs <= TOLERANCE.answerLateNs + slackNs && lateNs >= -TOLERANCE.answerEarlyNs - slackNs;
}

/** One tick of the kernels that are compared with: CONFIG_HZ=250, as Debian and Ubuntu build them. */
const TICK_NS = 4e6;

/** What two timers of one delay may differ by. @param delayNs from its start to its firing, as seen */
export function timerToleranceNs(delayNs: number): number {
  return TOLERANCE.timerNs + expirySlotNs(delayNs, TICK_NS);
}
