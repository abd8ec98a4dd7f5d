/**
 * A look-up on the network: the resolver's coroutine driven by packets and timers. It begins, asks, reads what comes,
 * and ends with addresses, by which the request that it was made for goes on, or with the resolver's own words.
 */
import type { Draw } from '../../core/decider.ts';
import { invariant } from '../../core/error.ts';
import {
  type AskServer,
  type EndLookup,
  type ExpireLookup,
  type FireLookupTimer,
  type NetCommand,
  NetCommandKind,
  type StartLookup,
} from '../command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../event.ts';
import { type Host, HostStatus } from '../host.ts';
import type { NetState, Network } from '../network.ts';
import { HeaderBytes, Protocol } from '../packet.ts';
import { Outcome } from '../request.ts';
import { attend } from '../stack/attend.ts';
import { addSocket, moveTimer, removeSocket } from '../stack/socket-state.ts';
import { packPorts } from '../stack/tell.ts';
import { close } from '../transport/tcp-close.ts';
import { tcpProfile } from '../transport/tcp-profile.ts';
import { open } from '../transport/tcp-socket.ts';
import { send } from '../transport/tcp-transmit.ts';
import { bindResolution } from './bind.ts';
import { lifetimeNs } from './client-cache.ts';
import { messageBytes } from './codec.ts';
import type { ActiveLookup, LookupOrder } from './dns-state.ts';
import { glibcResolution } from './glibc.ts';
import { query, questionText } from './message.ts';
import { muslResolution } from './musl.ts';
import {
  ERROR_TEXTS,
  type Heard,
  type LookupError,
  type LookupPlan,
  type Resolution,
  type ResolverName,
} from './resolution.ts';
import { DNS_PORT, resolverPort, sourceTowards } from './resolver-port.ts';

type Emit = (event: NetEvent) => void;
type Schedule = (command: NetCommand) => void;

const RESOLVERS: Readonly<Record<ResolverName, (plan: LookupPlan, startNs: number) => Resolution>> = {
  glibc: glibcResolution,
  musl: muslResolution,
  bind: bindResolution,
};

/** How a look-up ended: a closed list. */
export const LookupFailure = { None: 0, NoName: 1, NoData: 2, Again: 3, Fail: 4, Timeout: 5 } as const;

const FAILURES: Readonly<Record<LookupError, number>> = {
  noname: LookupFailure.NoName,
  nodata: LookupFailure.NoData,
  again: LookupFailure.Again,
  fail: LookupFailure.Fail,
};

/** Bytes that say how long a message over TCP is. @see RFC 1035 section 4.2.2 */
export const LENGTH_BYTES = 2;
/** As many sockets as a look-up may number. */
const SOCKETS = 1 << 12;

export function startLookup({ net }: NetState, command: StartLookup, _draw: Draw, emit: Emit): void {
  const { at, host, traffic, number, timeoutNs, text } = command;
  if (net.host(host).status === HostStatus.Down) return;
  emit({ kind: NetEventKind.LookupStarted, at, host, flow: net.nextFlow, traffic, number, timeoutNs, text });
}

export function evolveLookupStarted({ net }: NetState, event: NetEventOf<'LookupStarted'>): void {
  const { at, flow, host, traffic, number, timeoutNs } = event;
  net.nextFlow = flow + 1;
  const order = JSON.parse(event.text) as LookupOrder;
  const resolution = RESOLVERS[order.plan.resolver](order.plan, at);
  const lookup: ActiveLookup = {
    flow,
    host,
    traffic,
    number,
    startedAtNs: at,
    timeoutNs,
    order,
    resolution,
    outbox: [],
    timerAtNs: Number.POSITIVE_INFINITY,
    timerMoved: false,
    result: undefined,
    ports: new Map(),
    sockets: new Set(),
    queries: 0,
    lifetimeNs: Number.POSITIVE_INFINITY,
    addresses: [],
  };
  net.dns.lookups.set(flow, lookup);
  goOn(lookup, undefined);
}

