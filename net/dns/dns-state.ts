/**
 * DNS under way on the network: look-ups that programs wait for, messages on the wire, and what name servers remember.
 * Changed by `evolve` alone.
 */
import type { StartRequest } from '../command.ts';
import { ClientCache } from './client-cache.ts';
import type { Message, Question } from './message.ts';
import type { Ask, LookupPlan, LookupResult, Resolution } from './resolution.ts';

/** The request that a look-up is made for: all of it but whom it goes to. */
export type NamedRequest = Omit<
  StartRequest,
  'kind' | 'at' | 'host' | 'traffic' | 'number' | 'destination' | 'timeoutNs' | 'flow'
>;

/** What a program asks of its resolver. */
export interface LookupOrder {
  readonly plan: LookupPlan;
  /** Absent: the addresses are all that is wanted. */
  readonly request?: NamedRequest;
  /** The program keeps what it is told: for so long, in ns, or as long as the answer says; absent: not at all. */
  readonly keeps?: number | 'ttl';
}

export interface ActiveLookup {
  readonly flow: number;
  readonly host: number;
  readonly traffic: number;
  readonly number: number;
  readonly startedAtNs: number;
  /** 0: no limit but the resolver's. */
  readonly timeoutNs: number;
  readonly order: LookupOrder;
  readonly resolution: Resolution;
  /** Questions that have not gone out yet. */
  readonly outbox: Ask[];
  /** Until when the resolver waits; Infinity: it doesn't. */
  timerAtNs: number;
  /** The event just taken moved it. */
  timerMoved: boolean;
  result: LookupResult | undefined;
  /** Ports of its sockets, by their numbers in the look-up. */
  readonly ports: Map<number, number>;
  /** Network sockets that it opened. */
  readonly sockets: Set<number>;
  queries: number;
  /** How long what it was told may be kept, in ns. */
  lifetimeNs: number;
  /** Addresses that its name led to, once it has ended well. */
  addresses: readonly string[];
}

/** A message on its way, by its number: what packets carry is a reference. */
export interface WireMessage {
  readonly message: Message;
  /** The look-up's own question that it is; absent for a server's. */
  readonly ask: Ask | undefined;
  /** The query that it answers; 0: it is one. */
  readonly answers: number;
  /** Whose look-up it belongs to. */
  readonly flow: number;
}

/** A query that a server can't answer before another one has. */
export interface PendingQuery {
  readonly socket: number;
  /** What it has been told so far. */
  readonly told: Message[];
  readonly since: number;
  /** Connections to another server that broke. */
  broken: number;
  asked: Question;
  /** Number of its own question under way; 0: none. */
  forward: number;
  forwardSocket: number;
}

/** A server's cache, or several of them, one a zone. */
export interface AnswerKeeper {
  find(asked: Message, nowNs: number): Message | undefined;
  /** An answer as it is passed on. */
  capped(message: Message): Message;
  store(message: Message, nowNs: number): void;
}

/** Another server that a question goes to. */
export interface Upstream {
  readonly address: string;
  readonly tcp: boolean;
}

/** What a name server remembers. */
export interface ServerState {
  readonly cache: AnswerKeeper;
  /** By the number of the query. */
  readonly pending: Map<number, PendingQuery>;
}

/** What a name server is, beside its sockets. Handed in by whoever assembles the world; reads state and changes none. */
export interface NameServer {
  /** @param outside what others say; throws for what is not known yet @returns undefined: it keeps silent */
  answer(host: number, asked: Message, outside: (question: Question) => Message): Message | undefined;
  /** Whom it asks in turn; `undefined` where it asks nobody. */
  upstream(host: number, question: Question): Upstream | undefined;
  /** Whether its answers to a name are remembered. */
  remembers(host: number, name: string): boolean;
  shuffles(host: number): boolean;
  newCache(host: number): AnswerKeeper;
}

export class DnsState {
  /** By flow. */
  readonly lookups = new Map<number, ActiveLookup>();
  readonly messages = new Map<number, WireMessage>();
  readonly clients = new ClientCache();
  /** By host. */
  readonly servers = new Map<number, ServerState>();
  /** Sockets by which a server asks another, with the query that it is about. */
  readonly forwards = new Map<number, { readonly host: number; readonly about: number }>();
  nextMessage = 1;
  nameServer: NameServer | undefined;

  /** When the look-up of a flow began, or `undefined` where there is none. */
  startOf(flow: number): number | undefined {
    return this.lookups.get(flow)?.startedAtNs;
  }
}
