/**
 * Keyed draws as allocators take them: one uniform integer after the other, for one purpose and subject.
 */
import type { Draw } from '../core/decider.ts';
import type { DrawBelow } from './allocate/band.ts';

/** Each call draws with the next index, from `first` on. The bias of taking the remainder is below 2^-32 x `below`. */
export function drawsBelow(draw: Draw, purpose: number, subject: number, first = 0): DrawBelow {
  let index = first;
  return (below) => draw(purpose, subject, index++) % below;
}
