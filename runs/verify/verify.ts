/**
 * Verification: the flows of a scenario, sent through the model and through this machine's own kernel over the same
 * network and the same rules, and told apart line by line.
 */
import type { ClusterState } from '../../controllers/state.ts';
import { InputError } from '../input-error.ts';
import { readSources, type SourceFile } from '../manifest/source.ts';
import { openBeside } from '../recorded-input.ts';
import { plural } from '../report/number-text.ts';
import { checkedScenario } from '../scenario/checked.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { LATEST_END_NS, Simulation } from '../simulation.ts';
import { withDnsSettled } from '../world/cluster-dns.ts';
import { type Flow, type Patience, targetText } from './flow.ts';
import { type FlowCell, trafficFlows } from './flow-choice.ts';
import { buildableTopology, KernelNetwork } from './kernel-network.ts';
import { ModelNetwork, type NetDecider, type Prediction } from './model-network.ts';
import { probes } from './probe.ts';
import { missingRequirements } from './requirements.ts';
import { difference, type Story } from './story.ts';

export interface VerifyOptions {
  /** `--set path=value` */
  readonly sets?: readonly string[];
  /** Instead of the scenario's own. */
  readonly seed?: string;
  /** Requests of each traffic row that are sent; default 4. */
  readonly perRow?: number;
  /** Whether the fixed probes are sent besides; default yes. */
  readonly probes?: boolean;
  /** Network states, of those that the traffic met, that the probes are sent in: from the last one backwards; default 2. */
  readonly probedStates?: number;
  /** The cell of the coverage table that a flow counts in, in place of its usual one. */
  readonly cell?: FlowCell;
  /** Whether the kernel counts, rule by rule, how often each was looked at, and that is compared too. */
  readonly reached?: boolean;
  /** Whether each difference carries both stories. */
  readonly keepStories?: boolean;
  /** Called with a line for each scenario that is done, where there are several. */
  readonly ended?: (text: string) => void;
  /** Called before each flow. */
  readonly progress?: (done: number, total: number, flow: Flow) => void;
  /** For tests of verify itself: the model's tables with a fault in them. */
  readonly decider?: NetDecider;
  /** For tests of verify itself: called once the kernel's network stands, to put a fault into it. */
  readonly tamper?: (kernel: KernelNetwork) => Promise<void>;
}

export interface VerifyDifference {
  readonly scenario: string;
  readonly flow: string;
  /** Instant in ns of virtual time. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** One line each: what the model says and what the kernel did. */
  readonly lines: readonly string[];
  readonly stories?: { readonly model: Story; readonly kernel: Story };
}

export interface VerifyResult {
  readonly seed: string;
  readonly scenarios: number;
  readonly flows: number;
  readonly differences: readonly VerifyDifference[];
  /** Flows by CNI, sender, kind of address and protocol. */
  readonly cells: Readonly<Record<string, number>>;
  /** What was left out, and why. */
  readonly notices: readonly string[];
}

const DEFAULT_PER_ROW = 4;
const DEFAULT_PROBED_STATES = 2;
/**
 * How long a flow of which nothing is expected is waited for: so much shorter than the first retransmission of a SYN or
 * of a SYN-ACK that a loaded machine has read all counters before, and well between a request's second and third, at
 * about 430 and 870 ms: a FIN that follows then waits for the window or does not.
 */
const SILENCE_MS = 600;
/** What is said of rules and sets that did not load at all. */
const REFUSED = /^\S+: (?:iptables-restore|ipset restore): /;
/** The longest that a flow is followed. */
const LONGEST_MS = 8_000;
/** A kind of probe that takes longer than this is sent so many times and no more. */
const SLOW_MS = 1_000;
const MOST_SLOW = 1;
/** What the kernel may take longer than the model says. */
const MARGIN_MS = 700;

/**
 * A router gives a neighbour up after three seconds, just as a SYN is sent for the fourth time: which comes first is
 * chance. The client gives up before, and both sides watch until it is over.
 */
const BEFORE_NEIGHBOUR_MS = 2_500;
const AFTER_NEIGHBOUR_MS = 1_100;

/**
 * Verifies scenarios against the kernel.
 * @param files FILEs as `run` takes them; each Scenario among them is verified by itself, with the objects of the files
 *   that hold no Scenario
 * @throws {InputError} for bad input, and when this machine cannot build networks
 */
