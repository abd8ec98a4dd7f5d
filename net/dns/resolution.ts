/**
 * A look-up by a C library as a coroutine: it says what it sends and until when it waits, and is told what came of it.
 * Whoever drives it owns the clock and the wire, so the same resolver runs over packets and over recorded answers.
 */
import type { Message, Question } from './message.ts';
import type { LibraryName, ResolverConfig } from './resolver-config.ts';

/** Which addresses are asked for: `any` asks for A and AAAA. */
export type LookupFamily = 'any' | 'ipv4' | 'ipv6';

/** Who looks up: a C library, or one of BIND's tools. */
export type ResolverName = LibraryName | 'bind';

export interface LookupPlan {
  readonly resolver: ResolverName;
  /** As the program gives it. */
  readonly name: string;
  readonly family: LookupFamily;
  readonly config: ResolverConfig;
  /** Of BIND's tools: the types asked for one after the other, and whether the search list is used. */
  readonly types?: readonly number[];
  readonly searches?: boolean;
  /** Of BIND's tools: announced in an OPT record. */
  readonly udpBytes?: number;
  /** Of BIND's tools: every question over TCP, tries a server, and how long each waits. */
  readonly tcp?: boolean;
  readonly tries?: number;
  readonly patienceNs?: number;
}

/** One question on its way out. */
export interface Ask {
  /** Number of the socket in this look-up, 0 and up: a new one has a new port. */
  readonly socket: number;
  /** Place among the nameservers. */
  readonly server: number;
  readonly tcp: boolean;
  readonly question: Question;
  /** Announced in an OPT record; 0: none. */
  readonly udpBytes: number;
}

/** What a resolver does next: it sends, then waits until something is heard or the time is up. */
export interface Step {
  readonly sends: readonly Ask[];
  /** Infinity: for ever. */
  readonly untilNs: number;
}

export type Heard =
  | {
      readonly type: 'answer';
      readonly socket: number;
      readonly server: number;
      readonly message: Message;
      readonly nowNs: number;
    }
  /** The socket was told that nobody listens, or its connection broke. */
  | { readonly type: 'refused'; readonly socket: number; readonly nowNs: number }
  | { readonly type: 'timeout'; readonly nowNs: number };

/** What `getaddrinfo` says where it has no addresses. @see getaddrinfo(3) EAI_NONAME, EAI_NODATA, EAI_AGAIN, EAI_FAIL */
export type LookupError = 'noname' | 'nodata' | 'again' | 'fail';

export interface LookupResult {
  /** In the order of the answers, A before AAAA. */
  readonly addresses: readonly string[];
  readonly error: LookupError | undefined;
}

export type Resolution = Generator<Step, LookupResult, Heard>;

const GLIBC_TEXTS: Readonly<Record<LookupError, string>> = {
  noname: 'Name or service not known',
  nodata: 'No address associated with hostname',
  again: 'Temporary failure in name resolution',
  fail: 'Non-recoverable failure in name resolution',
};

/** What the C libraries print for an error. @see glibc posix/gai_strerror-strs.h, musl src/network/gai_strerror.c */
export const ERROR_TEXTS: Readonly<Record<ResolverName, Readonly<Record<LookupError, string>>>> = {
  bind: GLIBC_TEXTS,
  glibc: GLIBC_TEXTS,
  musl: {
    noname: 'Name does not resolve',
    nodata: 'Name has no usable address',
    again: 'Try again',
    fail: 'Non-recoverable error',
  },
};
