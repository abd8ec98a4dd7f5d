/**
 * `kubectl describe poddisruptionbudget`.
 */
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import type { PodDisruptionBudget } from '../../../controllers/object/pod-disruption-budget.ts';
import type { Description } from './description.ts';

export function describeBudget(text: Description, { metadata, spec, status }: PodDisruptionBudget): void {
  text.heading(metadata);
  if (spec.minAvailable !== undefined) text.line(0, 'Min available:', spec.minAvailable);
  else if (spec.maxUnavailable !== undefined) text.line(0, 'Max unavailable:', spec.maxUnavailable);
  text.line(0, 'Selector:', spec.selector === undefined ? '<unset>' : formatSelector(spec.selector));
  text.line(0, 'Status:');
  text.line(2, 'Allowed disruptions:', status.disruptionsAllowed);
  text.line(2, 'Current:', status.currentHealthy);
  text.line(2, 'Desired:', status.desiredHealthy);
  text.line(2, 'Total:', status.expectedPods);
}