export async function verifyFiles(files: readonly string[], options: VerifyOptions = {}): Promise<VerifyResult> {
  return verifyScenarios(scenariosOf(files, options), options);
}

/** The scenarios of FILEs, each with the objects of the files that hold none. @throws {InputError} for bad input */
export function scenariosOf(
  files: readonly string[],
  { sets = [], seed }: Pick<VerifyOptions, 'sets' | 'seed'> = {},
): Scenario[] {
  const all = [...sets, ...(seed === undefined ? [] : [`spec.seed=${seed}`])];
  return scenarioSources(files.flatMap(readSources)).map((sources) =>
    checkedScenario(sources, { sets: all, open: openBeside }),
  );
}

/** @throws {InputError} when this machine cannot build networks */
export async function verifyScenarios(scenarios: readonly Scenario[], options: VerifyOptions): Promise<VerifyResult> {
  const missing = missingRequirements();
  if (missing !== undefined) throw new InputError(undefined, missing);
  const cells: Record<string, number> = {};
  const differences: VerifyDifference[] = [];
  const notices: string[] = [];
  let flows = 0;
  for (const scenario of scenarios) {
    const verified = await verifyScenario(scenario, options);
    const { length } = verified.differences;
    if (scenarios.length > 1)
      options.ended?.(
        `${scenario.name}: ${plural(verified.flows.length, 'flow')}, ${length === 0 ? 'no difference' : `${length} differ`}`,
      );
    flows += verified.flows.length;
    differences.push(...verified.differences);
    notices.push(...verified.notices);
    for (const { cell } of verified.flows) cells[cell] = (cells[cell] ?? 0) + 1;
  }
  return { seed: scenarios[0]?.seed ?? '', scenarios: scenarios.length, flows, differences, cells, notices };
}

/** One group of sources a Scenario. */
function scenarioSources(sources: readonly SourceFile[]): SourceFile[][] {
  const isScenario = ({ text }: SourceFile): boolean => /^\s*"?kind"?:\s*"?Scenario\b/m.test(text);
  const own = sources.filter(isScenario);
  const shared = sources.filter((source) => !isScenario(source));
  return own.length < 2 ? [[...sources]] : own.map((source) => [source, ...shared]);
}

/** Flows that are sent over one and the same network. */
interface State {
  readonly atNs: number;
  readonly shape: string;
  readonly flows: Flow[];
}

interface Verified {
  readonly flows: readonly Flow[];
  readonly differences: readonly VerifyDifference[];
  readonly notices: readonly string[];
}

async function verifyScenario(given: Scenario, options: VerifyOptions): Promise<Verified> {
  const scenario = withDnsSettled(given);
  const states = networkStates(scenario, options);
  const all = states.flatMap(({ flows }) => flows);
  const differences: VerifyDifference[] = [];
  const notices = new Set<string>();
  if (scenario.timeline.some(({ fault }) => fault?.type === 'drop'))
    notices.add(`${scenario.name}: fault: drop is left out on both sides; rules of the raw table lose packets on both`);
  const kernel = new KernelNetwork({ probed: options.reached ?? false });
  const slow: Record<string, number> = {};
  const skipped = new Set<Flow>();
  const unreadable = new Set<Flow>();
  /** Flows by the rule that they met and the model does not know. */
  const unknown = new Map<string, number>();
  let disturbances = 0;
  let done = 0;
  try {
    for (const { atNs, flows } of states) {
      const oracle = networkAt(scenario, atNs, options.decider).model;
      const { model } = networkAt(scenario, atNs, options.decider);
      const loaded = await kernel.follow(buildableTopology(model.net));
      const refused = loaded.find((line) => REFUSED.test(line));
      if (refused !== undefined) throw new InputError(undefined, `This kernel does not take the rules of ${refused}`);
      if (loaded.length > 0) differences.push(told(scenario, flows[0], atNs, 'rules as loaded', loaded));
      await options.tamper?.(kernel);
      for (const line of kernel.notBuilt) notices.add(`${scenario.name}: ${line} is not built`);
      for (const flow of flows) {
        options.progress?.(done++, all.length, flow);
        const prediction = oracle.predict(flow, LONGEST_MS);
        if (flow.isProbe && prediction.durationMs > SLOW_MS) {
          slow[flow.name] = (slow[flow.name] ?? 0) + 1;
          if (slow[flow.name]! > MOST_SLOW) {
            skipped.add(flow);
            continue;
          }
        }
        const patience = patienceFor(prediction);
        const { story, startedAtMs, disturbed } = await kernel.observe(flow, patience);
        const modelled = model.observe(flow, patience, story, startedAtMs);
        if (modelled.unknownRule !== undefined) {
          unknown.set(modelled.unknownRule, (unknown.get(modelled.unknownRule) ?? 0) + 1);
          unreadable.add(flow);
          continue;
        }
        const lines = difference(modelled, story);
        if (lines.length === 0) continue;
        if (disturbed) {
          disturbances++;
          unreadable.add(flow);
          continue;
        }
        const found = told(scenario, flow, atNs, flow.name, lines);
        differences.push(options.keepStories ? { ...found, stories: { model: modelled, kernel: story } } : found);
      }
    }
  } finally {
    kernel.close();
  }
  if (skipped.size > 0)
    notices.add(
      `${scenario.name}: ${skipped.size} probes of kinds that were tried before and take seconds are left out`,
    );
  if (disturbances > 0)
    notices.add(
      `${scenario.name}: ${plural(disturbances, 'flow')} left out, since packets were sent again while counters were read`,
    );
  for (const [rule, count] of unknown)
    notices.add(`${scenario.name}: ${plural(count, 'flow')} left out that met what the model does not know: ${rule}`);
  return {
    flows: all.filter((flow) => !skipped.has(flow) && !unreadable.has(flow)),
    differences,
    notices: [...notices],
  };
}

