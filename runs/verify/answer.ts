/**
 * What a listener says to one request, as bytes on the wire: the very text that the model counts, so that sizes agree
 * to the byte.
 */
import { answer, parseRequest, responseText } from '../../net/http.ts';
import { ANSWER_NAMES } from '../../net/socket.ts';
import type { TopologyListener } from '../../net/view/topology.ts';

export interface Peer {
  readonly address: string;
  readonly port: number;
}

/**
 * An HTTP answer.
 * @param request the request's head as it came in
 * @param epochSeconds wall-clock seconds for the Date header
 * @returns `undefined` when the request is no HTTP
 */
export function httpAnswer(
  listener: TopologyListener,
  name: string,
  peer: Peer,
  request: string,
  epochSeconds: number,
): Buffer | undefined {
  const { answers, status, body, nginxVersion } = listener;
  const parsed = parseRequest(request);
  if (parsed === undefined) return undefined;
  const response = answer({
    answers: ANSWER_NAMES.indexOf(answers),
    name,
    peerAddress: peer.address,
    peerPort: peer.port,
    request: parsed,
    epochSeconds,
    ...(status === undefined ? {} : { status }),
    ...(body === undefined ? {} : { body }),
    ...(nginxVersion === undefined ? {} : { nginxVersion }),
  });
  return Buffer.from(responseText(response));
}

/** The answer to a datagram: the datagram itself, who asked, or who answers. */
export function datagramAnswer(listener: TopologyListener, name: string, peer: Peer, request: Buffer): Buffer {
  if (listener.answers === 'echo') return request;
  return Buffer.from(listener.answers === 'mirror' ? `${peer.address}:${peer.port}\n` : `${name}\n`);
}

/** Whether bytes begin as an HTTP request does. */
export function looksLikeHttp(bytes: Buffer): boolean {
  return /^[A-Z]{3,} \S+ HTTP\//.test(bytes.toString('latin1', 0, 2048));
}

/**
 * How many bytes an HTTP message has by its own account.
 * @returns `undefined` while its head is unfinished; `Infinity` for an answer without Content-Length
 */
export function httpMessageBytes(bytes: Buffer, isAnswer: boolean): number | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = /\r\ncontent-length:\s*(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1];
  if (length === undefined && isAnswer) return Number.POSITIVE_INFINITY;
  return end + 4 + Number(length ?? 0);
}
