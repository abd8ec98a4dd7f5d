/** Durations and what they come to, in nanoseconds. */
export const DAY_TEXTS: readonly (readonly [string, number])[] = [
  ['0', 0],
  ['250us', 250_000],
  ['250µs', 250_000],
  ['1.5ms', 1_500_000],
  ['1h30m', 5_400e9],
  ['-3d5h', -277_200e9],
  ['2ns', 2],
];
