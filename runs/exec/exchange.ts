/**
 * One request that a typed command opens and waits for: scheduled like any other, watched until it is completed.
 */
import { httpAnswer } from '../../net/answer.ts';
import { NetCommandKind, type StartRequest } from '../../net/command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../../net/event.ts';
import type { HttpResponse } from '../../net/http.ts';
import { Outcome, type Request } from '../../net/request.ts';
import { TcpState } from '../../net/transport/tcp-socket.ts';
import type { ExecSimulation } from './exec-world.ts';

/** Traffic row of what is typed: none. */
export const NO_TRAFFIC = -1;

/** Longer than any kernel tries: two minutes of SYNs, fifteen of data. */
const LATEST_NS = 20 * 60 * 1e9;

export interface Exchange {
  /** `Outcome` */
  readonly outcome: number;
  readonly startedAtNs: number;
  readonly endedAtNs: number;
  /** When the connection stood; -1: never. */
  readonly connectedAtNs: number;
  /** The client's end; '' and 0 where there was no way. */
  readonly localAddress: string;
  readonly localPort: number;
  /** The last packet that came back to the client: its TTL, its sender, and ICMP type << 8 | code or TCP flags; -1: none came. */
  readonly ttl: number;
  readonly lastFrom: string;
  readonly lastFlags: number;
  /** When it came. */
  readonly lastAtNs: number;
  /** What the server said, where it was HTTP. */
  readonly response: HttpResponse | undefined;
}

/** A request that is watched from its start on. */
export interface Watch {
  isPending(): boolean;
  /** What is known of it so far. */
  result(): Exchange;
  /** The client has what it wanted: it closes its end. */
  finish(): void;
  stop(): void;
}

/** Schedules a request and watches what becomes of it. */
export function watchRequest(simulation: ExecSimulation, command: StartRequest): Watch {
  const { net } = simulation.world;
  let request: Request | undefined;
  let response: HttpResponse | undefined;
  let connectedAtNs = -1;
  let last: NetEventOf<'PacketDelivered'> | undefined;
  let completed: NetEventOf<'RequestCompleted'> | undefined;
  const subscription = simulation.events.subscribe((fact) => {
    const event = fact as NetEvent;
    if (request === undefined) {
      if (event.kind !== NetEventKind.RequestStarted || !isOf(event, command)) return;
      request = net.requests.get(event.flow);
      return;
    }
    if (connectedAtNs < 0 && net.sockets.get(request.socket)?.tcp?.state === TcpState.Established) {
      connectedAtNs = event.at;
    }
    if (event.kind === NetEventKind.PacketDelivered) {
      if (event.flow === request.flow && event.host === command.host) last = event;
    } else if (event.kind === NetEventKind.RequestAnswered && event.flow === request.flow) {
      const listener = net.sockets.get(event.socket)?.listener;
      if (listener !== undefined) response = httpAnswer(net, listener, request, event.at);
    } else if (event.kind === NetEventKind.RequestCompleted && event.flow === request.flow) completed = event;
  });
  simulation.schedule(command);
  return {
    isPending: () => completed === undefined,
    finish: () => {
      if (request === undefined || completed !== undefined) return;
      const { nowNs: at } = simulation;
      simulation.schedule({
        kind: NetCommandKind.FinishRequest,
        at,
        flow: request.flow,
        outcome: connectedAtNs < 0 ? Outcome.Timeout : Outcome.Answered,
      });
      simulation.runUntil(at);
    },
    stop: () => subscription.unsubscribe(),
    result: () => ({
      outcome: completed?.outcome ?? Outcome.Pending,
      startedAtNs: command.at,
      endedAtNs: completed?.at ?? simulation.nowNs,
      connectedAtNs,
      localAddress: net.addresses.text(completed?.source ?? request?.source ?? 0),
      localPort: completed === undefined ? 0 : completed.originalPorts >>> 16,
      ttl: last === undefined ? -1 : (last.header >>> 16) & 255,
      lastFrom: last === undefined ? '' : net.addresses.text(last.source),
      lastFlags: last === undefined ? -1 : last.header & 0xffff,
      lastAtNs: last?.at ?? -1,
      response: completed?.outcome === Outcome.Answered ? response : undefined,
    }),
  };
}

function isOf(event: NetEventOf<'RequestStarted'>, { host, number, destination }: StartRequest): boolean {
  return (
    event.traffic === NO_TRAFFIC && event.host === host && event.number === number && event.destination === destination
  );
}

/** Opens a request and runs the simulation until it has ended. */
export function exchange(simulation: ExecSimulation, command: StartRequest): Exchange {
  const watch = watchRequest(simulation, command);
  simulation.runWhile(watch.isPending, command.at + LATEST_NS);
  watch.stop();
  return watch.result();
}
