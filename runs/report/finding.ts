/**
 * What a user should know without asking, in plain words, each with the line of the manifest that it comes from.
 */
import { formatDuration } from '../../core/time.ts';
import { DropReason } from '../../net/drop-reason.ts';
import { formatWhere, type Where } from '../input-error.ts';
import type { Path } from '../manifest/locator.ts';
import type { ManifestObject } from '../scenario/object.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Fault } from '../scenario/schema/timeline.ts';
import type { Incidents } from './incident.ts';
import { plural } from './number-text.ts';
import type { Outage } from './outage.ts';
import type { DropFigure } from './packet-figures.ts';
import type { ServicePort } from './service-index.ts';
import type { TrafficFigure } from './traffic-figures.ts';

/** A closed list. */
export const FINDING_KINDS = [
  'source-lost',
  'second-hop',
  'uneven-spread',
  'no-endpoints',
  'node-down',
  'controller-stopped',
  'stale-rules',
  'port-mismatch',
  'asymmetric-return',
  'unknown-rule',
  'bound-reached',
  'unresolved-name',
  'action-failed',
] as const;

export type FindingKind = (typeof FINDING_KINDS)[number];

export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
  /** `file:line:col`; null where no line is to blame. */
  readonly where: string | null;
}

/** What one traffic row met, beside its figures. */
export interface RowNotes {
  /** The service that most of its requests asked. */
  readonly service: ServicePort | undefined;
  /** Requests answered from outside the cluster that passed more than one node. */
  readonly secondHops: number;
  /** Answered requests whose server saw another address than the client's own, loopback aside; and one pair of both. */
  readonly lost: number;
  readonly source: string;
  readonly seen: string;
  /** Who has the address that was seen. */
  readonly seenAt: string;
}

export interface FindingInput {
  readonly scenario: Scenario;
  readonly figures: readonly TrafficFigure[];
  readonly notes: readonly RowNotes[];
  readonly drops: readonly DropFigure[];
  readonly incidents: Incidents;
}

/** A spread this unlikely by chance alone is told; rules that lag a moment behind the API are not enough for it. */
const UNLIKELY = 1e-6;

export function findings(input: FindingInput): Finding[] {
  const list: Finding[] = [];
  const tell = (kind: FindingKind, text: string, where: Where | undefined): void => {
    list.push({ kind, text, where: where === undefined ? null : formatWhere(where) });
  };
  for (const [index, figure] of input.figures.entries()) rowFindings(input, index, figure, tell);
  for (const drop of input.drops) dropFindings(input.scenario, drop, tell);
  incidentFindings(input, tell);
  return list;
}

type Tell = (kind: FindingKind, text: string, where: Where | undefined) => void;

function rowFindings({ scenario, notes }: FindingInput, index: number, figure: TrafficFigure, tell: Tell): void {
  const { name, answered } = figure.row;
  const { service, secondHops, lost, source, seen, seenAt } = notes[index]!;
  const row = scenario.traffic[index]!.where;
  const policy =
    service === undefined ? undefined : placeOf(scenario, 'Service', service, ['spec', 'externalTrafficPolicy']);
  if (lost > 0) {
    const who = seenAt === '' ? seen : `${seen} (${seenAt})`;
    const why =
      service?.byNode && !service.local ? ': externalTrafficPolicy Cluster masquerades what a node port takes in' : '';
    tell(
      'source-lost',
      `${name}: ${lost} of ${answered} answered requests came from ${who} to their server, not from ${source}${why}`,
      policy ?? row,
    );
  }
  if (secondHops > 0) {
    tell(
      'second-hop',
      `${name}: ${secondHops} of ${answered} answered requests were handed on to another node, since the chosen pod was not on the first`,
      policy ?? row,
    );
  }
  const { spread } = figure;
  if (spread !== undefined && spread.p < UNLIKELY) {
    const why = service?.affinity
      ? ' (sessionAffinity ClientIP keeps a client with one pod)'
      : service?.local
        ? ' (externalTrafficPolicy Local: each node serves its own pods)'
        : '';
    const where = service === undefined ? row : (placeOf(scenario, 'Service', service, ['spec']) ?? row);
    tell(
      'uneven-spread',
      `${name}: ${spread.most} got ${spread.maxOverMean.toFixed(2)} times its even share of ${spread.requests} requests; by chance alone that happens with p = ${pText(spread.p)}${why}`,
      where,
    );
  }
  for (const [reason, count] of Object.entries(figure.reasons)) {
    tell('unresolved-name', `${name}: ${count} requests could not begin: ${reason}`, row);
  }
}

function pText(p: number): string {
  return p < 1e-12 ? '< 1e-12' : p.toExponential(1);
}

/** kube-proxy's comment on the rule that rejects what a service without endpoints is asked. */
const NO_ENDPOINTS = /--comment "?(\S+?)\/([^\s:"]+)(?::\S*)? has no (local )?endpoints/;

