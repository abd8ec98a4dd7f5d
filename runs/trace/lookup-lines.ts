/**
 * A request's look-ups, a line each: what was asked of whom, and what came back.
 */
import { type Message, RCODE_NAMES } from '../../net/dns/message.ts';
import { NetEventKind, type NetEventOf } from '../../net/event.ts';
import type { Network } from '../../net/network.ts';
import type { WorldEvent } from '../world/event.ts';

/** One question of a look-up. */
export interface LookupLine {
  readonly atNs: number;
  /** `A web.default.svc.cluster.local.` */
  readonly question: string;
  /** Address of the server, and how it was asked. */
  readonly server: string;
  readonly transport: 'udp' | 'tcp';
  /** `10.96.1.1`, `NXDOMAIN`, `NODATA`, `refused (ICMP)`; '' where nothing came back. */
  readonly answer: string;
  /** From the question to its answer, in ns; null where there was none. */
  readonly tookNs: number | null;
}

type Open = { -readonly [F in keyof LookupLine]: LookupLine[F] };

export class LookupLines {
  readonly #net: Network;
  readonly #open = new Map<number, Open>();
  /** Answers on their way, by their number: the question's number and what they say. */
  readonly #answers = new Map<number, { readonly question: number; readonly text: string }>();
  readonly lines: LookupLine[] = [];
  started: NetEventOf<'LookupStarted'> | undefined;
  ended: NetEventOf<'LookupEnded'> | undefined;

  constructor(net: Network) {
    this.#net = net;
  }

  take(event: WorldEvent): void {
    switch (event.kind) {
      case NetEventKind.LookupStarted:
        this.started = event as NetEventOf<'LookupStarted'>;
        return;
      case NetEventKind.LookupEnded:
        this.ended = event as NetEventOf<'LookupEnded'>;
        return;
      case NetEventKind.QuerySent:
        return this.#ask(event as NetEventOf<'QuerySent'>);
      case NetEventKind.QueryAnswered: {
        const { message, answer, text } = event as NetEventOf<'QueryAnswered'>;
        if (answer !== 0 && this.#open.has(message)) this.#answers.set(answer, { question: message, text });
        return;
      }
      case NetEventKind.AnswerRead: {
        const { message, at } = event as NetEventOf<'AnswerRead'>;
        if (message === 0) return this.#refuse(at);
        const answer = this.#answers.get(message);
        const line = this.#open.get(answer?.question ?? 0);
        if (answer === undefined || line === undefined) return;
        line.answer = answerText(JSON.parse(answer.text) as Message);
        line.tookNs = at - line.atNs;
        return;
      }
      default:
    }
  }

  /** The socket heard an error instead: of the questions that wait, the oldest one's. */
  #refuse(at: number): void {
    const line = this.lines.find(({ tookNs }) => tookNs === null) as Open | undefined;
    if (line === undefined) return;
    line.answer = 'refused (ICMP)';
    line.tookNs = at - line.atNs;
  }

  #ask({ at, message, text, destination, protocol }: NetEventOf<'QuerySent'>): void {
    const line: Open = {
      atNs: at,
      question: text,
      server: `${this.#net.addresses.text(destination)}:53`,
      transport: protocol === 6 ? 'tcp' : 'udp',
      answer: '',
      tookNs: null,
    };
    this.lines.push(line);
    this.#open.set(message, line);
  }
}

function answerText({ rcode, answer, truncated }: Message): string {
  if (truncated) return 'truncated';
  if (rcode !== 0) return RCODE_NAMES[rcode] ?? `RCODE ${rcode}`;
  return answer.length === 0 ? 'NODATA' : answer.map(({ data }) => data).join(' ');
}
