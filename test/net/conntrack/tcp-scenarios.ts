/**
 * TCP conversations through a middlebox and what Linux 6.18 made of each segment, measured with raw packets through a
 * router's network namespace. A step is the sender (C client, S server), flags, sequence number, acknowledgement,
 * `+payload` bytes and `w`window (64240 unless said; SYNs offer a scale of 7); then the packet's state, the entry's state
 * and time-out in seconds behind it, and its marks.
 */
import type { Segment } from '../../../net/conntrack/tcp-track.ts';

export interface TcpScenario {
  readonly name: string;
  readonly steps: readonly (readonly [string, string])[];
}

export interface TcpStep extends Required<Omit<Segment, 'segment'>> {
  readonly byServer: boolean;
}

const FLAG_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

/** Reads the first half of a step. */
export function parseStep(text: string): TcpStep {
  const [sender, letters = '', sequence, ...rest] = text.split(' ');
  const named = (prefix: string): string | undefined => rest.find((word) => word.startsWith(prefix))?.slice(1);
  const flags = [...letters].reduce((bits, letter) => bits | (FLAG_BITS[letter] ?? 0), 0);
  return {
    byServer: sender === 'S',
    flags,
    sequence: Number(sequence),
    acknowledgement: Number(rest.find((word) => /^\d/.test(word)) ?? 0),
    payloadBytes: Number(named('+') ?? 0),
    window: Number(named('w') ?? 64_240),
    windowScale: flags & 2 ? 7 : -1,
  };
}

