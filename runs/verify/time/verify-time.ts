/**
 * Verification of instants: a scenario's requests, all of them at their own instants and as long as they take, through
 * the model and through the kernel, with what is repeated by timers, given up, limited or forgotten compared by time.
 */
import { MILLISECOND } from '../../../core/time.ts';
import { InputError } from '../../input-error.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { trafficFlows } from '../flow-choice.ts';
import { buildableTopology } from '../kernel-network.ts';
import { openLab } from '../lab.ts';
import type { NetDecider } from '../model-network.ts';
import { missingRequirements } from '../requirements.ts';
import { networkAt, scenariosOf, type VerifyOptions } from '../verify.ts';
import { observeTimed, type TimedFlow } from './timed-kernel.ts';
import { modelTimed } from './timed-model.ts';
import { type TimedStory, timedDifferences } from './timed-story.ts';
import { TOLERANCE } from './tolerance.ts';

/** Beyond the last flow's start, where the scenario does not say how long it runs. */
const WATCH_AFTER_NS = 5_000 * MILLISECOND;
/** The longest that anybody waits. */
const WATCH_MOST_NS = 60_000 * MILLISECOND;
const FIRST_SOURCE_PORT = 30_001;

export interface TimeVerification {
  readonly flows: number;
  /** One line each. */
  readonly differences: readonly string[];
  /** How often it was measured: more than once where the machine was late and something differed. */
  readonly attempts: number;
  /** How late the lab's own timers were at worst, in ns, the last time. */
  readonly latenessNs: number;
  readonly model: TimedStory;
  readonly kernel: TimedStory;
}

export interface TimeOptions {
  /** For tests of verify itself: the model's tables with a fault in them. */
  readonly decider?: NetDecider;
  /** How often it is measured at most; absent: as `TOLERANCE` has it. */
  readonly attempts?: number;
}

/**
 * Verifies one scenario's instants: the network stands as it does when the first request is sent.
 * @param scenario with traffic
 */
export async function verifyTime(scenario: Scenario, options: TimeOptions = {}): Promise<TimeVerification> {
  const { decider, attempts: most = TOLERANCE.attempts } = options;
  const flows = timedFlows(scenario);
  const atNs = flows[0]!.atNs;
  const watchedNs = Math.min(
    WATCH_MOST_NS,
    scenario.untilNs === undefined ? flows.at(-1)!.atNs - atNs + WATCH_AFTER_NS : scenario.untilNs - atNs,
  );
  const names = flows.map(({ name }) => name);
  for (let attempts = 1; ; attempts++) {
    const { net } = networkAt(scenario, atNs).model;
    const topology = buildableTopology(net, true);
    const lab = await openLab(topology);
    try {
      const kernel = await observeTimed(lab, flows, topology, watchedNs / MILLISECOND);
      const { startsNs, readAtNs, latenessNs } = kernel;
      const model = modelTimed(net, flows, {
        atNs,
        seed: scenario.seed,
        startsNs,
        watchedNs,
        readAtNs,
        ...(decider === undefined ? {} : { decider }),
      });
      const differences = [
        ...lab.ruleDifferences,
        ...timedDifferences(withoutAnswered(model, kernel), withoutAnswered(kernel, kernel), names, watchedNs),
      ];
      const again = differences.length > 0 && latenessNs > TOLERANCE.latenessNs && attempts < most;
      if (!again) return { flows: flows.length, differences, attempts, latenessNs, model, kernel };
    } finally {
      lab.close();
    }
  }
}

export interface TimesResult {
  readonly scenarios: readonly (Omit<TimeVerification, 'model' | 'kernel'> & { readonly scenario: string })[];
  readonly flows: number;
  readonly differing: number;
}

/**
 * Verifies the instants of each scenario of FILEs; those without traffic are passed over.
 * @throws {InputError} for bad input, and when this machine cannot build networks
 */
export async function verifyTimes(
  files: readonly string[],
  options: TimeOptions & Pick<VerifyOptions, 'sets' | 'seed'> = {},
): Promise<TimesResult> {
  const missing = missingRequirements();
  if (missing !== undefined) throw new InputError(undefined, missing);
  const scenarios: TimesResult['scenarios'][number][] = [];
  for (const scenario of scenariosOf(files, options)) {
    if (scenario.traffic.length === 0) continue;
    const { flows, differences, attempts, latenessNs } = await verifyTime(scenario, options);
    scenarios.push({ scenario: scenario.name, flows, differences, attempts, latenessNs });
  }
  return {
    scenarios,
    flows: scenarios.reduce((sum, { flows }) => sum + flows, 0),
    differing: scenarios.filter(({ differences }) => differences.length > 0).length,
  };
}

/** Every request of the traffic, each with a port of its own. */
function timedFlows(scenario: Scenario): TimedFlow[] {
  const flows = trafficFlows(scenario, Number.MAX_SAFE_INTEGER).sort((a, b) => a.atNs - b.atNs);
  return flows.map((flow, i) => ({ ...flow, sourcePort: flow.sourcePort ?? FIRST_SOURCE_PORT + i }));
}

/**
 * Questions about neighbours that answer are left out: who knows whom when the first flow begins is not the same on
 * both sides, since the kernel's network has just been built.
 */
function withoutAnswered(story: TimedStory, kernel: TimedStory): TimedStory {
  const counts = new Map<string, number>();
  for (const { what } of kernel.moments) if (isQuestion(what)) counts.set(what, (counts.get(what) ?? 0) + 1);
  const moments = story.moments.filter(({ what }) => !isQuestion(what) || (counts.get(what) ?? 0) > 1);
  return { ...story, moments };
}

function isQuestion(what: string): boolean {
  return what.startsWith('who has ');
}
