/**
 * When a kernel timer really fires. The timer wheel counts ticks, and never fires early: it rounds up by one slot, and
 * its slots grow with the distance, eightfold a level. So 200 ms become 204-208 ms, and a second 1,000-1,036 ms. Two
 * ends on one wire thereby fire in the same tick and cross, as they do on a real one. Ticks are counted from t = 0.
 */

/** Distance in ticks from which the next, eight times coarser level is used. @see kernel/time/timer.c LVL_START */
const LEVEL_START = 63;
const LEVEL_FACTOR = 8;

/** A duration in whole ticks, rounded up. @see kernel/time/time.c usecs_to_jiffies */
export function inTicks(durationNs: number, tickNs: number): number {
  return Math.ceil(durationNs / tickNs) * tickNs;
}

/**
 * The width of the slot that a timer of this delay fires at the end of.
 * @param delayNs >= 0
 * @see kernel/time/timer.c LVL_GRAN
 */
export function expirySlotNs(delayNs: number, tickNs: number): number {
  return slotTicksOf(Math.ceil(delayNs / tickNs)) * tickNs;
}

function slotTicksOf(delayTicks: number): number {
  let slotTicks = 1;
  for (let start = LEVEL_START; delayTicks >= start; start *= LEVEL_FACTOR) slotTicks *= LEVEL_FACTOR;
  return slotTicks;
}

/**
 * The instant at which a timer fires that is set now.
 * @param delayNs >= 0
 * @param tickNs one over CONFIG_HZ
 * @see kernel/time/timer.c calc_wheel_index
 */
export function expiryNs(nowNs: number, delayNs: number, tickNs: number): number {
  const delayTicks = Math.ceil(delayNs / tickNs);
  const slotTicks = slotTicksOf(delayTicks);
  const dueTicks = Math.floor(nowNs / tickNs) + delayTicks;
  return (Math.floor(dueTicks / slotTicks) + 1) * slotTicks * tickNs;
}
