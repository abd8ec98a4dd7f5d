/**
 * HTTP/1.1 as text: what curl asks and what the modelled servers answer. Only sizes travel in packets; the text is made
 * where somebody wants to read it, and here its bytes are counted.
 */
import { NGINX_DEFAULT, nginxPage } from './http-page.ts';
import { Answer } from './socket.ts';

export const DEFAULT_AGENT = 'curl/8.5.0';
const OWN_SERVER = 'kubehop';

export type Headers = readonly (readonly [name: string, value: string])[];

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** In the order in which they are sent, names as written. */
  readonly headers: Headers;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** What a server knows when it answers. */
export interface AnswerInput {
  /** `Answer.Page`, `Mirror`, `Name` or `Status` of net/socket.ts. */
  readonly answers: number;
  readonly status?: number;
  /** Name that the server gives of itself: the pod's. */
  readonly name: string;
  /** Address and port that the serving socket has as its peer. */
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly request: HttpRequest;
  /** Wall-clock seconds since 1970 for the Date header. */
  readonly epochSeconds: number;
  readonly close?: boolean;
  /** `1.27.0`, for `Page`: the page and its date come from the release. */
  readonly nginxVersion?: string;
  /** Said instead of what the kind says by itself. */
  readonly body?: string;
}

/** Reason phrases of the statuses that servers here send. @see RFC 9110 section 15 */
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  418: "I'm a teapot",
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/**
 * The request that curl sends for a URL: Host, User-Agent and Accept, then what was added by `-H`, which replaces a
 * header of the same name in its place.
 * @param host as in the URL, in brackets for IPv6; the port is left out when it is 80
 * @param bodyBytes length of a body announced by Content-Length, when above 0
 */
export function curlRequest(host: string, port: number, path = '/', added: Headers = [], bodyBytes = 0): HttpRequest {
  const headers: [string, string][] = [
    ['Host', port === 80 ? host : `${host}:${port}`],
    ['User-Agent', DEFAULT_AGENT],
    ['Accept', '*/*'],
  ];
  for (const [name, value] of added) {
    const known = headers.find(([existing]) => existing.toLowerCase() === name.toLowerCase());
    if (known === undefined) headers.push([name, value]);
    else known[1] = value;
  }
  if (bodyBytes > 0) {
    headers.push(['Content-Length', String(bodyBytes)], ['Content-Type', 'application/x-www-form-urlencoded']);
  }
  return { method: bodyBytes > 0 ? 'POST' : 'GET', path, headers };
}

/** A request's head as sent, up to and with the empty line. */
export function requestText(request: HttpRequest): string {
  return `${request.method} ${request.path} HTTP/1.1\r\n${headerLines(request.headers)}\r\n`;
}

/** A response as sent, body included. */
export function responseText(response: HttpResponse): string {
  const reason = REASONS[response.status] ?? '';
  return `HTTP/1.1 ${response.status} ${reason}\r\n${headerLines(response.headers)}\r\n${response.body}`;
}

function headerLines(headers: Headers): string {
  return headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

/** Length of a text in UTF-8. */
export function textBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The value of a header, its name in any case; `undefined` when there is none. */
export function header(headers: Headers, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([known]) => known.toLowerCase() === wanted)?.[1];
}

/** Whether the message asks for the connection to end after it: HTTP/1.1 keeps it by default. */
export function asksToClose(headers: Headers): boolean {
  return header(headers, 'Connection')?.toLowerCase() === 'close';
}

/**
 * What a server of the given kind answers. `page` is nginx; the others are a small server of our own that says who
 * asked (`mirror`), who answers (`name`), or only a status.
 */
