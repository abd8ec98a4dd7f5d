/**
 * The kernel's tick, in which matches count time. 250 a second is what Debian, Ubuntu and most clouds build with.
 * @see kernel/Kconfig.hz
 */

/** Ticks a second. */
export const HZ = 250;

const JIFFY_NS = 1_000_000_000 / HZ;

/** Ticks since the start of the run. @param nowNs virtual time in ns */
export function jiffiesAt(nowNs: number): number {
  return Math.floor(nowNs / JIFFY_NS);
}
