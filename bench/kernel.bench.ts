/**
 * What a first packet costs on this machine's own kernel, by the rules that it looks at: measured in network namespaces,
 * fitted, and held against what was not fitted. And how long the rules take to load.
 */
import { BACKENDS, type Backend, type CostModel, predictedNs, type RuleCost } from '../runs/cost/cost-model.ts';
import { isInPath } from '../runs/verify/requirements.ts';
import { addedNs, type CostPoint, fitCost, predictionError, spreadOf } from './kernel/cost-fit.ts';
import { CostLab } from './kernel/cost-lab.ts';
import { type FirstPacketTimes, firstPacketTimes, type Turns } from './kernel/first-packet-times.ts';
import { type LoadTime, loadRulesOf } from './kernel/rule-load.ts';
import { type ServiceRules, serviceRules } from './kernel/service-rules.ts';
import { load, machine } from './machine.ts';
import { type BenchContext, byScale, type SectionReport, type Sheet } from './section.ts';

export interface KernelReport {
  readonly section: SectionReport;
  readonly model: CostModel;
}

interface Plan extends Turns {
  readonly fitted: readonly number[];
  readonly heldOut: readonly number[];
}

interface Measured {
  readonly backend: Backend;
  readonly rules: ServiceRules;
  readonly times: FirstPacketTimes;
  readonly full: LoadTime;
  readonly incremental: LoadTime;
}

const planOf = (context: BenchContext): Plan =>
  byScale<Plan>(
    context,
    { fitted: [20, 200], heldOut: [100], rounds: 3, connections: 40 },
    { fitted: [100, 1_000, 10_000], heldOut: [300, 3_000], rounds: 25, connections: 100 },
    { fitted: [100, 300, 1_000, 3_000, 10_000], heldOut: [200, 600, 2_000, 5_000], rounds: 51, connections: 100 },
  );

/** The ways to load rules that this machine has. */
export function presentBackends(): Backend[] {
  return BACKENDS.filter((backend) => isInPath(`${backend}-restore`));
}

/** @throws {Error} what a tool complained of; no namespace is left behind */
export async function measureKernel(context: BenchContext): Promise<KernelReport> {
  const before = load();
  const plan = planOf(context);
  const sizes = [...plan.fitted, ...plan.heldOut].sort((a, b) => a - b);
  const backends = presentBackends();
  const measured: Measured[] = [];
  for (const services of sizes) {
    const rules = serviceRules(services);
    for (const backend of backends) {
      context.progress(`kernel, ${backend}, ${services.toLocaleString('en')} services`);
      measured.push(await measure(backend, rules, plan));
    }
  }
  const costs = backends.map((backend) => fitCost(backend, pointsOf(measured, backend), plan.heldOut));
  const { cpu, kernel } = machine();
  return { section: sectionOf(measured, costs, plan), model: { cpu, kernel, load: [before, load()], costs } };
}

/** In namespaces that are new, so that nothing is there from an earlier size. */
async function measure(backend: Backend, rules: ServiceRules, turns: Turns): Promise<Measured> {
  const bare = await CostLab.open();
  try {
    const ruled = await CostLab.open();
    try {
      await loadRulesOf(ruled, backend, rules.ensured);
      const full = await loadRulesOf(ruled, backend, rules.full);
      const incremental = await loadRulesOf(ruled, backend, rules.incremental);
      const times = await firstPacketTimes(bare, ruled, rules, turns);
      return { backend, rules, times, full, incremental };
    } finally {
      ruled.close();
    }
  } finally {
    bare.close();
  }
}

function pointsOf(measured: readonly Measured[], backend: Backend): CostPoint[] {
  return measured.filter((one) => one.backend === backend).flatMap(({ times }) => times.points);
}

const us = (ns: number): number => ns / 1000;