export function answer(input: AnswerInput): HttpResponse {
  const status = input.status ?? 200;
  if (input.answers === Answer.Page && status === 200) return pageAnswer(input);
  const body = input.body || ownBody(input, status);
  const headers: [string, string][] = [
    ['Server', OWN_SERVER],
    ['Date', httpDate(input.epochSeconds)],
    ['Content-Type', 'text/plain'],
    ['Content-Length', String(textBytes(body))],
    ['Connection', input.close ? 'close' : 'keep-alive'],
  ];
  return { status, headers, body };
}

function ownBody(input: AnswerInput, status: number): string {
  const { request } = input;
  if (input.answers === Answer.Mirror) {
    const peer = input.peerAddress.includes(':') ? `[${input.peerAddress}]` : input.peerAddress;
    const lines = request.headers.map(([name, value]) => `${name}: ${value}\n`).join('');
    return `peer: ${peer}:${input.peerPort}\npod: ${input.name}\n${request.method} ${request.path} HTTP/1.1\n${lines}`;
  }
  if (input.answers === Answer.Name) return `${input.name}\n`;
  return `${status} ${REASONS[status] ?? ''}\n`;
}

function pageAnswer(input: AnswerInput): HttpResponse {
  const version = input.nginxVersion ?? NGINX_DEFAULT;
  const page = nginxPage(version);
  const body = input.body || page.body;
  const bytes = textBytes(body);
  const headers: [string, string][] = [
    ['Server', `nginx/${version}`],
    ['Date', httpDate(input.epochSeconds)],
    ['Content-Type', 'text/html'],
    ['Content-Length', String(bytes)],
    ['Last-Modified', httpDate(page.modified)],
    ['Connection', input.close ? 'close' : 'keep-alive'],
    ['ETag', `"${page.modified.toString(16)}-${bytes.toString(16)}"`],
    ['Accept-Ranges', 'bytes'],
  ];
  return { status: 200, headers, body };
}

/** Reads a request's head. @returns `undefined` when it is not one */
export function parseRequest(text: string): HttpRequest | undefined {
  const [first = '', ...rest] = head(text);
  const match = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first);
  const headers = parseHeaders(rest);
  return match && headers ? { method: match[1]!, path: match[2]!, headers } : undefined;
}

/** Reads a response; the body is all that follows the empty line. @returns `undefined` when it is not one */
export function parseResponse(text: string): HttpResponse | undefined {
  const [first = '', ...rest] = head(text);
  const match = /^HTTP\/1\.[01] (\d{3})(?: .*)?$/.exec(first);
  const headers = parseHeaders(rest);
  if (!match || !headers) return undefined;
  return { status: Number(match[1]), headers, body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}

function head(text: string): string[] {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? [] : text.slice(0, end).split('\r\n');
}

function parseHeaders(lines: readonly string[]): Headers | undefined {
  const headers: [string, string][] = [];
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (!match) return undefined;
    headers.push([match[1]!, match[2]!]);
  }
  return headers;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * An instant as HTTP writes it: `Mon, 01 Jan 2024 00:00:00 GMT`, always 29 characters.
 * @param epochSeconds seconds since 1970, from 0 to the end of year 9999; a fraction is cut off
 * @see RFC 9110 section 5.6.7
 */
export function httpDate(epochSeconds: number): string {
  const days = Math.floor(epochSeconds / 86_400);
  const second = Math.floor(epochSeconds - days * 86_400);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(two).join(':');
  const { year, month, day } = civil(days);
  return `${DAYS[(days + 4) % 7]}, ${two(day)} ${MONTHS[month]} ${String(year).padStart(4, '0')} ${clock} GMT`;
}

/** Gregorian date of a day number since 1970; years are counted from March, so that the leap day comes last. */
function civil(days: number): { year: number; month: number; day: number } {
  const fromMarch = days + 719_468;
  const era = Math.floor(fromMarch / 146_097);
  const dayOfEra = fromMarch - era * 146_097;
  const leaps = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = (monthFromMarch + 2) % 12;
  return { year: yearOfEra + era * 400 + (month < 2 ? 1 : 0), month, day };
}