/** Lets the resolver go on with what it heard. */
function goOn(lookup: ActiveLookup, heard: Heard | undefined): void {
  if (lookup.result !== undefined) return;
  // The first step of a coroutine takes no word.
  const step = heard === undefined ? lookup.resolution.next(undefined as never) : lookup.resolution.next(heard);
  lookup.timerMoved = false;
  if (step.done) {
    lookup.result = step.value;
    lookup.timerAtNs = Number.POSITIVE_INFINITY;
    lookup.outbox.length = 0;
    return;
  }
  lookup.outbox.push(...step.value.sends);
  lookup.timerMoved = step.value.untilNs !== lookup.timerAtNs;
  lookup.timerAtNs = step.value.untilNs;
}

/** What a look-up needs once something has touched it. */
function planLookup(lookup: ActiveLookup, at: number, schedule: Schedule): void {
  const { flow } = lookup;
  if (lookup.result !== undefined) return schedule({ kind: NetCommandKind.EndLookup, at, flow });
  for (const _ of lookup.outbox) schedule({ kind: NetCommandKind.AskServer, at, flow });
  if (lookup.timerMoved && lookup.timerAtNs < Number.POSITIVE_INFINITY)
    schedule({ kind: NetCommandKind.FireLookupTimer, at: lookup.timerAtNs, flow });
}

export function planLookupStarted({ net }: NetState, event: NetEventOf<'LookupStarted'>, schedule: Schedule): void {
  planLookup(net.dns.lookups.get(event.flow)!, event.at, schedule);
  if (event.timeoutNs > 0)
    schedule({ kind: NetCommandKind.ExpireLookup, at: event.at + event.timeoutNs, flow: event.flow });
}

export function askServer({ net }: NetState, command: AskServer, draw: Draw, emit: Emit): void {
  const { at, flow } = command;
  const lookup = net.dns.lookups.get(flow);
  const ask = lookup?.outbox[0];
  if (lookup === undefined || ask === undefined) return;
  const host = net.host(lookup.host);
  if (host.status === HostStatus.Down) return;
  const destination = net.addresses.find(lookup.order.plan.config.nameservers[ask.server]!);
  const protocol = ask.tcp ? Protocol.Tcp : Protocol.Udp;
  const source = sourceTowards(net, host, destination);
  const port =
    source === 0
      ? 0
      : (lookup.ports.get(ask.socket) ?? resolverPort(host, protocol, destination, flow, ask.socket % SOCKETS, draw));
  const bytes = messageBytes(query(ask.question, 0, ask.udpBytes));
  emit({
    kind: NetEventKind.QuerySent,
    at,
    host: host.id,
    flow,
    message: net.dns.nextMessage,
    protocol,
    source,
    destination,
    ports: packPorts(port, DNS_PORT),
    bytes,
    text: questionText(ask.question),
  });
  // No way to the server: the socket says so at once.
  if (port === 0)
    emit({ kind: NetEventKind.AnswerRead, at, host: host.id, flow, socket: 0, message: 0, icmp: ask.socket });
}

export function evolveQuerySent({ net }: NetState, event: NetEventOf<'QuerySent'>): void {
  const { flow, message, protocol, source, destination, bytes } = event;
  const lookup = net.dns.lookups.get(flow)!;
  const ask = lookup.outbox.shift();
  invariant(ask !== undefined, 'A question was sent that nobody asked', flow);
  net.dns.nextMessage = message + 1;
  lookup.queries++;
  const localPort = event.ports >>> 16;
  if (localPort === 0) return;
  lookup.ports.set(ask.socket, localPort);
  net.dns.messages.set(message, {
    message: query(ask.question, message & 0xffff, ask.udpBytes),
    ask,
    answers: 0,
    flow,
  });
  const id = putInto(net, net.host(event.host), lookup.sockets, {
    protocol,
    flow,
    localAddress: source,
    localPort,
    remoteAddress: destination,
    message,
    bytes,
  });
  lookup.sockets.add(id);
}

interface Outgoing {
  readonly protocol: number;
  readonly flow: number;
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly message: number;
  readonly bytes: number;
}

