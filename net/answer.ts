/**
 * What a server says to the request that a socket has read: its text, size and status.
 */
import { answer, asksToClose, type HttpResponse, parseRequest, responseText, textBytes } from './http.ts';
import type { Network } from './network.ts';
import { READINESS_TRAFFIC, type Request } from './request.ts';
import { Answer, type Listener, type Socket } from './socket.ts';

export interface ServedAnswer {
  readonly bytes: number;
  /** HTTP status, or 0 where it is not HTTP. */
  readonly status: number;
  /** The server closes after it. */
  readonly close: boolean;
}

export function answerTo(net: Network, socket: Socket, nowNs: number): ServedAnswer {
  const listener = socket.listener!;
  const request = net.requests.get(socket.flow);
  const refusal = socket.taken?.[0]?.turnedAway === true ? refusalOf(net, socket, nowNs) : undefined;
  if (refusal !== undefined) return refusal;
  if (request !== undefined && request.responseBytes >= 0)
    return { bytes: Math.max(1, request.responseBytes), status: listener.status, close: false };
  if (socket.tcp === undefined)
    return {
      bytes: listener.answers === Answer.Echo ? socket.received[0]! : textBytes(plainText(net, listener, socket)),
      status: 0,
      close: false,
    };
  const unready = request?.traffic === READINESS_TRAFFIC && nowNs < (listener.readyAtNs ?? 0);
  if (unready) {
    const told = httpAnswer(net, { ...listener, status: UNREADY_STATUS }, request, nowNs);
    if (told !== undefined)
      return { bytes: textBytes(responseText(told)), status: told.status, close: asksToClose(told.headers) };
  }
  const last = lastAnswers.get(listener);
  if (last !== undefined && last.text === request?.text) return last.served;
  const response = request === undefined ? undefined : httpAnswer(net, listener, request, nowNs);
  if (response === undefined) return { bytes: Math.max(1, request?.requestBytes ?? 1), status: 0, close: false };
  const { status, headers } = response;
  const served = { bytes: textBytes(responseText(response)), status, close: asksToClose(headers) };
  if (listener.answers !== Answer.Mirror) lastAnswers.set(listener, { text: request!.text, served });
  return served;
}

/** What a server without a free worker or place says; `undefined` where the request is no HTTP. */
export function refusalOf(net: Network, { listener, flow }: Socket, nowNs: number): ServedAnswer | undefined {
  const request = net.requests.get(flow);
  const told =
    request === undefined
      ? undefined
      : httpAnswer(net, { ...listener!, answers: Answer.Status, status: UNREADY_STATUS }, request, nowNs);
  if (told === undefined) return undefined;
  return { bytes: textBytes(responseText(told)), status: told.status, close: asksToClose(told.headers) };
}

/** What an application says that is not ready, to whoever asks for that, and a full one to everybody. */
const UNREADY_STATUS = 503;

/** The request that a server answered last, and how: an answer's size follows from it, since all dates are of one length. */
const lastAnswers = new WeakMap<Listener, { readonly text: string; readonly served: ServedAnswer }>();

/** What a datagram server says of itself. */
function plainText(net: Network, listener: Listener, socket: Socket): string {
  return listener.answers === Answer.Mirror
    ? `${net.addresses.text(socket.remoteAddress)}:${socket.remotePort}\n`
    : `${listener.name}\n`;
}

/** The HTTP answer to a request, or `undefined` where the request is no HTTP. The same at any later instant but for its date. */
export function httpAnswer(
  net: Network,
  listener: Listener,
  request: Request,
  nowNs: number,
): HttpResponse | undefined {
  const parsed = parseRequest(request.text);
  if (parsed === undefined || listener.answers === Answer.Echo) return undefined;
  return answer({
    answers: listener.answers,
    status: listener.status,
    name: listener.name,
    peerAddress: net.addresses.text(request.seen),
    peerPort: request.seenPort,
    request: parsed,
    epochSeconds: net.startEpochSeconds + Math.floor(nowNs / 1e9),
    ...(listener.body === '' ? {} : { body: listener.body }),
    ...(listener.nginxVersion === undefined ? {} : { nginxVersion: listener.nginxVersion }),
  });
}
