/**
 * What the network can be told to do at an instant. Kinds 1-63; the control plane's begin at 64, runs' at 128.
 */

export const NetCommandKind = {
  DeliverPacket: 1,
  TransmitSocket: 2,
  FireSocketTimer: 3,
  SendIcmpError: 4,
  SendReset: 5,
  Encapsulate: 6,
  SolicitNeighbour: 7,
  AnswerNeighbour: 8,
  LearnNeighbour: 9,
  ReleasePacket: 10,
  FireOpeningTimer: 11,
  StartRequest: 20,
  WriteRequest: 21,
  AnswerRequest: 22,
  FinishRequest: 23,
  ExpireRequest: 24,
  CloseSocket: 25,
  SendEchoReply: 26,
  ForgetSocket: 27,
  TakeRequest: 28,
  SetHost: 30,
  SetLink: 31,
  EditRules: 32,
  SetSysctl: 33,
  ArmFault: 34,
  ForgetConnections: 36,
  StartLookup: 40,
  AskServer: 41,
  ReadAnswer: 42,
  FireLookupTimer: 43,
  AnswerQuery: 44,
  FireForwardTimer: 45,
  EndLookup: 46,
  ExpireLookup: 47,
} as const;

interface Command<K extends number> {
  readonly kind: K;
  readonly at: number;
}

type Kind = typeof NetCommandKind;

/** A packet reaches an interface. */
export interface DeliverPacket extends Command<Kind['DeliverPacket']> {
  readonly packet: number;
  readonly interface: number;
}

/** A socket may have something to put on the wire: one packet. */
export interface TransmitSocket extends Command<Kind['TransmitSocket']> {
  readonly socket: number;
}

export interface FireSocketTimer extends Command<Kind['FireSocketTimer']> {
  readonly socket: number;
}

/**
 * The timer of a connection that a listener is opening. Of timers that expire in one tick, those that are pinned to
 * their processor are run first, and this one is: where both ends miss a SYN-ACK, the server speaks before the client.
 * @see kernel/time/timer.c run_timer_softirq, net/ipv4/inet_connection_sock.c reqsk_queue_hash_req
 */
export interface FireOpeningTimer extends Command<Kind['FireOpeningTimer']> {
  readonly socket: number;
}

/** Tells the sender of a packet what became of it. `source` 0: chosen by the route back. */
export interface SendIcmpError extends Command<Kind['SendIcmpError']> {
  readonly host: number;
  readonly packet: number;
  /** type << 8 | code */
  readonly icmp: number;
  readonly mtu: number;
}

/** Answers a segment with RST: no socket, or a REJECT rule. */
export interface SendReset extends Command<Kind['SendReset']> {
  readonly host: number;
  readonly packet: number;
  readonly byRule: boolean;
}

export interface SendEchoReply extends Command<Kind['SendEchoReply']> {
  readonly host: number;
  readonly packet: number;
}

/** Wraps a packet that left through a tunnel. */
export interface Encapsulate extends Command<Kind['Encapsulate']> {
  readonly interface: number;
  readonly packet: number;
  readonly target: number;
}

/** Asks who has an address. `generation` names the question; an older one has been answered meanwhile. */
export interface SolicitNeighbour extends Command<Kind['SolicitNeighbour']> {
  readonly interface: number;
  readonly address: number;
  readonly generation: number;
}

/** A question reaches the interface that may answer it. */
export interface AnswerNeighbour extends Command<Kind['AnswerNeighbour']> {
  readonly interface: number;
  readonly asker: number;
  readonly address: number;
  readonly generation: number;
  readonly delayNs: number;
}

/** The answer reaches the asker. */
export interface LearnNeighbour extends Command<Kind['LearnNeighbour']> {
  readonly interface: number;
  readonly address: number;
  readonly target: number;
  readonly generation: number;
}

/** A packet that waited for its neighbour leaves. */
export interface ReleasePacket extends Command<Kind['ReleasePacket']> {
  readonly interface: number;
  readonly address: number;
  readonly packet: number;
}

/** A client opens a request. */
export interface StartRequest extends Command<Kind['StartRequest']> {
  readonly host: number;
  /** Number of the traffic row it belongs to, and its number in it, from 0. */
  readonly traffic: number;
  readonly number: number;
  readonly protocol: number;
  readonly destination: number;
  readonly destinationPort: number;
  /** 0: as the route and the kernel choose. */
  readonly source: number;
  readonly sourcePort: number;
  /** Bytes of the request, and for UDP and echo of the answer; -1: as the HTTP texts are. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** ns from the start; 0: the kernel's own. */
  readonly timeoutNs: number;
  /** HTTP request text, or ''. */
  readonly text: string;
  /** Leave the connection open afterwards. */
  readonly keep: boolean;
  /** Flow of the look-up that it follows; absent: a flow of its own. */
  readonly flow?: number;
  /** TTL of its datagrams, 1 to 255; absent: the host's. */
  readonly ttl?: number;
}

