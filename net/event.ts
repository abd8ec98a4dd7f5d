/**
 * What has happened on the network. A packet's passage through a host is one decision, and one wide event says all
 * that it did. Kinds 1-63.
 */
import type { EventKinds, EventOf, EventsOf } from '../core/event-kind.ts';
import type { columns } from './column.ts';

const passage = {
  host: 'host',
  flow: 'flow',
  packet: 'packet',
  inner: 'inner',
  originalSource: 'originalSource',
  originalDestination: 'originalDestination',
  originalPorts: 'originalPorts',
  beforeSource: 'beforeSource',
  beforeDestination: 'beforeDestination',
  beforePorts: 'beforePorts',
  source: 'source',
  destination: 'destination',
  ports: 'ports',
  header: 'header',
  sequence: 'sequence',
  acknowledgement: 'acknowledgement',
  payloadBytes: 'payloadBytes',
  sizeBytes: 'sizeBytes',
  inInterface: 'inInterface',
  outInterface: 'outInterface',
  /** Interface that the frame is addressed to; 0: it waits for its neighbour's answer. For a delivered packet the socket. */
  target: 'target',
  path: 'path',
  entry: 'entry',
  /** `PassageState` bits, the drop reason shifted by 16. */
  state: 'state',
  /** When it reaches the far end of the link, in ns; for one that waits, its neighbour's address; 0: never. */
  until: 'until',
} as const;

export const netEvents = {
  /** A packet made on this host left it. */
  PacketSent: { kind: 1, fields: passage },
  PacketForwarded: { kind: 2, fields: passage },
  /** A socket, or the kernel itself, took it. */
  PacketDelivered: { kind: 3, fields: passage },
  PacketDropped: { kind: 4, fields: passage },
  /** It ended and its sender is told: no socket, or a REJECT rule. */
  PacketRejected: { kind: 5, fields: passage },
  /** It met a rule that the model doesn't know; `text` is the rule. */
  PacketUnknown: { kind: 6, fields: { ...passage, text: 'text' } },
  /** It had waited for its neighbour and left. */
  PacketReleased: {
    kind: 7,
    fields: {
      host: 'host',
      flow: 'flow',
      packet: 'packet',
      address: 'destination',
      outInterface: 'outInterface',
      target: 'target',
      state: 'state',
      until: 'until',
    },
  },
  /** A path through a rule set, told once; later events carry its number. `text`: rules as table:chain:number. */
  PathTaken: { kind: 8, fields: { host: 'host', path: 'path', text: 'text' } },
  NeighbourSolicited: {
    kind: 10,
    fields: { host: 'host', interface: 'outInterface', address: 'destination', generation: 'state' },
  },
  NeighbourAnswered: {
    kind: 11,
    fields: {
      host: 'host',
      interface: 'outInterface',
      asker: 'target',
      address: 'destination',
      askerAddress: 'source',
      generation: 'state',
      replyAt: 'until',
    },
  },
  NeighbourLearned: {
    kind: 12,
    fields: {
      host: 'host',
      interface: 'outInterface',
      address: 'destination',
      target: 'target',
      reachableUntil: 'until',
    },
  },
  NeighbourFailed: { kind: 13, fields: { host: 'host', interface: 'outInterface', address: 'destination' } },
  RequestStarted: {
    kind: 20,
    fields: {
      host: 'host',
      flow: 'flow',
      traffic: 'packet',
      number: 'inner',
      source: 'source',
      destination: 'destination',
      ports: 'ports',
      protocol: 'header',
      requestBytes: 'payloadBytes',
      responseBytes: 'sizeBytes',
      keep: 'state',
      timeoutNs: 'until',
      text: 'text',
    },
  },
  RequestWritten: { kind: 21, fields: { host: 'host', flow: 'flow', socket: 'target', bytes: 'payloadBytes' } },
  /** A server with so many workers took a request. `dueAt`: when its answer will be there, in ns; -1: it is turned away. */
  RequestTaken: { kind: 27, fields: { host: 'host', flow: 'flow', socket: 'target', dueAt: 'until' } },
  /** A server answered: `text` is what it says of itself (the answer's start line or name). */
  RequestAnswered: {
    kind: 22,
    fields: { host: 'host', flow: 'flow', socket: 'target', bytes: 'payloadBytes', status: 'state', close: 'entry' },
  },
  /** A request has ended; all that a measure needs of it. */
  RequestCompleted: {
    kind: 23,
    fields: {
      host: 'host',
      flow: 'flow',
      traffic: 'packet',
      number: 'inner',
      outcome: 'state',
      status: 'payloadBytes',
      server: 'target',
      /** Client's own address, and what the server saw. */
      source: 'originalSource',
      seen: 'source',
      seenPorts: 'ports',
      originalDestination: 'originalDestination',
      originalPorts: 'originalPorts',
      hops: 'sequence',
      ttlHops: 'acknowledgement',
      dnat: 'inInterface',
      snat: 'outInterface',
      startedAt: 'until',
    },
  },
  SocketTimerFired: { kind: 24, fields: { host: 'host', flow: 'flow', socket: 'target' } },
  SocketClosed: { kind: 25, fields: { host: 'host', flow: 'flow', socket: 'target' } },
  SocketForgotten: { kind: 26, fields: { host: 'host', flow: 'flow', socket: 'target' } },
  HostChanged: { kind: 30, fields: { host: 'host', state: 'state' } },
  LinkChanged: {
    kind: 31,
    fields: { link: 'outInterface', up: 'state', delayNs: 'until', lossMillionths: 'sizeBytes' },
  },
  RulesEdited: { kind: 32, fields: { host: 'host', text: 'text' } },
  SysctlSet: { kind: 33, fields: { host: 'host', text: 'text' } },
  FaultArmed: { kind: 35, fields: { from: 'host', to: 'target', flags: 'header', count: 'state' } },
  FaultStruck: { kind: 36, fields: { from: 'host', to: 'target', flags: 'header' } },
  /** `text`: `ConntrackFilter`, JSON. */
  ConnectionsForgotten: { kind: 39, fields: { host: 'host', text: 'text' } },
  /** A host ran out of something that is bounded; `bound`: `Bound`. What was to be had is refused. */
  BoundReached: { kind: 38, fields: { host: 'host', flow: 'flow', bound: 'state' } },
  /** A program began to look a name up. `text`: `LookupOrder`, JSON. */
  LookupStarted: {
    kind: 40,
    fields: { host: 'host', flow: 'flow', traffic: 'packet', number: 'inner', timeoutNs: 'until', text: 'text' },
  },
  /** A question went into a socket. `message`: its number, which its packet carries as `sequence`; `text`: type and name. */
  QuerySent: {
    kind: 41,
    fields: {
      host: 'host',
      flow: 'flow',
      message: 'inner',
      protocol: 'header',
      source: 'source',
      destination: 'destination',
      ports: 'ports',
      bytes: 'payloadBytes',
      text: 'text',
    },
  },
  /** Whoever asked took an answer out of its socket, or heard an error: `message` 0, `icmp` what it was told. */
  AnswerRead: {
    kind: 42,
    fields: { host: 'host', flow: 'flow', socket: 'target', message: 'inner', icmp: 'header' },
  },
  LookupTimerFired: { kind: 43, fields: { host: 'host', flow: 'flow' } },
  /** A name server answered. `message`: the query; `answer`: the number of its answer; `text`: the answer, JSON. */
  QueryAnswered: {
    kind: 44,
    fields: {
      host: 'host',
      flow: 'flow',
      socket: 'target',
      message: 'inner',
      answer: 'packet',
      rcode: 'state',
      bytes: 'payloadBytes',
      text: 'text',
    },
  },
  /** A name server asked another about a query. `about`: the query; `message`: its own question; `text`: type and name. */
  QueryForwarded: {
    kind: 45,
    fields: {
      host: 'host',
      flow: 'flow',
      socket: 'target',
      about: 'packet',
      message: 'inner',
      source: 'source',
      destination: 'destination',
      ports: 'ports',
      bytes: 'payloadBytes',
      text: 'text',
    },
  },
  /** The name server that was asked kept silent. */
  ForwardTimedOut: { kind: 46, fields: { host: 'host', flow: 'flow', about: 'packet', message: 'inner' } },
  /** `error`: `LookupFailure`; `text`: the addresses, or the resolver's own words. */
  LookupEnded: {
    kind: 47,
    fields: {
      host: 'host',
      flow: 'flow',
      traffic: 'packet',
      number: 'inner',
      error: 'state',
      queries: 'sequence',
      startedAt: 'until',
      text: 'text',
    },
  },
  /** An ICMP error was due but its rate limit was reached. */
  IcmpSuppressed: { kind: 37, fields: { host: 'host', packet: 'packet', flow: 'flow', icmp: 'header' } },
} as const satisfies EventKinds<typeof columns>;

