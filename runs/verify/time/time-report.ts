/**
 * What the verification of instants found, as a table for people.
 */
import { MILLISECOND } from '../../../core/time.ts';
import { plural } from '../../report/number-text.ts';
import { TOLERANCE, timerToleranceNs } from './tolerance.ts';
import type { TimesResult } from './verify-time.ts';

/** What was found, for people, with the tolerances that it holds within. */
export function timesTable({ scenarios, flows, differing }: TimesResult): string {
  const lines = scenarios.flatMap(({ scenario, flows, differences, attempts, latenessNs }) => {
    const again =
      attempts === 1 ? '' : `, measured ${attempts} times: this machine's timers were ${ms(latenessNs)} late`;
    const found = differences.length === 0 ? 'no difference' : `${differences.length} differ`;
    return [`${scenario}: ${plural(flows, 'flow')}, ${found}${again}`, ...differences.map((line) => `  ${line}`)];
  });
  const slots = [0.2, 1, 3, 20].map((seconds) => `${ms(timerToleranceNs(seconds * 1e9))} at ${seconds} s`);
  lines.push(
    '',
    `${plural(scenarios.length, 'scenario')}, ${plural(flows, 'flow')}: ${differing === 0 ? 'no difference' : `${differing} differ`}`,
    `Within: timers ${slots.join(', ')}; what is answered ${ms(TOLERANCE.answerLateNs)} late, ${ms(TOLERANCE.answerEarlyNs)} early; conntrack -L ${TOLERANCE.lifetimeSeconds} s`,
  );
  return `${lines.join('\n')}\n`;
}

function ms(ns: number): string {
  return `${Math.round(ns / MILLISECOND)} ms`;
}