/** A client's connection stands: it writes its request. */
export interface WriteRequest extends Command<Kind['WriteRequest']> {
  readonly socket: number;
}

/** A request has come to a server that has only so many workers: it is taken, waits or is turned away. */
export interface TakeRequest extends Command<Kind['TakeRequest']> {
  readonly socket: number;
}

/** A server has read a whole request and answers it. */
export interface AnswerRequest extends Command<Kind['AnswerRequest']> {
  readonly socket: number;
}

/** A request has come to an end that the client's socket tells. */
export interface FinishRequest extends Command<Kind['FinishRequest']> {
  readonly flow: number;
  readonly outcome: number;
}

export interface ExpireRequest extends Command<Kind['ExpireRequest']> {
  readonly flow: number;
}

export interface CloseSocket extends Command<Kind['CloseSocket']> {
  readonly socket: number;
}

/** A socket has reached its end and may be forgotten. */
export interface ForgetSocket extends Command<Kind['ForgetSocket']> {
  readonly socket: number;
}

/** A host goes down, comes up, or is cut off while it goes on running. */
export interface SetHost extends Command<Kind['SetHost']> {
  readonly host: number;
  /** 0 down, 1 up, 2 partitioned */
  readonly state: number;
}

export interface SetLink extends Command<Kind['SetLink']> {
  readonly link: number;
  readonly up: boolean;
  readonly delayNs: number;
  readonly lossRatio: number;
}

/** `text`: the words behind `iptables` as a JSON array, or an iptables-restore text, which begins with `*`. */
export interface EditRules extends Command<Kind['EditRules']> {
  readonly host: number;
  readonly text: string;
}

export interface SetSysctl extends Command<Kind['SetSysctl']> {
  readonly host: number;
  readonly text: string;
}

/** Entries go out of a connection table, as `conntrack -D` and `-F` have it. `text`: `ConntrackFilter`, JSON. */
export interface ForgetConnections extends Command<Kind['ForgetConnections']> {
  readonly host: number;
  readonly text: string;
}

/** Takes the next `count` packets from one host to another with these flags off the wire. */
export interface ArmFault extends Command<Kind['ArmFault']> {
  readonly from: number;
  readonly to: number;
  readonly flags: number;
  readonly count: number;
}

/** A program looks a name up, perhaps to open a request to what it leads to. `text`: `LookupOrder`, JSON. */
export interface StartLookup extends Command<Kind['StartLookup']> {
  readonly host: number;
  readonly traffic: number;
  readonly number: number;
  /** ns that the look-up and what follows may take together; 0: no limit but the resolver's. */
  readonly timeoutNs: number;
  readonly text: string;
}

/** The resolver's next question goes out. */
export interface AskServer extends Command<Kind['AskServer']> {
  readonly flow: number;
}

/** A socket that asks a name server has something to read. */
export interface ReadAnswer extends Command<Kind['ReadAnswer']> {
  readonly socket: number;
}

export interface FireLookupTimer extends Command<Kind['FireLookupTimer']> {
  readonly flow: number;
}

/** A name server has thought about a query. */
export interface AnswerQuery extends Command<Kind['AnswerQuery']> {
  readonly socket: number;
  readonly message: number;
}

/** A name server has waited long enough for the one that it asked. */
export interface FireForwardTimer extends Command<Kind['FireForwardTimer']> {
  readonly host: number;
  readonly message: number;
}

export interface EndLookup extends Command<Kind['EndLookup']> {
  readonly flow: number;
}

/** The program's own patience is at its end. */
export interface ExpireLookup extends Command<Kind['ExpireLookup']> {
  readonly flow: number;
}

export type NetCommand =
  | DeliverPacket
  | TransmitSocket
  | FireSocketTimer
  | FireOpeningTimer
  | SendIcmpError
  | SendReset
  | SendEchoReply
  | Encapsulate
  | SolicitNeighbour
  | AnswerNeighbour
  | LearnNeighbour
  | ReleasePacket
  | StartRequest
  | WriteRequest
  | TakeRequest
  | AnswerRequest
  | FinishRequest
  | ExpireRequest
  | CloseSocket
  | ForgetSocket
  | SetHost
  | SetLink
  | EditRules
  | SetSysctl
  | ArmFault
  | ForgetConnections
  | StartLookup
  | AskServer
  | ReadAnswer
  | FireLookupTimer
  | AnswerQuery
  | FireForwardTimer
  | EndLookup
  | ExpireLookup;
