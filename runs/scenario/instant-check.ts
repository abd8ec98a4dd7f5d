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

/** The scenario with one notice of what lies behind its end, and without the expectations that hang on it. */
export function cutShort(scenario: Scenario): Scenario {
  const late = lateEntries(scenario);
  if (late.length === 0) return scenario;
  const isLate = (wanted: Late['list'], at: number): boolean =>
    late.some(({ list, index }) => list === wanted && index === at);
  const lateNames = (list: 'timeline' | 'traffic') =>
    scenario[list].flatMap(({ name }, i) => (isLate(list, i) && name !== undefined ? [name] : []));
  const [changes, rows] = [lateNames('timeline'), lateNames('traffic')];
  const unjudged = scenario.expect.flatMap(({ traffic = '', within }, i) =>
    isLate('expect', i) || rows.includes(traffic) || changes.includes(within?.of ?? '') ? [i] : [],
  );
  const names = [
    ...late.filter(({ list }) => list !== 'expect').map(({ list, index }) => `${list}[${index}]`),
    ...unjudged.map((i) => `expect[${i}]`),
  ];
  return {
    ...scenario,
    expect: scenario.expect.filter((_, i) => !unjudged.includes(i)),
    notices: [
      ...scenario.notices,
      `The run ends at ${formatDuration(scenario.untilNs!)}; what begins later is left out: ${names.join(', ')}`,
    ],
  };
}

function lateEntries(scenario: Scenario): Late[] {
  const { untilNs = Number.POSITIVE_INFINITY } = scenario;
  return LISTS.flatMap((list) =>
    scenario[list].flatMap(({ atNs }, index) => (atNs !== undefined && atNs > untilNs ? [{ list, index, atNs }] : [])),
  );
}
