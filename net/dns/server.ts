/**
 * A name server on the network: it thinks about a query, answers it, or asks another server first. What it knows is
 * `NameServer`'s; here is what travels, and what it remembers.
 * @see https://github.com/coredns/coredns plugin/forward, plugin/cache, plugin/loadbalance
 */
import type { Draw } from '../../core/decider.ts';
import { SECOND } from '../../core/time.ts';
import {
  type AnswerQuery,
  type FireForwardTimer,
  type NetCommand,
  NetCommandKind,
  type ReadAnswer,
} from '../command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../event.ts';
import { HostStatus } from '../host.ts';
import type { NetState, Network } from '../network.ts';
import { Protocol } from '../packet.ts';
import { Purpose } from '../purpose.ts';
import { attend } from '../stack/attend.ts';
import { moveTimer, removeSocket } from '../stack/socket-state.ts';
import { packPorts } from '../stack/tell.ts';
import { SocketError } from '../transport/socket-error.ts';
import { close } from '../transport/tcp-close.ts';
import { send } from '../transport/tcp-transmit.ts';
import { messageBytes } from './codec.ts';
import type { PendingQuery, ServerState } from './dns-state.ts';
import { hear, hearNoWay, LENGTH_BYTES, planHeard, putInto } from './lookup.ts';
import { type Message, type Question, query, questionText, Rcode, reply, sameQuestion } from './message.ts';
import { typeNamed } from './record.ts';
import { DNS_PORT, resolverPort, sourceTowards } from './resolver-port.ts';
import { shuffle } from './shuffle.ts';
import { fit, TCP_BYTES, udpLimit } from './truncation.ts';

type Emit = (event: NetEvent) => void;
type Schedule = (command: NetCommand) => void;

/** How long a server waits for the one that it asked, and when it gives up. @see plugin/forward readTimeout, defaultTimeout */
const PATIENCE_NS = 2 * SECOND;
const DEADLINE_NS = 5 * SECOND;
/** From a broken connection to the next attempt, and how many are enough. @see plugin/forward hcInterval, max_fails */
const BROKEN_NS = SECOND / 2;
const MOST_BROKEN = 2;
/** Ports of forwarded questions are drawn apart from those of the look-up's own sockets. */
const FORWARDS = 1 << 13;

/** A question that nobody here can answer yet. */
class Unknown extends Error {
  readonly question: Question;

  constructor(question: Question) {
    super('Asked outside');
    this.question = question;
  }
}

export function answerQuery({ net }: NetState, command: AnswerQuery, draw: Draw, emit: Emit): void {
  const { at, message } = command;
  const socket = net.sockets.get(command.socket);
  if (socket === undefined || !holds(socket, message)) return;
  const host = net.host(socket.host);
  if (host.status === HostStatus.Down) return;
  const server = net.dns.servers.get(host.id);
  const pending = server?.pending.get(message);
  if (pending !== undefined && pending.forward !== 0) return;
  const asked = net.dns.messages.get(message)?.message;
  const base = { at, host: host.id, flow: socket.flow, socket: socket.id };
  const say = (told: Message | undefined, bytes: number): void =>
    emit({
      ...base,
      kind: NetEventKind.QueryAnswered,
      message,
      answer: told === undefined ? 0 : net.dns.nextMessage,
      rcode: told?.rcode ?? 0,
      bytes,
      text: told === undefined ? '' : JSON.stringify(told),
    });
  // Whoever asked has given up meanwhile.
  if (asked === undefined) return say(undefined, 0);
  const thought = think(net, host.id, asked, pending, at);
  if (thought instanceof Unknown) {
    const upstream = net.dns.nameServer!.upstream(host.id, thought.question);
    const destination = net.addresses.find(upstream?.address ?? '');
    const protocol = upstream?.tcp === true ? Protocol.Tcp : Protocol.Udp;
    const source = sourceTowards(net, host, destination);
    const overdue = pending !== undefined && (at - pending.since >= DEADLINE_NS || pending.broken >= MOST_BROKEN);
    const port =
      source === 0 || overdue
        ? 0
        : resolverPort(host, protocol, destination, socket.flow, FORWARDS + net.dns.nextMessage, draw);
    if (port !== 0) {
      emit({
        ...base,
        kind: NetEventKind.QueryForwarded,
        about: message,
        message: net.dns.nextMessage,
        source,
        destination,
        ports: packPorts(port, DNS_PORT),
        bytes: messageBytes(query(thought.question)),
        text: questionText(thought.question),
      });
      return;
    }
  }
  if (thought === undefined) return say(undefined, 0);
  const full = thought instanceof Unknown ? reply(asked, { rcode: Rcode.ServFail }) : thought;
  const shuffled = net.dns.nameServer!.shuffles(host.id)
    ? shuffle(full, (index) => draw(Purpose.AnswerOrder, message, index) & 0xffff)
    : full;
  const { message: told, bytes } = fit(shuffled, socket.tcp === undefined ? udpLimit(asked) : TCP_BYTES);
  say(told, bytes);
}

