/**
 * Two TCP sockets on a fake wire with a delay and losses, and what each sent as rows that read like tcpdump's. The
 * applications are a client that sends requests in turn and a server that answers each after a delay.
 */
import { MILLISECOND } from '../../../core/time.ts';
import { TcpFlag } from '../../../net/packet.ts';
import type { Segment } from '../../../net/transport/segment.ts';
import { close, shutdown } from '../../../net/transport/tcp-close.ts';
import type { TcpProfile } from '../../../net/transport/tcp-profile.ts';
import { TCP_6 } from '../../../net/transport/tcp-profile.ts';
import { receive } from '../../../net/transport/tcp-receive.ts';
import type { TcpSocket } from '../../../net/transport/tcp-socket.ts';
import { accept, isConnected, open } from '../../../net/transport/tcp-socket.ts';
import { deadlineNs, timeout } from '../../../net/transport/tcp-timer.ts';
import { nextSegment, send, transmitted } from '../../../net/transport/tcp-transmit.ts';

export interface Dialogue {
  readonly profile?: TcpProfile;
  readonly oneWayNs?: number;
  readonly mtuBytes?: number;
  readonly requests?: number;
  readonly requestBytes?: number;
  readonly answerBytes?: number;
  readonly serverDelayNs?: number;
  /** Before the client's first request: a process takes its time to wake up. */
  readonly clientDelayNs?: number;
  /** Who closes once the last answer is there. `half`: the client shuts its side, the server closes 100 ms later. */
  readonly closes?: 'client' | 'server' | 'half' | 'nobody';
  /** Whether the `n`-th segment (from 0) that a side puts on the wire is lost. */
  readonly lost?: (row: Row, n: number) => boolean;
  readonly untilNs?: number;
}

export interface Row {
  readonly atNs: number;
  /** `>` from the client, `<` from the server. */
  readonly direction: '>' | '<';
  readonly flags: string;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly payloadBytes: number;
  readonly headerBytes: number;
}

/** As tcpdump orders them: S, F, R, P, A. */
export function flagText(flags: number): string {
  const { Syn, Fin, Rst, Psh, Ack } = TcpFlag;
  const letters: [number, string][] = [
    [Syn, 'S'],
    [Fin, 'F'],
    [Rst, 'R'],
    [Psh, 'P'],
    [Ack, 'A'],
  ];
  return letters.map(([bit, letter]) => (flags & bit ? letter : '')).join('');
}

interface Event {
  readonly atNs: number;
  readonly order: number;
  readonly act: () => void;
}

/** The fake world: two ends, a wire and an agenda. */
export class Wire {
  readonly rows: Row[] = [];
  readonly client: TcpSocket;
  server: TcpSocket | undefined;
  nowNs = 0;
  readonly #dialogue: Dialogue;
  readonly #agenda: Event[] = [];
  #order = 0;
  #sent = { '>': 0, '<': 0 };
  #asked = 0;
  #answered = 0;
  #reading = false;

  constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue;
    this.client = open(this.#options());
  }