/** Puts a question into the socket of its ends, which is opened for the first. @returns the socket's number */
export function putInto(net: Network, host: Host, among: Iterable<number>, question: Outgoing): number {
  const { protocol, flow, localAddress, localPort, remoteAddress, message, bytes } = question;
  const ends = { protocol, flow, localAddress, localPort, remoteAddress, remotePort: DNS_PORT };
  const known = [...among]
    .map((id) => net.sockets.get(id))
    .find((one) => one?.protocol === protocol && one.localPort === localPort && one.remoteAddress === remoteAddress);
  const overTcp = protocol === Protocol.Tcp;
  const options = { profile: tcpProfile(net.kernel), mtuBytes: 1500, ipHeaderBytes: HeaderBytes.Ipv4 };
  const socket = known ?? addSocket(net, host, ends, undefined, overTcp ? open(options) : undefined);
  socket.inbound ??= [];
  socket.outbound ??= [];
  if (socket.tcp !== undefined) send(socket.tcp, bytes + LENGTH_BYTES, message);
  else {
    socket.datagrams.push(bytes);
    socket.outbound.push(message);
  }
  return socket.id;
}

export function planQuerySent({ net }: NetState, event: NetEventOf<'QuerySent'>, schedule: Schedule): void {
  for (const id of net.dns.lookups.get(event.flow)?.sockets ?? []) {
    const socket = net.sockets.get(id);
    if (socket?.localPort === event.ports >>> 16) attend(net, socket, event.at, schedule);
  }
}

/** A look-up hears what one of its sockets read. @param message 0: an error */
export function hear(net: Network, lookup: ActiveLookup, socket: number, message: number, at: number): void {
  if (message === 0) {
    const number = socketNumber(net, lookup, socket);
    if (number >= 0) goOn(lookup, { type: 'refused', socket: number, nowNs: at });
    return;
  }
  const answer = net.dns.messages.get(message);
  const asked = answer === undefined ? undefined : net.dns.messages.get(answer.answers);
  if (answer === undefined || asked?.ask === undefined) return;
  net.dns.messages.delete(message);
  net.dns.messages.delete(answer.answers);
  const { socket: number, server } = asked.ask;
  lookup.lifetimeNs = Math.min(lookup.lifetimeNs, lifetimeNs(answer.message));
  goOn(lookup, { type: 'answer', socket: number, server, message: answer.message, nowNs: at });
}

/** @returns the number that the resolver has for a socket, -1: none */
function socketNumber(net: Network, lookup: ActiveLookup, socket: number): number {
  const port = net.sockets.get(socket)?.localPort;
  for (const [number, own] of lookup.ports) if (own === port) return number;
  return -1;
}

/** A question could not even leave. */
export function hearNoWay(lookup: ActiveLookup, number: number, at: number): void {
  goOn(lookup, { type: 'refused', socket: number, nowNs: at });
}

export function planHeard(net: Network, flow: number, at: number, schedule: Schedule): void {
  const lookup = net.dns.lookups.get(flow);
  if (lookup !== undefined) planLookup(lookup, at, schedule);
}

export function fireLookupTimer({ net }: NetState, command: FireLookupTimer, _draw: Draw, emit: Emit): void {
  const { at, flow } = command;
  const lookup = net.dns.lookups.get(flow);
  if (lookup === undefined || lookup.result !== undefined || lookup.timerAtNs !== at) return;
  emit({ kind: NetEventKind.LookupTimerFired, at, host: lookup.host, flow });
}

export function evolveLookupTimer({ net }: NetState, event: NetEventOf<'LookupTimerFired'>): void {
  goOn(net.dns.lookups.get(event.flow)!, { type: 'timeout', nowNs: event.at });
}

export function planLookupTimer({ net }: NetState, event: NetEventOf<'LookupTimerFired'>, schedule: Schedule): void {
  planHeard(net, event.flow, event.at, schedule);
}