function sectionOf(
  measured: readonly Measured[],
  costs: readonly RuleCost[],
  { heldOut, rounds, connections }: Plan,
): SectionReport {
  return {
    name: 'kernel',
    title: "First packets on this machine's kernel",
    races: [],
    sheets: [
      fitSheet(costs),
      ...costs.map((cost) => latencySheet(cost, measured, heldOut)),
      bareSheet(measured),
      loadSheet(measured),
    ],
    notes: [
      `Client, node and far end are network namespaces joined by veth; the node has the rules and sends on, the far end drops. A time is that of the system call that sends the packet: all of its way is worked through in it. Medians of ${connections} connections, and of ${rounds} rounds of those, with the lowest and the highest round. What rules add is the difference to the same way without rules, round by round; connection tracking, which rules bring along, is in the constant.`,
      'A line is fitted to the medians of new TCP connections, by relative deviations; low and high hold 95 of 100 lines through rounds drawn anew. Rows marked "held out" took no part; "off" is predicted over measured, less 1. A datagram passes TCP services more cheaply than a SYN, above all in nf_tables, whose rules compare the protocol first: its rows took no part either.',
      'Services have one endpoint each and kube-proxy’s own rules; the count of rules looked at is the model’s, which verify holds against the kernel’s counters. Loading is `iptables-restore --noflush --counters`, once each, the whole set into the empty tables, then what kube-proxy writes when one service has changed.',
    ],
  };
}

function fitSheet(costs: readonly RuleCost[]): Sheet {
  return {
    title: 'Cost of a first packet: ns a rule, µs a host, and how far that is off where it was not fitted',
    columns: ['ns/rule', 'low', 'high', 'constant µs', 'low', 'high', 'off, median %', 'worst %'],
    rows: costs.map(({ backend, perRuleNs, constantNs, heldOutError }) => ({
      name: backend,
      values: [
        ...[perRuleNs.value, perRuleNs.low, perRuleNs.high],
        ...[constantNs.value, constantNs.low, constantNs.high].map(us),
        ...[heldOutError.median, heldOutError.worst].map((error) => error * 100),
      ],
    })),
  };
}

function latencySheet(cost: RuleCost, measured: readonly Measured[], heldOut: readonly number[]): Sheet {
  const own = measured.filter(({ backend }) => backend === cost.backend);
  const row = (point: CostPoint, name: string) => {
    const predicted = predictedNs(cost, { rules: point.examined, hosts: 1 });
    const added = addedNs(point);
    const known = point.place !== 'later';
    return {
      name: `${point.services.toLocaleString('en')} services, ${name}`,
      values: [
        known ? point.examined : null,
        us(spreadOf(point.tookNs).median),
        ...[added.median, added.low, added.high].map(us),
        known ? us(predicted) : null,
        known ? predictionError(predicted, point) * 100 : null,
      ],
    };
  };
  return {
    title: `${cost.backend}, µs`,
    columns: ['rules', 'whole', 'added', 'low', 'high', 'predicted', 'off %'],
    rows: own.flatMap(({ times: { points, datagram, later } }) => [
      ...points.map((point) => row(point, `${point.place}${heldOut.includes(point.services) ? ', held out' : ''}`)),
      row(datagram, 'none, datagram'),
      row(later, 'second datagram'),
    ]),
  };
}

/** The baselines, over all sizes. */
function bareSheet(measured: readonly Measured[]): Sheet {
  const all = (of: (times: FirstPacketTimes) => CostPoint): number[] =>
    measured.flatMap(({ times }) => of(times).bareNs);
  const rows = [
    ['SYN', all(({ points }) => points[0]!)],
    ['first datagram', all(({ datagram }) => datagram)],
    ['second datagram', all(({ later }) => later)],
  ] as const;
  return {
    title: 'Without rules, µs',
    columns: ['median', 'low', 'high'],
    rows: rows.map(([name, values]) => {
      const { median, low, high } = spreadOf(values);
      return { name, values: [median, low, high].map(us) };
    }),
  };
}

function loadSheet(measured: readonly Measured[]): Sheet {
  return {
    title: 'Loading rules, ms',
    columns: ['rules', 'full, wall', 'full, CPU', 'one changed, wall', 'one changed, CPU'],
    rows: measured.map(({ backend, rules, full, incremental }) => ({
      name: `${backend}, ${rules.services.toLocaleString('en')} services`,
      values: [rules.rules, full.wallMs, full.cpuMs, incremental.wallMs, incremental.cpuMs],
    })),
  };
}