  #options(): { profile: TcpProfile; mtuBytes: number; ipHeaderBytes: number } {
    const { profile = TCP_6, mtuBytes = 1500 } = this.#dialogue;
    return { profile, mtuBytes, ipHeaderBytes: 20 };
  }

  at(atNs: number, act: () => void): void {
    this.#agenda.push({ atNs, order: this.#order++, act });
  }

  /** Runs until nothing is left to happen, or until `untilNs`. */
  run(): this {
    this.#pump(this.client, '>');
    const { untilNs = Number.POSITIVE_INFINITY } = this.#dialogue;
    for (let step = 0; step < 100_000; step++) {
      this.#agenda.sort((a, b) => a.atNs - b.atNs || a.order - b.order);
      const next = this.#agenda[0];
      const timerNs = Math.min(deadlineNs(this.client), this.server ? deadlineNs(this.server) : Infinity);
      const atNs = Math.min(timerNs, next?.atNs ?? Infinity);
      if (atNs === Infinity || atNs > untilNs) return this;
      this.nowNs = atNs;
      // Timers stand on the agenda since before what arrives at the same instant was sent.
      if (timerNs === atNs) this.#fire();
      else {
        this.#agenda.shift();
        next!.act();
      }
    }
    throw new Error('The dialogue does not end');
  }

  #fire(): void {
    for (const [socket, direction] of this.#ends()) {
      if (deadlineNs(socket) > this.nowNs) continue;
      timeout(socket, this.nowNs);
      this.#pump(socket, direction);
    }
  }

  #ends(): [TcpSocket, '>' | '<'][] {
    return this.server
      ? [
          [this.client, '>'],
          [this.server, '<'],
        ]
      : [[this.client, '>']];
  }

  #pump(socket: TcpSocket, direction: '>' | '<'): void {
    for (let guard = 0; guard < 1000; guard++) {
      const segment = nextSegment(socket, this.nowNs);
      if (segment === undefined) return;
      transmitted(socket, segment, this.nowNs);
      this.#carry(segment, direction);
    }
    throw new Error('The socket never stops sending');
  }

  #carry(segment: Segment, direction: '>' | '<'): void {
    const { sequence, acknowledgement, payloadBytes, headerBytes } = segment;
    const flags = flagText(segment.flags);
    const row = { atNs: this.nowNs, direction, flags, sequence, acknowledgement, payloadBytes, headerBytes };
    this.rows.push(row);
    if (this.#dialogue.lost?.(row, this.#sent[direction]++)) return;
    this.at(this.nowNs + (this.#dialogue.oneWayNs ?? 25_000), () => this.#deliver(segment, direction));
  }

  #deliver(segment: Segment, direction: '>' | '<'): void {
    if (direction === '<') {
      receive(this.client, segment, this.nowNs);
      this.#pump(this.client, '>');
      this.#clientActs();
      this.#pump(this.client, '>');
      return;
    }
    if (this.server === undefined) {
      this.server = accept(this.#options(), segment);
    } else {
      receive(this.server, segment, this.nowNs);
    }
    this.#pump(this.server, '<');
    this.#serverActs(this.server);
    this.#pump(this.server, '<');
  }

  #clientActs(): void {
    const { requests = 1, requestBytes = 78, answerBytes = 853, closes = 'client' } = this.#dialogue;
    const { client } = this;
    if (!isConnected(client)) return;
    if (this.#asked < requests && client.receivedBytes === this.#asked * answerBytes) {
      this.#asked++;
      const ask = (): void => {
        send(client, requestBytes, this.#asked);
        this.#pump(client, '>');
      };
      const delayNs = this.#asked === 1 ? (this.#dialogue.clientDelayNs ?? 0) : 0;
      if (delayNs === 0) ask();
      else this.at(this.nowNs + delayNs, ask);
    } else if (client.receivedBytes === requests * answerBytes) {
      if (closes === 'client') close(client, this.nowNs);
      if (closes === 'half') shutdown(client);
    }
    if (client.peerClosed) close(client, this.nowNs);
  }

  #serverActs(server: TcpSocket): void {
    const { answerBytes = 853, serverDelayNs = 0 } = this.#dialogue;
    while (server.inbox.length > 0) {
      server.inbox.shift();
      const answer = (): void => {
        send(server, answerBytes, ++this.#answered);
        this.#pump(server, '<');
        if (this.#dialogue.closes === 'server') close(server, this.nowNs);
        this.#pump(server, '<');
      };
      if (serverDelayNs === 0) answer();
      else this.at(this.nowNs + serverDelayNs, answer);
    }
    if (!server.peerClosed || this.#reading) return;
    this.#reading = true;
    const end = (): void => {
      close(server, this.nowNs);
      this.#pump(server, '<');
    };
    if (this.#dialogue.closes === 'half') this.at(this.nowNs + 100 * MILLISECOND, end);
    else end();
  }
}

/** The rows of a dialogue. */
export function rowsOf(dialogue: Dialogue): Row[] {
  return new Wire(dialogue).run().rows;
}

/** `0.050 > A seq 1 ack 1 len 0 hdr 32`, in ms. */
export function rowText(row: Row): string {
  const { direction, flags, sequence, acknowledgement, payloadBytes, headerBytes } = row;
  return `${direction} ${flags} seq ${sequence} ack ${acknowledgement} len ${payloadBytes} hdr ${headerBytes}`;
}
