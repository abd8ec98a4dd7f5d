/**
 * A DNS message as a record: header, one question, and three lists of records.
 * @see RFC 1035 section 4.1
 */
import { sameName } from './name.ts';
import { RecordType, type ResourceRecord, typeName } from './record.ts';

export const Rcode = {
  NoError: 0,
  FormErr: 1,
  ServFail: 2,
  NxDomain: 3,
  NotImp: 4,
  Refused: 5,
} as const;

export const RCODE_NAMES: readonly string[] = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

export interface Question {
  /** Fully qualified. */
  readonly name: string;
  /** `RecordType` */
  readonly type: number;
}

export interface Message {
  /** Transaction: 16 bits. */
  readonly id: number;
  readonly response: boolean;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  /** `Rcode` */
  readonly rcode: number;
  readonly question: Question;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  /** Largest datagram that its sender takes, as its OPT record says; 0: it has none. @see RFC 6891 section 6.1.2 */
  readonly udpBytes: number;
}

/** Datagrams may be so large without any agreement. @see RFC 1035 section 4.2.1 */
export const PLAIN_UDP_BYTES = 512;

export function query(question: Question, id = 0, udpBytes = 0): Message {
  return {
    id,
    response: false,
    authoritative: false,
    truncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    rcode: Rcode.NoError,
    question,
    answer: [],
    authority: [],
    additional: [],
    udpBytes,
  };
}

export type Reply = Partial<
  Pick<Message, 'rcode' | 'authoritative' | 'recursionAvailable' | 'truncated' | 'answer' | 'authority' | 'additional'>
>;

/** An answer to a query; what is not given is empty. */
export function reply(asked: Message, given: Reply): Message {
  return {
    ...query(asked.question, asked.id, asked.udpBytes),
    response: true,
    recursionDesired: asked.recursionDesired,
    ...given,
  };
}

/** `A web.default.svc.cluster.local.` */
export function questionText({ name, type }: Question): string {
  return `${typeName(type)} ${name}`;
}

export function sameQuestion(a: Question, b: Question): boolean {
  return a.type === b.type && sameName(a.name, b.name);
}

/** Addresses of one type that an answer leads to, in its order, whatever aliases lie between. */
export function addressesIn({ answer }: Pick<Message, 'answer'>, type: number): readonly string[] {
  return answer.filter((record) => record.type === type).map(({ data }) => data);
}

/** Whether it denies a name or a type: negative caches keep it by its SOA. @see RFC 2308 section 2 */
export function isDenial({ rcode, answer, authority }: Message): boolean {
  if (rcode === Rcode.NxDomain) return true;
  return rcode === Rcode.NoError && answer.length === 0 && authority.some(({ type }) => type === RecordType.SOA);
}
