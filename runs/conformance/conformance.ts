/**
 * Conformance: vectors that were recorded elsewhere, put through the model's data plane.
 */
import { dirname, join } from 'node:path';
import { InputError } from '../input-error.ts';
import { readSource } from '../manifest/source.ts';
import { isDnsFile, readDnsCases } from './dns-file.ts';
import { judgeDnsCase } from './dns-judge.ts';
import { type RecordedFlow, type RecordedScenario, readFlowFile } from './flow-file.ts';
import { judge } from './judge.ts';
import { ProbeRun } from './probe-run.ts';
import { buildRecorded } from './recorded-network.ts';

export interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
  /** What failed, a line or more each. */
  readonly failures: readonly string[];
}

/** Runs a vector file of any kind. @throws {InputError} for bad input */
export function runVectorFile(name: string): ConformanceResult {
  let value: unknown;
  try {
    value = JSON.parse(readSource(name).text);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ file: name }, `This is not JSON: ${(error as Error).message}`);
  }
  return isDnsFile(value) ? runDnsCases(name, value) : runFlowFile(name);
}

function runDnsCases(name: string, value: unknown): ConformanceResult {
  let passed = 0;
  const failures: string[] = [];
  for (const one of readDnsCases(name, value)) {
    for (const { title: item, reasons } of judgeDnsCase(one)) {
      if (reasons.length === 0) passed++;
      else failures.push([`FAIL ${one.id}: ${item}`, ...reasons].join('\n  '));
    }
  }
  return { passed, failed: failures.length, failures };
}

/** Runs a file of recorded probes, with its rule sets beside it. @throws {InputError} for bad input */
export function runFlowFile(name: string): ConformanceResult {
  let passed = 0;
  const failures: string[] = [];
  for (const [scenario, recorded] of Object.entries(readFlowFile(name))) {
    for (const [number, reasons] of runScenario(dirname(name), recorded).entries()) {
      if (reasons.length === 0) passed++;
      else failures.push([title(scenario, number, recorded.flows[number]!), ...reasons].join('\n  '));
    }
  }
  return { passed, failed: failures.length, failures };
}

/** @returns for each flow why it fails */
function runScenario(folder: string, { ruleset, network, flows }: RecordedScenario): string[][] {
  if (ruleset === undefined) return flows.map(() => ['unknown: the rule set is not iptables-save text']);
  const { text } = readSource(join(folder, `${ruleset}.rules`));
  const built = buildRecorded(network, text);
  if (built.refused !== '') return flows.map(() => [`the rule set does not load: ${built.refused}`]);
  const run = new ProbeRun(built);
  return flows.map((flow) => judge(flow, run.send(flow)));
}

function title(scenario: string, number: number, { probe }: RecordedFlow): string {
  return `FAIL ${scenario} #${number + 1}: ${probe.from} → ${probe.proto}://${probe.dst}:${probe.port}`;
}
