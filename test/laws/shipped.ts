/**
 * The scenarios that are shipped, as tests run them: to the end, or for so long that a test stays short. Large ones are
 * generated, and not shipped.
 */
import { readdirSync } from 'node:fs';
import { readSource } from '../../runs/manifest/source.ts';
import { openBeside } from '../../runs/recorded-input.ts';
import { readScenario } from '../../runs/scenario/read.ts';
import type { Scenario } from '../../runs/scenario/scenario.ts';

const FOLDER = new URL('../../runs/scenarios/', import.meta.url).pathname;

export const SHIPPED: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml') && !name.startsWith('large-'))
  .sort();

/** @param untilNs ends it there, if it would go on longer */
export function shippedScenario(name: string, untilNs: number): Scenario {
  const scenario = readScenario([readSource(`${FOLDER}${name}`)], { open: openBeside });
  return { ...scenario, untilNs: Math.min(scenario.untilNs ?? untilNs, untilNs) };
}
