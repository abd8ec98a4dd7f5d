/**
 * `verify --random`: clusters that chance drew, each sent through the model and through the kernel. What disagrees is cut
 * down to the smallest cluster that still does.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../input-error.ts';
import type { SourceFile } from '../../manifest/source.ts';
import { LabError } from '../lab-error.ts';
import { type VerifyDifference, type VerifyResult, verifyScenarios } from '../verify.ts';
import type { RandomCluster } from './cluster.ts';
import { drawCluster } from './cluster-draw.ts';
import { coverageCell } from './coverage.ts';
import { documentOf, scenarioOf } from './document.ts';
import { shrink } from './shrink.ts';

export interface RandomOptions {
  /** How many clusters. */
  readonly clusters: number;
  /** `S`, or `S:INDEX` to begin at that cluster. */
  readonly seed: string;
  /** Flows of each cluster at least; default 12. */
  readonly flows?: number;
  /** Trials for cutting one disagreement down; default 60, 0: it is shown as it was drawn. */
  readonly trials?: number;
  /** Folder to which the files of each disagreement are written. */
  readonly save?: string;
  /** Clusters side by side; default 2: most of a flow is waiting. */
  readonly abreast?: number;
  readonly progress?: (text: string) => void;
}

/** A cluster on which the two sides differ, as small as it could be made. */
export interface Disagreement {
  /** `S:INDEX` */
  readonly seed: string;
  readonly files: readonly SourceFile[];
  readonly differences: readonly VerifyDifference[];
}

/** Differences that a cluster showed in fewer tries than not: what the machine does besides, not what the model says. */
export interface Unsteady {
  /** `S:INDEX` */
  readonly seed: string;
  readonly differences: readonly VerifyDifference[];
}

export interface RandomResult extends VerifyResult {
  readonly disagreements: readonly Disagreement[];
  /** No disagreements, and told all the same: on a loaded machine agents answer late, and an acknowledgement more travels. */
  readonly unsteady: readonly Unsteady[];
}

/** A cluster that differs is tried again until it has differed, or agreed, so often: the majority of five. */
const MAJORITY = 3;

const DEFAULT_FLOWS = 12;
const DEFAULT_TRIALS = 60;
const DEFAULT_ABREAST = 2;

/** @throws {InputError} when this machine cannot build networks */
export async function verifyRandom(options: RandomOptions): Promise<RandomResult> {
  const { clusters, progress } = options;
  const [, name = '', begin = '0'] = /^(.*?)(?::(\d+))?$/s.exec(options.seed)!;
  const results: VerifyResult[] = [];
  const disagreements: Disagreement[] = [];
  const unsteady: Unsteady[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < clusters) {
      const seed = `${name}:${Number(begin) + next++}`;
      const cluster = drawCluster(seed, options.flows ?? DEFAULT_FLOWS);
      const first = await verifyCluster(cluster);
      const result = first.differences.length === 0 ? first : await verifiedAgain(cluster, first);
      results.push(result);
      if (first.differences.length > 0 && result.differences.length === 0)
        unsteady.push({ seed, differences: first.differences });
      progress?.(`${results.length} of ${clusters}: seed ${seed}, ${told(result)}`);
      if (result.differences.length > 0) disagreements.push(await cutDown(cluster, result, options));
    }
  };
  await Promise.all(Array.from({ length: options.abreast ?? DEFAULT_ABREAST }, work));
  return { ...sum(options.seed, results), disagreements, unsteady };
}

/** @returns a result that most tries had: one that differs, or one that agrees */
async function verifiedAgain(cluster: RandomCluster, first: VerifyResult): Promise<VerifyResult> {
  let result = first;
  for (let differed = 1, agreed = 0; differed < MAJORITY && agreed < MAJORITY; ) {
    result = await verifyCluster(cluster);
    if (result.differences.length > 0) differed++;
    else agreed++;
  }
  return result;
}

function told({ flows, differences }: VerifyResult): string {
  return `${flows} flows, ${differences.length === 0 ? 'no difference' : `${differences.length} differ`}`;
}

function sum(seed: string, results: readonly VerifyResult[]): VerifyResult {
  const cells: Record<string, number> = {};
  for (const result of results)
    for (const [cell, count] of Object.entries(result.cells)) cells[cell] = (cells[cell] ?? 0) + count;
  return {
    seed,
    scenarios: results.length,
    flows: results.reduce((total, { flows }) => total + flows, 0),
    differences: results.flatMap(({ differences }) => differences),
    cells,
    notices: [...new Set(results.flatMap(({ notices }) => notices))],
  };
}

/** The name of a cluster's scenario, and of its files. */
function nameOf({ seed }: RandomCluster): string {
  return `random-${seed.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'cluster'}`;
}

/** Sends the flows of one cluster through both. */
export function verifyCluster(cluster: RandomCluster): Promise<VerifyResult> {
  return verifyScenarios([scenarioOf(cluster, nameOf(cluster))], {
    probes: false,
    keepStories: true,
    reached: true,
    cell: (net, state, from, asked) => coverageCell(net, state, cluster.cni, from, asked),
  });
}

async function cutDown(cluster: RandomCluster, result: VerifyResult, options: RandomOptions): Promise<Disagreement> {
  const trial = async (smaller: RandomCluster): Promise<readonly VerifyDifference[] | undefined> => {
    try {
      const { differences } = await verifyCluster(smaller);
      return differences.length > 0 ? differences : undefined;
    } catch (error) {
      // Cut down too far: what it lacks, it names; what nobody can build, the kernel refuses.
      if (error instanceof InputError || error instanceof LabError) return undefined;
      throw error;
    }
  };
  const shrunk = await shrink(cluster, result.differences, trial, options.trials ?? DEFAULT_TRIALS);
  options.progress?.(`seed ${cluster.seed}: cut down in ${shrunk.trials} trials`);
  const files = documentOf(shrunk.cluster, nameOf(cluster));
  if (options.save !== undefined) {
    mkdirSync(options.save, { recursive: true });
    for (const { name, text } of files) writeFileSync(join(options.save, name), text);
  }
  return { seed: cluster.seed, files, differences: shrunk.shown };
}