function dropFindings(scenario: Scenario, { host, rule, count, reason }: DropFigure, tell: Tell): void {
  if (rule === null) return;
  const match = NO_ENDPOINTS.exec(rule);
  if (match !== null) {
    const [, namespace = '', name = '', local = ''] = match;
    const where = placeOf(scenario, 'Service', { namespace, name }, ['spec', 'selector']);
    tell(
      'no-endpoints',
      `Service ${namespace}/${name} had no ${local}endpoints: ${host} turned ${packets(count)} away`,
      where,
    );
  }
  if (reason === 'unknown-rule') {
    const where = scenario.rules.find((rules) => rules.host === host)?.where;
    tell('unknown-rule', `${packets(count)} on ${host} met a rule that the model does not know: ${rule}`, where);
  }
}

function incidentFindings({ scenario, incidents }: FindingInput, tell: Tell): void {
  for (const { service, pod, port, count } of incidents.closedPorts) {
    const where = placeOf(scenario, 'Service', service, ['spec', 'ports', service.port, 'targetPort']);
    tell(
      'port-mismatch',
      `Service ${service.namespace}/${service.name} sends to port ${port} of ${pod}, where nothing listens: ${packets(count)} refused`,
      where,
    );
  }
  for (const outage of incidents.outages) outageFinding(scenario, outage, tell);
  for (const [host, count] of incidents.strayAnswers) {
    tell(
      'asymmetric-return',
      `${packets(count)} came back to ${host} from an address that it had not asked: answers took another way than requests`,
      undefined,
    );
  }
  for (const { reason, host, count } of incidents.bounds)
    tell('bound-reached', boundText(reason, host, count), undefined);
  for (const { entry, text } of incidents.failedActions) {
    tell('action-failed', text === '' ? 'A command of the timeline failed' : text, scenario.timeline[entry]?.where);
  }
}

function outageFinding(scenario: Scenario, outage: Outage, tell: Tell): void {
  const { name, type, state, fromNs, toNs, missed, keys } = outage;
  const entry = scenario.timeline.find(({ fault, atNs }) => atNs === fromNs && isOf(fault, outage));
  const time = `from ${formatDuration(fromNs)} ${toNs === undefined ? 'on' : `to ${formatDuration(toNs)}`}`;
  const changes = plural(missed, 'later change');
  switch (type) {
    case 'node':
      return tell('node-down', `${name} was ${state} ${time}: ${packets(missed)} ended there`, entry?.where);
    case 'kube-proxy': {
      const text = `${name} was ${state} ${time}: ${changes} of Services and endpoints did not reach its rules in time`;
      return tell('stale-rules', text, entry?.where);
    }
    default: {
      const text = `The ${name} controller was ${state} ${time}: ${changes} waited for it (${[...keys].join(', ')})`;
      return tell('controller-stopped', text, entry?.where);
    }
  }
}

function isOf(fault: Fault | undefined, { name, type }: Outage): boolean {
  if (type === 'node') return fault?.type === 'node' && fault.node === name;
  if (fault?.type !== 'component') return false;
  return fault.component === 'controller-manager' || fault.component === name.split('@')[0];
}

/** What a bound cost, in the words of what sets it. */
function boundText(reason: number, host: string, count: number): string {
  switch (reason) {
    case DropReason.IcmpRateLimited:
      return `${host} left ${plural(count, 'ICMP error')} unsent: its rate limit for them (icmp_ratelimit, icmp_msgs_per_sec) was reached, so senders were not told why their packets ended`;
    case DropReason.NeighbourQueueFull:
      return `${host} dropped ${packets(count)}: too many waited for a neighbour's answer to ARP (unres_qlen_bytes)`;
    case DropReason.QueueFull:
      return `${host} dropped ${packets(count)}: the queue of its link was full (links.queue)`;
    case DropReason.ConntrackTableFull:
      return `${host} dropped ${packets(count)}: its connection tracking table was full (nf_conntrack_max)`;
    default:
      return `${host} dropped ${packets(count)}: no source port was left for their translation (ip_local_port_range)`;
  }
}

function packets(count: number): string {
  return plural(count, 'packet');
}

/** Where an object, or the value at a path in it, was written. */
function placeOf(
  scenario: Scenario,
  kind: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  path: Path,
): Where | undefined {
  const all = [...scenario.objects, ...scenario.timeline.flatMap(({ applied }) => applied)];
  const found = all.find((candidate) => isNamed(candidate, kind, namespace, name));
  return found?.locator.value(path);
}

function isNamed({ object }: ManifestObject, kind: string, namespace: string, name: string): boolean {
  if (object['kind'] !== kind) return false;
  const metadata = object['metadata'] as { name?: string; namespace?: string } | undefined;
  return metadata?.name === name && (metadata.namespace ?? 'default') === namespace;
}