type Declared = typeof netEvents;

export type NetEvent = EventsOf<typeof columns, Declared>;
export type NetEventOf<Name extends keyof Declared> = EventOf<typeof columns, Declared[Name]>;

/** The numbers of the kinds, by name. */
export const NetEventKind = Object.fromEntries(Object.entries(netEvents).map(([name, { kind }]) => [name, kind])) as {
  readonly [N in keyof Declared]: Declared[N]['kind'];
};

/** The events that end or move a packet: one shape. */
export type PassageEvent = NetEventOf<
  'PacketSent' | 'PacketForwarded' | 'PacketDelivered' | 'PacketDropped' | 'PacketRejected'
>;

/** A passage whatever its end. */
export type AnyPassage = PassageEvent | NetEventOf<'PacketUnknown'>;

/** What a host may run out of. Bounds that end a packet are told by its drop reason. */
export const Bound = { EphemeralPorts: 1 } as const;

/** Low half of a passage's `state`; the drop reason stands in the high half. */
export const PassageState = {
  /** Conntrack state as `CtState` bits 0-6. */
  CtMask: 0x7f,
  /** The packet goes in the reply direction of its entry. */
  Reply: 0x80,
  /** Its entry is made (confirmed) with this packet. */
  Confirm: 0x100,
  /** Source or destination was translated on this host. */
  Snat: 0x200,
  Dnat: 0x400,
  /** It never left: made here and ended here. */
  Local: 0x800,
  /** Bridged, not routed. */
  Bridged: 0x1000,
  DontFragment: 0x2000,
  /** A TCP socket's own segment, rather than the kernel's. */
  FromSocket: 0x4000,
  /** It was lost inside the tunnel packet that carried it. */
  Carried: 0x8000,
} as const;
