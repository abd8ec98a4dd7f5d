/**
 * `spec.expect`: each entry held against what the run has shown, one result a claim.
 */
import { formatDuration, parseDuration, SECOND } from '../../core/time.ts';
import { formatWhere } from '../input-error.ts';
import { type Comparison, compare } from '../scenario/quantity.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { World } from '../world/world.ts';
import type { Range, TrafficFigure, TrafficRow } from './traffic-figures.ts';

export type Expectation = Scenario['expect'][number];

export interface ExpectationResult {
  readonly text: string;
  readonly passed: boolean;
  readonly got: string;
  /** `file:line:col` */
  readonly where: string;
}

interface Claim {
  readonly text: string;
  readonly passed: boolean;
  readonly got: string;
}

/** The claims of an entry about traffic. @param figure of its row, over the requests that it is about */
export function trafficResults(expectation: Expectation, figure: TrafficFigure, world: World): ExpectationResult[] {
  const where = formatWhere(expectation.where);
  const scope =
    expectation.within === undefined
      ? ''
      : `, later than ${formatDuration(expectation.within.timeNs)} after ${expectation.within.of}`;
  return [...trafficClaims(expectation, figure, world)].map(({ text, passed, got }) => ({
    text: `${expectation.name ?? expectation.traffic}: ${text}${scope}`,
    passed,
    got,
    where,
  }));
}

function* trafficClaims(expectation: Expectation, figure: TrafficFigure, world: World): Generator<Claim> {
  const { row } = figure;
  const { outcome, answered, status, backends, sourceIP, seen, hops, ttlHops, latency } = expectation;
  if (outcome !== undefined) {
    const count = outcomeCount(row, outcome);
    yield { text: `outcome ${outcome}`, passed: row.requests > 0 && count === row.requests, got: outcomes(row) };
  }
  if (answered !== undefined) {
    // A number up to 1 is a share; "= 500" a count.
    const isShare = answered.value <= 1;
    const got = isShare ? (row.requests === 0 ? 0 : row.answered / row.requests) : row.answered;
    yield {
      text: `answered ${comparisonText(answered)}`,
      passed: compare(got, answered),
      got: `${row.answered} of ${row.requests}`,
    };
  }
  if (status !== undefined) {
    const passed = row.answered > 0 && (row.status[String(status)] ?? 0) === row.answered;
    yield { text: `status ${status}`, passed, got: countsText(row.status) };
  }
  if (backends !== undefined) yield* backendClaims(backends, figure);
  if (sourceIP !== undefined) {
    const { preserved, rewritten } = row.sourceIP;
    const passed = row.answered > 0 && row.sourceIP[sourceIP] === row.answered;
    yield { text: `source IP ${sourceIP}`, passed, got: `preserved ${preserved}, rewritten ${rewritten}` };
  }
  if (seen !== undefined) {
    const wanted = seen.map((text) => addressOf(world, text)).sort();
    const got = Object.keys(row.sourceIP.seen).sort();
    yield { text: `seen ${seen.join(', ')}`, passed: wanted.join() === got.join(), got: got.join(', ') || 'nobody' };
  }
  if (hops !== undefined) yield rangeClaim('hops', hops, row.hops);
  if (ttlHops !== undefined) yield rangeClaim('ttlHops', ttlHops, row.ttlHops);
  for (const [name, wanted] of Object.entries(latency ?? {})) {
    if (wanted === undefined) continue;
    const seconds = row.latencySeconds?.[name as 'p50'];
    yield {
      text: `latency ${name} ${wanted.operator} ${formatDuration(wanted.value)}`,
      passed: seconds !== undefined && compare(Math.round(seconds * SECOND), wanted),
      got: seconds === undefined ? 'nothing answered' : formatDuration(Math.round(seconds * SECOND)),
    };
  }
}

