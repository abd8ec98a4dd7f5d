/**
 * The states that a middlebox believes a TCP connection to be in, and how each kind of segment moves them.
 * @see net/netfilter/nf_conntrack_proto_tcp.c
 */
import { TcpFlag } from '../packet.ts';

export const TcpState = {
  None: 0,
  SynSent: 1,
  SynRecv: 2,
  Established: 3,
  FinWait: 4,
  CloseWait: 5,
  LastAck: 6,
  TimeWait: 7,
  Close: 8,
  /** Both sides sent a SYN. */
  SynSent2: 9,
} as const;

/** Time-outs that belong to no state, in the same table. */
export const TcpTimeout = { MaxRetrans: 10, Unacknowledged: 11 } as const;

/** As `conntrack -L` prints them. */
export const TCP_STATE_NAMES = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
] as const;

/** What a segment is to the tracker: the first of these that it has. */
export const SegmentKind = { Syn: 0, SynAck: 1, Fin: 2, Ack: 3, Rst: 4, None: 5 } as const;

export function segmentKind(flags: number): number {
  if (flags & TcpFlag.Rst) return SegmentKind.Rst;
  if (flags & TcpFlag.Syn) return flags & TcpFlag.Ack ? SegmentKind.SynAck : SegmentKind.Syn;
  if (flags & TcpFlag.Fin) return SegmentKind.Fin;
  return flags & TcpFlag.Ack ? SegmentKind.Ack : SegmentKind.None;
}

/** Moves that lead to no state: a packet that may be the endpoints' truth rather than ours, and one that can't be right. */
export const TcpMove = { Ignore: 10, Invalid: 11 } as const;

/** One letter a state, in the order of `TcpState`; `.` ignored, `!` invalid. */
const LETTERS = '0srefclTXS.!';

// Columns: none, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE, SYN_SENT2.
// Rows: SYN, SYN+ACK, FIN, ACK, RST, none of them; first those of the side that opened, then the other side's.
const ROWS = [
  ...['ss.....ssS', '!!r!!!!!!r', '!!fflllTX!', 'e!eeccTTX!', '!XXXXXXXXX', '!!!!!!!!!!'],
  ...['!S!!!!!s!S', '!r.......r', '!!fflllTX!', '!.reccTTX.', '!XXXXXXXXX', '!!!!!!!!!!'],
];
const MOVES = Uint8Array.from([...ROWS.join('')].map((letter) => LETTERS.indexOf(letter)));

/** The state that a segment leads to, or a `TcpMove`. */
export function nextTcpState(direction: number, kind: number, state: number): number {
  return MOVES[(direction * 6 + kind) * 10 + state]!;
}

/** Flags that can stand together; PSH goes with any. @see tcp_valid_flags */
export function validTcpFlags(flags: number): boolean {
  const { Fin, Syn, Rst, Ack, Urg } = TcpFlag;
  switch (flags & (Fin | Syn | Rst | Ack | Urg)) {
    case Syn:
    case Syn | Urg:
    case Syn | Ack:
    case Rst:
    case Rst | Ack:
    case Fin | Ack:
    case Fin | Ack | Urg:
    case Ack:
    case Ack | Urg:
      return true;
    default:
      return false;
  }
}
