/**
 * The story of a flow out of its record: which packets are told step by step, there and back, which are folded, and
 * what became of the request, in a sentence.
 */

import type { Network } from '../../net/network.ts';
import { OUTCOME_NAMES, Outcome } from '../../net/request.ts';
import type { FlowRecord, RecordedPacket } from './flow-record.ts';
import { summaryOf } from './summary.ts';
import type { FoldedPacket, Trace, TraceServer, TraceStep } from './trace.ts';
import { protocolText, tupleText } from './tuple-text.ts';

/** What the record itself doesn't know of the request. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly seed: string;
  readonly scenario: string;
}

/** @param only the one packet to tell; absent: the request's first way there and back */
export function storyOf(net: Network, record: FlowRecord, asked: Asked, only?: number): Trace {
  const { started, completed } = record;
  const packets = [...record.packets.values()];
  const there = only === undefined ? told(packets, true) : packets.filter(({ id }) => id === only);
  const back = only === undefined ? told(packets, false) : [];
  const shown = new Set([...there, ...back].map(({ id }) => id));
  const outcome = OUTCOME_NAMES[completed?.outcome ?? Outcome.InFlight]!;
  const protocol = started?.protocol ?? 6;
  const base: Omit<Trace, 'summary'> = {
    request: {
      from: asked.from,
      to: asked.to,
      atNs: record.lookups.started?.at ?? started?.at ?? 0,
      flow: record.flow,
      protocol: protocolText(protocol),
      tuple:
        started === undefined
          ? ''
          : tupleText(net.addresses, protocol, started.source, started.destination, started.ports),
    },
    ...(record.lookups.lines.length === 0 ? {} : { lookups: record.lookups.lines }),
    outcome,
    status: completed === undefined || completed.status === 0 ? null : completed.status,
    server: serverOf(record),
    hops: there.flatMap((packet) => withCarriers(packet, packets)),
    reply: back.flatMap((packet) => withCarriers(packet, packets)),
    tookNs: completed === undefined ? null : completed.at - completed.startedAt,
    packetHops: completed === undefined || completed.server === 0 ? null : completed.hops,
    ttlHops: completed === undefined || completed.server === 0 ? null : completed.ttlHops,
    others: packets.filter(({ id, carries }) => carries === 0 && !shown.has(id)).map((one) => folded(one, packets)),
    seed: asked.seed,
    scenario: asked.scenario,
  };
  return { ...base, summary: summaryOf(base, there, back) };
}

/** The first packet of a direction; where it didn't get through, also the first one that did. */
function told(packets: readonly RecordedPacket[], forward: boolean): RecordedPacket[] {
  const own = packets.filter((packet) => packet.forward === forward && packet.carries === 0 && !packet.aside);
  const [first] = own;
  if (first === undefined) return [];
  const arrived = gotThrough(first) ? undefined : own.find(gotThrough);
  return arrived === undefined ? [first] : [first, arrived];
}

/** To a socket, or to where somebody said no. */
function gotThrough({ fate }: RecordedPacket): boolean {
  return fate === 'delivered' || fate === 'rejected';
}

/** Its steps, and those of the tunnel packets that carried it where they belong: in order of time. */
function withCarriers(packet: RecordedPacket, packets: readonly RecordedPacket[]): TraceStep[] {
  const carriers = packets.filter(({ carries }) => carries === packet.id);
  if (carriers.length === 0) return packet.steps;
  const steps: TraceStep[] = [];
  let next = 0;
  for (const step of packet.steps) {
    steps.push(step);
    if (step.step === 'tunnel') steps.push(...(carriers[next++]?.steps ?? []));
  }
  return steps;
}

function folded(packet: RecordedPacket, packets: readonly RecordedPacket[]): FoldedPacket {
  const { id, bornNs, label, tuple, payloadBytes, hosts, fate, forward } = packet;
  return {
    packet: id,
    atNs: bornNs,
    label,
    direction: forward ? 'forward' : 'back',
    tuple,
    payloadBytes,
    hosts: hosts.filter((host, i) => host !== hosts[i - 1]),
    fate: fate === '' ? 'in flight' : fate,
    steps: withCarriers(packet, packets),
  };
}

function serverOf({ server }: FlowRecord): TraceServer | null {
  if (server === undefined) return null;
  const { host, name, role, node, peer, peerPort } = server;
  // On a node listens a pod with its host's network, or nobody of a name.
  const pod = role === 'pod' ? host.replace(/^default\//, '') : name === host ? null : name;
  return { host: node, pod, peer, peerPort };
}