function holds(
  {
    tcp,
    inbound,
  }: {
    readonly tcp: { readonly inbox: readonly number[] } | undefined;
    readonly inbound: readonly number[] | undefined;
  },
  message: number,
): boolean {
  return (tcp === undefined ? inbound : tcp.inbox)?.includes(message) ?? false;
}

/** What the server makes of a query with what it knows. */
function think(
  net: Network,
  host: number,
  asked: Message,
  pending: PendingQuery | undefined,
  at: number,
): Message | Unknown | undefined {
  const { nameServer, servers } = net.dns;
  if (nameServer === undefined) return reply(asked, { rcode: Rcode.Refused });
  const cache = servers.get(host)?.cache;
  const kept = nameServer.remembers(host, asked.question.name) ? cache?.find(asked, at) : undefined;
  if (kept !== undefined) return kept;
  try {
    const said = nameServer.answer(host, asked, (question) => {
      const told = pending?.told.find((one) => sameQuestion(one.question, question));
      const known = told ?? cache?.find(query(question), at);
      if (known === undefined) throw new Unknown(question);
      return known;
    });
    return said !== undefined && cache !== undefined && nameServer.remembers(host, asked.question.name)
      ? cache.capped(said)
      : said;
  } catch (error) {
    if (error instanceof Unknown) return error;
    throw error;
  }
}

function serverOf(net: Network, host: number): ServerState {
  const known = net.dns.servers.get(host);
  if (known !== undefined) return known;
  const made: ServerState = { cache: net.dns.nameServer!.newCache(host), pending: new Map() };
  net.dns.servers.set(host, made);
  return made;
}

export function evolveQueryAnswered({ net }: NetState, event: NetEventOf<'QueryAnswered'>): void {
  const { at, host, flow, message, answer, bytes, text } = event;
  const socket = net.sockets.get(event.socket)!;
  const queue = socket.tcp === undefined ? socket.inbound! : socket.tcp.inbox;
  queue.splice(queue.indexOf(message), 1);
  if (socket.tcp === undefined) socket.received.shift();
  if (net.dns.nameServer !== undefined) {
    const server = serverOf(net, host);
    forget(net, server, message);
    if (answer !== 0) {
      const told = JSON.parse(text) as Message;
      // What came out of the cache is not put into it again: it would never grow old.
      const isKept = server.cache.find(query(told.question), at) !== undefined;
      if (!isKept && net.dns.nameServer.remembers(host, told.question.name)) server.cache.store(told, at);
    }
  }
  if (answer === 0) return;
  net.dns.nextMessage = answer + 1;
  net.dns.messages.set(answer, { message: JSON.parse(text) as Message, ask: undefined, answers: message, flow });
  if (socket.tcp === undefined) {
    socket.outbound ??= [];
    socket.datagrams.push(bytes);
    socket.outbound.push(answer);
  } else {
    send(socket.tcp, bytes + LENGTH_BYTES, answer);
    moveTimer(socket, at);
  }
}

/** A query that has been answered waits for nothing any more. */
function forget(net: Network, { pending }: ServerState, message: number): void {
  const waiting = pending.get(message);
  pending.delete(message);
  if (waiting !== undefined) closeForward(net, waiting);
}

function closeForward(net: Network, { forward, forwardSocket }: PendingQuery): void {
  net.dns.messages.delete(forward);
  net.dns.forwards.delete(forwardSocket);
  const socket = net.sockets.get(forwardSocket);
  if (socket !== undefined) removeSocket(net, net.host(socket.host), socket);
}

export function evolveQueryForwarded({ net }: NetState, event: NetEventOf<'QueryForwarded'>): void {
  const { at, host, flow, socket, about, message, source, destination, ports, bytes, text } = event;
  const server = serverOf(net, host);
  const space = text.indexOf(' ');
  const question = { type: typeNamed(text.slice(0, space)) ?? 0, name: text.slice(space + 1) };
  const before = server.pending.get(about);
  if (before !== undefined) closeForward(net, before);
  net.dns.nextMessage = message + 1;
  net.dns.messages.set(message, { message: query(question, message & 0xffff), ask: undefined, answers: 0, flow });
  const forwardSocket = putInto(net, net.host(host), [], {
    protocol: net.dns.nameServer?.upstream(host, question)?.tcp === true ? Protocol.Tcp : Protocol.Udp,
    flow,
    localAddress: source,
    localPort: ports >>> 16,
    remoteAddress: destination,
    message,
    bytes,
  });
  net.dns.forwards.set(forwardSocket, { host, about });
  server.pending.set(about, {
    socket,
    told: before?.told ?? [],
    since: before?.since ?? at,
    broken: before?.broken ?? 0,
    asked: question,
    forward: message,
    forwardSocket,
  });
}

