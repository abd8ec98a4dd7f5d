/**
 * Traffic: each row's requests, one after the other or at its rate, from who sends to what the name leads to.
 */

import type { Pod } from '../../controllers/object/pod.ts';
import type { Draw } from '../../core/decider.ts';
import { fraction } from '../../core/random.ts';
import { SECOND } from '../../core/time.ts';
import { NetCommandKind, type StartLookup, type StartRequest } from '../../net/command.ts';
import { startLookup } from '../../net/dns/lookup.ts';
import type { NetEvent } from '../../net/event.ts';
import { HostStatus } from '../../net/host.ts';
import { curlRequest, requestText, textBytes } from '../../net/http.ts';
import { Protocol } from '../../net/packet.ts';
import { Outcome } from '../../net/request.ts';
import { startRequest } from '../../net/workload/client.ts';
import type { Target } from '../scenario/target.ts';
import { type OpenRequest, RunCommandKind, type WorldCommand } from './command.ts';
import { filledTarget, originHost, originPod, targetAddress } from './endpoint.ts';
import { type RunEvent, RunEventKind } from './event.ts';
import { lookupFor, lookupPlan } from './name-lookup.ts';
import { RunPurpose } from './purpose.ts';
import type { TrafficRow } from './traffic-state.ts';
import type { World } from './world.ts';

type Emit = (event: RunEvent | NetEvent) => void;

const PROTOCOLS: Readonly<Partial<Record<Target['scheme'], number>>> = {
  http: Protocol.Tcp,
  tcp: Protocol.Tcp,
  udp: Protocol.Udp,
  icmp: Protocol.Icmp,
};
/** What is sent where neither HTTP nor a size says it: a line of text, or ping's data. */
const PLAIN_BYTES = 16;
const PING_BYTES = 56;

export function openRequest(world: World, command: OpenRequest, draw: Draw, emit: Emit): void {
  const { at, traffic, number } = command;
  const row = world.traffic.rows[traffic]!;
  if (row.ratePerSecond !== undefined && row.arrivals === 'poisson' && number + 1 < row.requests) {
    const gapNs = -Math.log(1 - fraction(draw(RunPurpose.Arrival, traffic, number))) * (SECOND / row.ratePerSecond);
    emit({
      kind: RunEventKind.ArrivalDrawn,
      at,
      traffic,
      number: number + 1,
      nextAt: at + Math.max(1, Math.round(gapNs)),
    });
  }
  const host = originHost(world, row.from, number);
  const fail = (text: string): void =>
    emit({ kind: RunEventKind.RequestFailed, at, traffic, number, outcome: Outcome.Unresolved, text });
  if (host === undefined || host.status === HostStatus.Down)
    return fail(`${row.from.type}/${row.from.name} is not running`);
  const to = filledTarget(world, row.from, number, row.to);
  const address = to === undefined ? undefined : targetAddress(world, host, to);
  if (to === undefined || (address === undefined && to.destination.type !== 'name'))
    return fail(`${row.to.text} leads nowhere from ${host.name}`);
  const asked = to === row.to ? row : { ...row, to };
  const pod = originPod(world, row.from, number);
  const opening = openingOf(world, asked, command, host.id, pod, address);
  if (opening.kind === NetCommandKind.StartLookup) startLookup(world, opening, draw, emit);
  else startRequest(world, opening, draw, emit);
}

type Asking = Pick<
  TrafficRow,
  'to' | 'headers' | 'sizeBytes' | 'timeoutNs' | 'source' | 'sourcePort' | 'connection' | 'dnsCache'
>;

/**
 * What the sender does first: it opens its request, or looks the name up that it is to.
 * @param pod that sends, where one does
 * @param address absent: the name has to be looked up
 */
export function openingOf(
  world: World,
  row: Asking,
  command: OpenRequest,
  host: number,
  pod: Pod | undefined,
  address: string | undefined,
): StartRequest | StartLookup {
  const { destination, scheme } = row.to;
  if (destination.type !== 'name' || (address !== undefined && scheme !== 'dns'))
    return requestOf(world, row, command, host, address ?? '');
  const plan = lookupPlan(pod, destination.name, world.names);
  if (scheme !== 'dns') {
    const kept = row.dnsCache === undefined ? undefined : world.net.dns.clients.find(host, plan.name, command.at);
    const request = requestOf(world, row, command, host, kept?.[0] ?? '');
    return kept === undefined ? lookupFor(plan, request, row.dnsCache) : request;
  }
  const { at, traffic, number } = command;
  const text = JSON.stringify({ plan });
  return { kind: NetCommandKind.StartLookup, at, host, traffic, number, timeoutNs: row.timeoutNs ?? 0, text };
}

/** The request that a target asks for, as the application on the sender's host opens it. */
export function requestOf(
  world: World,
  row: Asking,
  command: OpenRequest,
  host: number,
  address: string,
): StartRequest {
  const { to } = row;
  const protocol = PROTOCOLS[to.scheme]!;
  const text = textOf(row);
  const size = row.sizeBytes ?? (protocol === Protocol.Icmp ? PING_BYTES : PLAIN_BYTES);
  return {
    kind: NetCommandKind.StartRequest,
    at: command.at,
    host,
    traffic: command.traffic,
    number: command.number,
    protocol,
    destination: world.net.addresses.find(address),
    destinationPort: to.port,
    source: row.source === undefined ? 0 : world.net.addresses.find(row.source),
    sourcePort: row.sourcePort ?? 0,
    requestBytes: text === '' || row.sizeBytes !== undefined ? Math.max(size, textBytes(text)) : textBytes(text),
    responseBytes: row.sizeBytes ?? -1,
    timeoutNs: row.timeoutNs ?? 0,
    text,
    keep: row.connection === 'idle',
  };
}

const texts = new WeakMap<object, string>();

/** What the requests of a row say: the same for all of them. */
function textOf(row: Pick<TrafficRow, 'to' | 'headers'>): string {
  const { to, headers } = row;
  if (to.scheme !== 'http') return '';
  const known = texts.get(row);
  if (known !== undefined) return known;
  const text = requestText(curlRequest(hostOf(to), to.port, to.path, Object.entries(headers)));
  texts.set(row, text);
  return text;
}

/** The authority as the Host header has it. */
function hostOf({ destination, text }: Target): string {
  if (destination.type === 'name') return destination.name;
  if (destination.type === 'address')
    return destination.address.includes(':') ? `[${destination.address}]` : destination.address;
  return new URL(text.replace(/^(\w+:\/\/)(pod|node)\//, '$1')).hostname;
}

/** A request of a row has begun: the next follows at the row's even rate. */
export function planBegun(
  world: World,
  traffic: number,
  number: number,
  schedule: (command: WorldCommand) => void,
): void {
  const row = world.traffic.rows[traffic];
  if (row?.ratePerSecond === undefined || row.arrivals !== 'even' || number + 1 >= row.requests) return;
  const at = row.atNs + Math.round(((number + 1) * SECOND) / row.ratePerSecond);
  schedule({ kind: RunCommandKind.OpenRequest, at, traffic, number: number + 1 });
}

/** A request of a row has ended: without a rate, the next follows now. */
export function planEnded(
  world: World,
  at: number,
  traffic: number,
  number: number,
  schedule: (command: WorldCommand) => void,
): void {
  const row = world.traffic.rows[traffic];
  if (row === undefined || row.ratePerSecond !== undefined || number + 1 >= row.requests) return;
  schedule({ kind: RunCommandKind.OpenRequest, at, traffic, number: number + 1 });
}
