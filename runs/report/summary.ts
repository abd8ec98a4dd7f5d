/**
 * A run's summary: the one document of `run -o json`, and what its record in the catalogue keeps.
 */
import { SECOND } from '../../core/time.ts';
import type { ExpectationResult } from './expectation.ts';
import type { Finding } from './finding.ts';
import type { DropFigure, PacketFigures } from './packet-figures.ts';
import type { RunFigures } from './run-figures.ts';
import type { TrafficRow } from './traffic-figures.ts';

export interface Summary {
  /** The run's id. */
  readonly run: string;
  readonly scenario: string;
  readonly seed: string;
  /** Chained digest of the ledger. */
  readonly digest: string;
  readonly events: number;
  readonly packetHops: number;
  readonly virtualTimeSeconds: number;
  readonly wallSeconds: number;
  readonly traffic: readonly TrafficRow[];
  readonly packets: PacketFigures;
  readonly drops: readonly DropFigure[];
  readonly expectations: readonly ExpectationResult[];
  readonly findings: readonly Finding[];
  readonly notices: readonly string[];
}

export interface RunFacts {
  readonly id: string;
  readonly scenario: string;
  readonly seed: string;
  readonly digest: string;
  readonly events: number;
  /** Virtual instant at which it ended. */
  readonly endNs: number;
  readonly wallSeconds: number;
  readonly notices: readonly string[];
}

export function summaryOf(facts: RunFacts, figures: RunFigures): Summary {
  return {
    run: facts.id,
    scenario: facts.scenario,
    seed: facts.seed,
    digest: facts.digest,
    events: facts.events,
    packetHops: figures.passage.packetHops,
    virtualTimeSeconds: facts.endNs / SECOND,
    wallSeconds: Math.round(facts.wallSeconds * 1000) / 1000,
    traffic: figures.traffic.map(({ row }) => row),
    packets: figures.passage.packets,
    drops: figures.passage.drops,
    expectations: figures.expectations,
    findings: figures.findings,
    notices: facts.notices,
  };
}