export function expireLookup({ net }: NetState, { at, flow }: ExpireLookup, _draw: Draw, emit: Emit): void {
  const lookup = net.dns.lookups.get(flow);
  if (lookup === undefined || lookup.result !== undefined) return;
  tellEnd(lookup, at, LookupFailure.Timeout, 'timed out', emit);
}

export function endLookup({ net }: NetState, { at, flow }: EndLookup, _draw: Draw, emit: Emit): void {
  const lookup = net.dns.lookups.get(flow);
  if (lookup?.result === undefined || lookup.addresses.length > 0) return;
  const { addresses, error } = lookup.result;
  const { resolver } = lookup.order.plan;
  // Only addresses of the first family can be reached from here.
  const usable = lookup.order.request === undefined ? addresses : addresses.filter((address) => !address.includes(':'));
  const ended = usable.length > 0 || resolver === 'bind';
  if (error === undefined && ended) tellEnd(lookup, at, LookupFailure.None, usable.join(' '), emit);
  else tellEnd(lookup, at, FAILURES[error ?? 'nodata'], ERROR_TEXTS[resolver][error ?? 'nodata'], emit);
}

function tellEnd(lookup: ActiveLookup, at: number, error: number, text: string, emit: Emit): void {
  const { host, flow, traffic, number, queries, startedAtNs: startedAt } = lookup;
  emit({ kind: NetEventKind.LookupEnded, at, host, flow, traffic, number, error, queries, startedAt, text });
  if (error === LookupFailure.None && lookup.order.request !== undefined) return;
  emit({
    kind: NetEventKind.RequestCompleted,
    at,
    host,
    flow,
    traffic,
    number,
    outcome: error === LookupFailure.None ? Outcome.Answered : Outcome.Unresolved,
    status: 0,
    server: 0,
    source: 0,
    seen: 0,
    seenPorts: 0,
    originalDestination: 0,
    originalPorts: 0,
    hops: 0,
    ttlHops: 0,
    dnat: 0,
    snat: 0,
    startedAt,
  });
}

export function evolveLookupEnded({ net }: NetState, event: NetEventOf<'LookupEnded'>): void {
  const lookup = net.dns.lookups.get(event.flow)!;
  for (const id of lookup.sockets) {
    const socket = net.sockets.get(id);
    if (socket === undefined) continue;
    socket.closed = true;
    if (socket.tcp === undefined) removeSocket(net, net.host(socket.host), socket);
    else {
      close(socket.tcp, event.at);
      moveTimer(socket, event.at);
    }
  }
  // What is still under way is nobody's any more.
  for (const [number, { flow }] of net.dns.messages) if (flow === event.flow) net.dns.messages.delete(number);
  lookup.result ??= { addresses: [], error: 'again' };
  if (event.error === LookupFailure.None) {
    lookup.addresses = event.text === '' ? [] : event.text.split(' ');
    for (const address of lookup.addresses) net.addresses.intern(address);
    const { keeps, plan } = lookup.order;
    const keptNs = keeps === 'ttl' ? lookup.lifetimeNs : (keeps ?? 0);
    if (keptNs > 0) net.dns.clients.keep(event.host, plan.name, lookup.addresses, event.at + keptNs);
  }
  if (event.error !== LookupFailure.None || lookup.order.request === undefined) net.dns.lookups.delete(event.flow);
}

export function planLookupEnded({ net }: NetState, event: NetEventOf<'LookupEnded'>, schedule: Schedule): void {
  const { at, host, flow, traffic, number } = event;
  for (const socket of net.sockets.values())
    if (socket.flow === flow && socket.host === host && socket.inbound !== undefined && socket.tcp !== undefined)
      attend(net, socket, at, schedule);
  const lookup = net.dns.lookups.get(flow);
  const request = lookup?.order.request;
  if (lookup === undefined || request === undefined) return;
  schedule({
    ...request,
    kind: NetCommandKind.StartRequest,
    at,
    host,
    traffic,
    number,
    flow,
    destination: net.addresses.find(lookup.addresses[0]!),
    timeoutNs: lookup.timeoutNs === 0 ? 0 : Math.max(1, lookup.startedAtNs + lookup.timeoutNs - at),
  });
}
