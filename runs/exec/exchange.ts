/**
 * One request that a typed command opens and waits for: scheduled like any other, watched until it is completed.
 */
import { httpAnswer } from '../../net/answer.ts';
import type { StartRequest } from '../../net/command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from '../../net/event.ts';
import type { HttpResponse } from '../../net/http.ts';
import { Outcome, type Request } from '../../net/request.ts';
import type { Socket } from '../../net/socket.ts';
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
  /** What the server said, where it was HTTP. */
  readonly response: HttpResponse | undefined;
}

export function exchange(simulation: ExecSimulation, command: StartRequest): Exchange {
  const { net } = simulation.world;
  let request: Request | undefined;
  let response: HttpResponse | undefined;
  let connectedAtNs = -1;
  let completed: NetEventOf<'RequestCompleted'> | undefined;
  const connection = (): Socket | undefined => net.sockets.get(request?.socket ?? 0);
  const subscription = simulation.events.subscribe((fact) => {
    const event = fact as NetEvent;
    if (request === undefined) {
      if (event.kind !== NetEventKind.RequestStarted || event.host !== command.host || event.traffic !== NO_TRAFFIC)
        return;
      request = net.requests.get(event.flow);
      return;
    }
    if (connectedAtNs < 0 && connection()?.tcp?.state === TcpState.Established) connectedAtNs = event.at;
    if (event.kind === NetEventKind.RequestAnswered && event.flow === request.flow) {
      const listener = net.sockets.get(event.socket)?.listener;
      if (listener !== undefined) response = httpAnswer(net, listener, request, event.at);
    }
    if (event.kind === NetEventKind.RequestCompleted && event.flow === request.flow) completed = event;
  });
  const startedAtNs = simulation.nowNs;
  simulation.schedule(command);
  simulation.runWhile(() => completed === undefined, startedAtNs + LATEST_NS);
  subscription.unsubscribe();
  return {
    outcome: completed?.outcome ?? Outcome.Unreachable,
    startedAtNs,
    endedAtNs: completed?.at ?? simulation.nowNs,
    connectedAtNs,
    localAddress: completed === undefined ? '' : net.addresses.text(completed.source),
    localPort: completed === undefined ? 0 : completed.originalPorts >>> 16,
    response: completed?.outcome === Outcome.Answered ? response : undefined,
  };
}
