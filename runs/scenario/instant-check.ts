/**
 * Instants against a run's end. A scenario whose own `until` lies before one of its entries contradicts itself; one that
 * is cut short from outside simply stops there.
 */
import { formatDuration } from '../../core/time.ts';
import { InputError } from '../input-error.ts';
import type { Scenario } from './scenario.ts';

const LISTS = ['timeline', 'traffic', 'expect'] as const;

interface Late {
  readonly list: (typeof LISTS)[number];
  readonly index: number;
  readonly atNs: number;
}

/** @throws {InputError} at the first entry that lies behind the end */
export function checkInstants(scenario: Scenario): void {
  const [late] = lateEntries(scenario);
  if (late === undefined) return;
  const { list, index, atNs } = late;
  const [begins, end] = [formatDuration(atNs), formatDuration(scenario.untilNs!)];
  throw new InputError(
    scenario.locator.value(['spec', list, index, 'at']),
    `${list}[${index}].at is ${begins}, but the run ends at ${end} (until)`,
  );
}

/** The scenario with one notice of what lies behind its end, and without the expectations that would be judged there. */
export function cutShort(scenario: Scenario): Scenario {
  const late = lateEntries(scenario);
  if (late.length === 0) return scenario;
  const names = late.map(({ list, index }) => `${list}[${index}]`).join(', ');
  return {
    ...scenario,
    expect: scenario.expect.filter((_, i) => !late.some(({ list, index }) => list === 'expect' && index === i)),
    notices: [
      ...scenario.notices,
      `The run ends at ${formatDuration(scenario.untilNs!)}, before ${names}: ${late.length === 1 ? 'it does' : 'they do'} not happen`,
    ],
  };
}

function lateEntries(scenario: Scenario): Late[] {
  const { untilNs = Number.POSITIVE_INFINITY } = scenario;
  return LISTS.flatMap((list) =>
    scenario[list].flatMap(({ atNs }, index) => (atNs !== undefined && atNs > untilNs ? [{ list, index, atNs }] : [])),
  );
}