function told(
  scenario: Scenario,
  flow: Flow | undefined,
  at: number,
  name: string,
  lines: readonly string[],
): VerifyDifference {
  return {
    scenario: scenario.name,
    flow: name,
    at,
    from: flow?.from ?? '',
    to: flow === undefined ? '' : targetText(flow),
    lines,
  };
}

/** Long enough for what the model expects to come, and no longer for what never will. */
function patienceFor({ outcome, durationMs, afterwardsMs, neighbourFailed, goesOn }: Prediction): Patience {
  if (neighbourFailed) return { timeoutMs: BEFORE_NEIGHBOUR_MS, settleMs: AFTER_NEIGHBOUR_MS };
  const timeoutMs = outcome === 'timeout' ? SILENCE_MS : Math.min(LONGEST_MS, Math.ceil(durationMs) + MARGIN_MS);
  const settleMs = afterwardsMs > 20 && outcome !== 'timeout' ? Math.ceil(afterwardsMs) + 50 : 0;
  return { timeoutMs, settleMs, unfinished: goesOn };
}

/** The flows of a scenario, by the network that they meet: what stayed the same meanwhile is built once. */
function networkStates(scenario: Scenario, options: VerifyOptions): State[] {
  const flows = trafficFlows(scenario, options.perRow ?? DEFAULT_PER_ROW, options.cell).sort((a, b) => a.atNs - b.atNs);
  const simulation = new Simulation({ ...scenario, traffic: [] });
  const states: State[] = [];
  const stateAt = (atNs: number): State => {
    simulation.runUntil(atNs);
    const shape = JSON.stringify(buildableTopology(simulation.world.net));
    const last = states.at(-1);
    if (last?.shape === shape) return last;
    const state = { atNs, shape, flows: [] };
    states.push(state);
    return state;
  };
  for (const flow of flows) stateAt(flow.atNs).flows.push(flow);
  if (options.probes === false) return states;
  if (states.length === 0) stateAt(endOf(scenario));
  for (const state of states.slice(-(options.probedStates ?? DEFAULT_PROBED_STATES))) {
    const { model, cluster } = networkAt(scenario, state.atNs);
    state.flows.push(...probes(scenario, model.net, cluster, state.atNs));
  }
  return states;
}

/** When a scenario without traffic has come to rest. */
function endOf(scenario: Scenario): number {
  if (scenario.untilNs !== undefined) return scenario.untilNs;
  const simulation = new Simulation(scenario);
  while (simulation.engine.step(500, LATEST_END_NS) === 500 && !simulation.isIdle());
  return simulation.nowNs;
}

/** The network of a scenario at an instant, as it would stand had there been no traffic. */
export function networkAt(
  scenario: Scenario,
  atNs: number,
  decider?: NetDecider,
): { readonly model: ModelNetwork; readonly cluster: ClusterState } {
  const simulation = new Simulation({ ...withDnsSettled(scenario), traffic: [] });
  simulation.runUntil(atNs);
  const { net, cluster } = simulation.world;
  return { model: new ModelNetwork(net, atNs, scenario.seed, decider), cluster };
}
