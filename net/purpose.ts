/**
 * What a draw is for: the first word of its key. Numbers are never reused, so a new purpose shifts no old draw. The
 * control plane's begin at 64, runs' at 128.
 */
export const Purpose = {
  /** `statistic --mode random`; subject: packet and host, index: rule. */
  Statistic: 1,
  /** Source port of a translation; subject: packet, index: host and attempt. */
  NatPort: 2,
  /** Address out of a range of translations; subject: packet. */
  NatAddress: 3,
  /** Ephemeral port of a client; subject: flow, index: attempt. */
  EphemeralPort: 4,
  /** Loss on a link; subject: packet, index: interface. */
  LinkLoss: 5,
  /** How long a neighbour stays reachable; subject: interface, index: generation. */
  Reachable: 6,
  /** Source port of a tunnel's outer packets; subject: flow, index: the sender's ports and retransmissions; ICMP: the two addresses. */
  TunnelPort: 7,
  /** Identifier of an echo request; subject: flow. */
  EchoIdentifier: 8,
  /** Source port of a resolver's socket; subject: flow, index: the socket's number and attempt. */
  ResolverPort: 9,
  /** Order of an answer's addresses; subject: message, index: place. */
  AnswerOrder: 10,
  /** Whether a datagram races with the first of its connection; subject: host and packet. */
  ConntrackRace: 11,
  /** How long a worker takes for a request; subject: flow, index: socket. */
  ServiceTime: 12,
} as const;
