/**
 * What a listener says to one request, as bytes on the wire: the same text wherever a request is served for real.
 */
import type { AnswerKind } from '../../net/view/topology.ts';

export interface AnswerSetting {
  readonly answers: AnswerKind;
  readonly status?: number;
  readonly body?: string;
  /** The answering host, which `name` says. */
  readonly host: string;
}

const REASON: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

function bodyText(setting: AnswerSetting, peer: string, request: string): string {
  switch (setting.answers) {
    case 'mirror':
      return `peer ${peer}\n${request}`;
    case 'name':
      return setting.body ?? `${setting.host}\n`;
    default:
      return setting.body ?? '';
  }
}

/**
 * An HTTP/1.1 answer.
 * @see RFC 9112 section 4
 */
export function httpAnswer(setting: AnswerSetting, peer: string, request: string): Buffer {
  const status = setting.status ?? 200;
  const body = Buffer.from(bodyText(setting, peer, request));
  const head = `HTTP/1.1 ${status} ${REASON[status] ?? ''}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** The answer to a datagram: `echo` gives it back, everything else says its body alone. */
export function datagramAnswer(setting: AnswerSetting, peer: string, request: Buffer): Buffer {
  if (setting.answers === 'echo') return request;
  return Buffer.from(bodyText(setting, peer, request.toString('latin1')));
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