export function planQueryForwarded({ net }: NetState, event: NetEventOf<'QueryForwarded'>, schedule: Schedule): void {
  const { at, host, about, message } = event;
  const socket = net.sockets.get(net.dns.servers.get(host)?.pending.get(about)?.forwardSocket ?? 0);
  if (socket !== undefined) attend(net, socket, at, schedule);
  schedule({ kind: NetCommandKind.FireForwardTimer, at: at + PATIENCE_NS, host, message });
}

export function readAnswer({ net }: NetState, { at, socket: id }: ReadAnswer, _draw: Draw, emit: Emit): void {
  const socket = net.sockets.get(id);
  if (socket === undefined || socket.closed) return;
  const { host, flow, tcp, received, inbound } = socket;
  const base = { kind: NetEventKind.AnswerRead, at, host, flow, socket: id } as const;
  if (tcp === undefined) {
    const [first] = received;
    if (first !== undefined) emit({ ...base, message: first < 0 ? 0 : inbound![0]!, icmp: first < 0 ? -1 - first : 0 });
  } else if (tcp.inbox.length > 0) emit({ ...base, message: tcp.inbox[0]!, icmp: 0 });
  else if (tcp.peerClosed || tcp.error !== SocketError.None) emit({ ...base, message: 0, icmp: 0 });
}

export function evolveAnswerRead({ net }: NetState, event: NetEventOf<'AnswerRead'>): void {
  const { at, host, flow, message } = event;
  const lookup = net.dns.lookups.get(flow);
  const socket = net.sockets.get(event.socket);
  if (socket === undefined) {
    if (lookup !== undefined) hearNoWay(lookup, event.icmp, at);
    return;
  }
  if (socket.tcp === undefined) {
    socket.received.shift();
    socket.inbound!.shift();
  } else if (message === 0) socket.closed = true;
  else socket.tcp.inbox.shift();
  const forward = net.dns.forwards.get(socket.id);
  if (forward === undefined) {
    if (lookup !== undefined && lookup.host === host) hear(net, lookup, socket.id, message, at);
    return;
  }
  const server = serverOf(net, forward.host);
  const pending = server.pending.get(forward.about);
  const told = net.dns.messages.get(message);
  net.dns.messages.delete(message);
  if (pending === undefined || (told !== undefined && told.answers !== pending.forward)) return;
  // A connection is closed once it has brought its answer; one that broke has closed itself.
  if (told !== undefined && socket.tcp !== undefined) {
    net.dns.messages.delete(pending.forward);
    net.dns.forwards.delete(socket.id);
    pending.forwardSocket = 0;
    socket.closed = true;
    close(socket.tcp, at);
    moveTimer(socket, at);
  } else {
    if (told === undefined && socket.tcp !== undefined) pending.broken++;
    closeForward(net, pending);
  }
  pending.forward = 0;
  // A refusal is no answer: the server asks again as long as it has time.
  if (told === undefined) return;
  pending.told.push(told.message);
  server.cache.store(told.message, at);
}

export function planAnswerRead({ net }: NetState, event: NetEventOf<'AnswerRead'>, schedule: Schedule): void {
  const { at, host, flow } = event;
  const lookup = net.dns.lookups.get(flow);
  if (lookup?.host === host) planHeard(net, flow, at, schedule);
  const socket = net.sockets.get(event.socket);
  if (socket !== undefined) attend(net, socket, at, schedule);
  wake(net, host, at, schedule);
}

/** Queries that have got what they waited for are thought about again; not at once where a connection broke. */
function wake(net: Network, host: number, at: number, schedule: Schedule): void {
  for (const [message, { socket, forward, broken }] of net.dns.servers.get(host)?.pending ?? [])
    if (forward === 0)
      schedule({ kind: NetCommandKind.AnswerQuery, at: at + (broken > 0 ? BROKEN_NS : 0), socket, message });
}

export function fireForwardTimer({ net }: NetState, command: FireForwardTimer, _draw: Draw, emit: Emit): void {
  const { at, host, message } = command;
  for (const [about, { forward, socket }] of net.dns.servers.get(host)?.pending ?? []) {
    if (forward !== message) continue;
    emit({ kind: NetEventKind.ForwardTimedOut, at, host, flow: net.sockets.get(socket)?.flow ?? 0, about, message });
    return;
  }
}

export function evolveForwardTimedOut({ net }: NetState, event: NetEventOf<'ForwardTimedOut'>): void {
  const pending = net.dns.servers.get(event.host)?.pending.get(event.about);
  if (pending === undefined) return;
  closeForward(net, pending);
  pending.forward = 0;
}

export function planForwardTimedOut({ net }: NetState, event: NetEventOf<'ForwardTimedOut'>, schedule: Schedule): void {
  wake(net, event.host, event.at, schedule);
}

export function planQueryAnswered({ net }: NetState, event: NetEventOf<'QueryAnswered'>, schedule: Schedule): void {
  const socket = net.sockets.get(event.socket);
  if (socket !== undefined) attend(net, socket, event.at, schedule);
}