function* backendClaims(
  backends: NonNullable<Expectation['backends']>,
  { row, spread }: TrafficFigure,
): Generator<Claim> {
  const got = Object.keys(row.backends);
  const text = countsText(row.backends);
  const named = (name: string): string => name.replace(/^pod\//, '').replace(/^default\//, '');
  if (backends.only !== undefined) {
    const only = backends.only.map(named);
    const passed = row.answered > 0 && got.every((name) => only.includes(name));
    yield { text: `backends only ${only.join(', ')}`, passed, got: text };
  }
  if (backends.each !== undefined) {
    const each = backends.each.map(named);
    yield { text: `backends each ${each.join(', ')}`, passed: each.every((name) => got.includes(name)), got: text };
  }
  if (backends.distinct !== undefined) {
    yield {
      text: `${backends.distinct} distinct backends`,
      passed: got.length === backends.distinct,
      got: `${got.length}: ${text}`,
    };
  }
  const { maxOverMean, chiSquare } = backends.spread ?? {};
  const none = 'no request asked a service with ready endpoints';
  if (maxOverMean !== undefined) {
    const passed = spread !== undefined && spread.maxOverMean <= maxOverMean;
    yield {
      text: `max over mean at most ${maxOverMean}`,
      passed,
      got: spread === undefined ? none : spread.maxOverMean.toFixed(3),
    };
  }
  if (chiSquare !== undefined) {
    const passed = spread !== undefined && spread.p >= chiSquare;
    yield {
      text: `chi-square p at least ${chiSquare}`,
      passed,
      got: spread === undefined ? none : spread.p.toPrecision(3),
    };
  }
}

function rangeClaim(name: string, wanted: NonNullable<Expectation['hops']>, got: Range | null): Claim {
  const parts = Object.entries(wanted).filter(([, value]) => value !== undefined) as [keyof Range, number][];
  const holds = (key: keyof Range, value: number): boolean => {
    if (got === null) return false;
    if (key === 'min') return got.min >= value;
    return key === 'max' ? got.max <= value : Math.abs(got.mean - value) < 1e-9;
  };
  return {
    text: `${name} ${parts.map(([key, value]) => `${key} ${value}`).join(', ')}`,
    passed: parts.every(([key, value]) => holds(key, value)),
    got: got === null ? 'nothing answered' : `min ${got.min}, mean ${got.mean.toFixed(2)}, max ${got.max}`,
  };
}

function outcomeCount(row: TrafficRow, outcome: NonNullable<Expectation['outcome']>): number {
  if (outcome === 'answered') return row.answered;
  return outcome === 'inFlight' ? row.inFlight : row.failed[outcome];
}

/** `answered 10, refused 2` */
function outcomes(row: TrafficRow): string {
  const counts = { answered: row.answered, ...row.failed, inFlight: row.inFlight };
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'no request' : parts.map(([name, count]) => `${name} ${count}`).join(', ');
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  if (parts.length === 0) return 'none';
  return parts.length > 8 ? `${parts.slice(0, 8).join(', ')} and ${parts.length - 8} more` : parts.join(', ');
}

function comparisonText({ operator, value }: Comparison): string {
  return `${operator} ${value}`;
}

/** `node/node1` as that node's address. */
function addressOf({ net }: World, text: string): string {
  const match = /^(?:node|host)\/(.+)$/.exec(text);
  if (match === null) return text;
  const host = net.hostNamed(match[1]!);
  const device = host === undefined ? undefined : net.interfaceNamed(host, 'eth0');
  return net.addresses.text(device?.addresses[0]?.address ?? 0) || text;
}

/** What `path: .a.b[0].c` leads to in an object, and what `equals` says of it. */
export function objectResult(expectation: Expectation, found: unknown, isThere: boolean): ExpectationResult {
  const { object, path, equals, atNs, name } = expectation;
  const at = atNs === undefined ? '' : ` at ${formatDuration(atNs)}`;
  const value = path === undefined ? found : valueAt(found, path);
  const passed = isThere && (equals === undefined ? value !== undefined : isEqual(value, equals));
  const claim = equals === undefined ? 'is there' : `is ${JSON.stringify(equals)}`;
  return {
    text: `${name === undefined ? '' : `${name}: `}${object}${path ?? ''}${at} ${claim}`,
    passed,
    got: isThere ? (JSON.stringify(value) ?? 'nothing') : 'no such object',
    where: formatWhere(expectation.where),
  };
}

/** Walks `.spec.ports[0].nodePort`, `.metadata.labels["a.b/c"]`. */
function valueAt(root: unknown, path: string): unknown {
  let value = root;
  for (const [, index, quoted, name] of path.matchAll(/\[(\d+)\]|\[["']([^"']+)["']\]|([^.[\]]+)/g)) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[index ?? quoted ?? name!];
  }
  return value;
}

function isEqual(a: unknown, b: unknown): boolean {
  return (
    JSON.stringify(a) === JSON.stringify(b) ||
    (typeof a !== 'object' && typeof b !== 'object' && String(a) === String(b))
  );
}

/** The instant, in ns, after which a claim with `within` holds; `undefined` where no such change is named. */
export function heldAfterNs(expectation: Expectation, { timeline }: Scenario): number | undefined {
  const { within } = expectation;
  if (within === undefined) return Number.NEGATIVE_INFINITY;
  const change = timeline.find(({ name }) => name === within.of);
  const at = change?.atNs ?? parseDuration(within.of);
  return at === undefined ? undefined : at + within.timeNs;
}
