/**
 * Whether a scenario has budgets of disruption, and so somebody who counts what they allow: one component more would be
 * told of every pod.
 */
import type { Scenario } from '../scenario/scenario.ts';

const NAMED = /\b(pdb|poddisruptionbudgets?)\b/i;

export function hasBudgets({ objects, timeline }: Scenario): boolean {
  const all = [...objects, ...timeline.flatMap(({ applied }) => applied)];
  return (
    all.some(({ object }) => object.kind === 'PodDisruptionBudget') ||
    timeline.some(({ kubectl, run }) => NAMED.test(`${kubectl ?? ''} ${run ?? ''}`))
  );
}