export const TCP_SCENARIOS: readonly TcpScenario[] = [
  {
    name: 'a connection opened, used and closed by the client',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C PA 1001 5001 +100', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
      ['S A 5001 1101', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S PA 5001 1101 +1000', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
      ['C A 1101 6001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C FA 1101 6001', 'ESTABLISHED FIN_WAIT 120 ASSURED'],
      ['S A 6001 1102', 'ESTABLISHED CLOSE_WAIT 60 ASSURED'],
      ['S FA 6001 1102', 'ESTABLISHED LAST_ACK 30 ASSURED'],
      ['C A 1102 6002', 'ESTABLISHED TIME_WAIT 120 ASSURED'],
      ['C A 1102 6002', 'ESTABLISHED TIME_WAIT 120 ASSURED'],
    ],
  },
  {
    name: 'closed by the server, both FINs crossing',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S FA 5001 1001', 'ESTABLISHED FIN_WAIT 120 ASSURED'],
      ['C FA 1001 5001', 'ESTABLISHED LAST_ACK 30 ASSURED'],
      ['S A 5002 1002', 'ESTABLISHED TIME_WAIT 120 ASSURED'],
      ['C A 1002 5002', 'ESTABLISHED TIME_WAIT 120 ASSURED'],
    ],
  },
  {
    name: 'half-closed: the server goes on sending',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C FA 1001 5001', 'ESTABLISHED FIN_WAIT 120 ASSURED'],
      ['S A 5001 1002', 'ESTABLISHED CLOSE_WAIT 60 ASSURED'],
      ['S PA 5001 1002 +500', 'ESTABLISHED CLOSE_WAIT 60 ASSURED'],
      ['C A 1002 5501', 'ESTABLISHED CLOSE_WAIT 60 ASSURED'],
      ['S FA 5501 1002', 'ESTABLISHED LAST_ACK 30 ASSURED'],
      ['C A 1002 5502', 'ESTABLISHED TIME_WAIT 120 ASSURED'],
    ],
  },
  {
    name: 'refused',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S RA 0 1001', 'ESTABLISHED none'],
    ],
  },
  {
    name: 'reset by the server with the exact number',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C PA 1001 5001 +10', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
      ['S A 5001 1011', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S R 5001', 'ESTABLISHED CLOSE 10 ASSURED'],
    ],
  },
  {
    name: 'reset with a number inside the window',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S R 5101', 'ESTABLISHED ESTABLISHED 10 ASSURED'],
    ],
  },
  {
    name: 'reset with a number below the window',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S PA 5001 1001 +50', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
      ['C A 1001 5051', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S R 5001', 'INVALID ESTABLISHED 432000 ASSURED'],
    ],
  },
  {
    name: 'reset behind data that is not acknowledged yet',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S PA 5001 1001 +50', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
      ['S RA 5051 1001', 'ESTABLISHED CLOSE 10 ASSURED'],
    ],
  },
  {
    name: 'reset in FIN_WAIT with any number',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C FA 1001 5001', 'ESTABLISHED FIN_WAIT 120 ASSURED'],
      ['S R 77', 'ESTABLISHED CLOSE 10 ASSURED'],
    ],
  },
  {
    name: 'an acknowledgement sent again and again',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
      ['S PA 5001 1001 +10', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
    ],
  },
  {
    name: 'data over the window',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C A 400000 5001 +10', 'INVALID ESTABLISHED 432000 ASSURED'],
      ['C A 1001 5001 +10', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
    ],
  },
  {
    name: 'an acknowledgement of what was never sent',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C A 1001 9001', 'INVALID ESTABLISHED 432000 ASSURED'],
      ['C A 1001 5001 +10', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
    ],
  },
  {
    name: 'data from long before',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C A -90000 5001 +10', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S A 5001 1001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
    ],
  },
  {
    name: 'a zero window',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S A 5001 1001 w0', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
    ],
  },
  {
    name: 'picked up in its middle',
    steps: [
      ['C A 1001 5001', 'NEW ESTABLISHED 300 UNREPLIED'],
      ['S A 5001 1001', 'ESTABLISHED ESTABLISHED 300'],
      ['C PA 1001 5001 +10', 'ESTABLISHED ESTABLISHED 300 ASSURED'],
      ['S A 5001 1011', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
    ],
  },
  {
    name: 'picked up by a FIN',
    steps: [['C FA 1001 5001', 'INVALID none']],
  },
  {
    name: 'picked up by a RST',
    steps: [['C R 1001', 'INVALID none']],
  },
  {
    name: 'picked up by a SYN+ACK',
    steps: [['C SA 1001 5001', 'INVALID none']],
  },
  {
    name: 'opened from both ends at once',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S S 5000', 'ESTABLISHED SYN_SENT2 120'],
      ['C SA 1000 5001', 'ESTABLISHED SYN_RECV 60'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
    ],
  },
  {
    name: 'opened anew out of TIME_WAIT by the client',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C FA 1001 5001', 'ESTABLISHED FIN_WAIT 120 ASSURED'],
      ['S FA 5001 1002', 'ESTABLISHED LAST_ACK 30 ASSURED'],
      ['C A 1002 5002', 'ESTABLISHED TIME_WAIT 120 ASSURED'],
      ['C S 9000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 8000 9001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 9001 8001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
    ],
  },
  {
    name: 'opened anew out of TIME_WAIT by the server',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C FA 1001 5001', 'ESTABLISHED FIN_WAIT 120 ASSURED'],
      ['S FA 5001 1002', 'ESTABLISHED LAST_ACK 30 ASSURED'],
      ['C A 1002 5002', 'ESTABLISHED TIME_WAIT 120 ASSURED'],
      ['S S 9000', 'NEW SYN_SENT 120 UNREPLIED by the server'],
      ['C SA 8000 9001', 'ESTABLISHED SYN_RECV 60 by the server'],
    ],
  },
  {
    name: 'opened anew after a reset by the client',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C R 1001', 'ESTABLISHED CLOSE 10 ASSURED'],
      ['C S 9000', 'NEW SYN_SENT 120 UNREPLIED'],
    ],
  },
  {
    name: 'opened anew after a reset by the server',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S R 5001', 'ESTABLISHED CLOSE 10 ASSURED'],
      ['C S 9000', 'ESTABLISHED CLOSE 10 ASSURED'],
      ['S SA 8000 9001', 'ESTABLISHED SYN_RECV 60 ASSURED'],
    ],
  },
  {
    name: 'a stray SYN in an established connection, challenged',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C S 70000', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S A 5001 1001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C R 1001', 'ESTABLISHED CLOSE 10 ASSURED'],
    ],
  },
  {
    name: 'the client came back and the server agrees',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C S 70000', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S SA 90000 70001', 'ESTABLISHED SYN_RECV 60 ASSURED'],
      ['C A 70001 90001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
    ],
  },
  {
    name: 'a stray SYN in LAST_ACK, challenged',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['C FA 1001 5001', 'ESTABLISHED FIN_WAIT 120 ASSURED'],
      ['S FA 5001 1002', 'ESTABLISHED LAST_ACK 30 ASSURED'],
      ['C S 70000', 'ESTABLISHED LAST_ACK 30 ASSURED'],
      ['S A 5002 1002', 'ESTABLISHED LAST_ACK 30 ASSURED'],
      ['C R 1002', 'ESTABLISHED CLOSE 10 ASSURED'],
    ],
  },
  {
    name: 'a half-open server answers a SYN with an old acknowledgement',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S A 7000 500', 'ESTABLISHED SYN_SENT 120'],
      ['C R 500', 'ESTABLISHED CLOSE 10'],
    ],
  },
  {
    name: 'SYN sent again, SYN+ACK sent again',
    steps: [
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['S SA 5000 1001', 'ESTABLISHED SYN_RECV 60'],
      ['C S 1000', 'ESTABLISHED SYN_RECV 60'],
      ['C A 1001 5001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
      ['S SA 5000 1001', 'ESTABLISHED ESTABLISHED 432000 ASSURED'],
    ],
  },
  {
    name: 'flags that cannot stand together',
    steps: [
      ['C SF 1000', 'INVALID none'],
      ['C - 1000', 'INVALID none'],
      ['C F 1000', 'INVALID none'],
      ['C SR 1000', 'INVALID none'],
      ['C S 1000', 'NEW SYN_SENT 120 UNREPLIED'],
      ['C P 1001', 'INVALID SYN_SENT 120 UNREPLIED'],
    ],
  },
];
