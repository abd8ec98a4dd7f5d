/**
 * How long first packets take on a node with rules: at each place of the rule set and without rules, in turns over
 * several rounds, so that what slows a round down slows its baseline too.
 */
import { median } from '../race.ts';
import type { CostPoint } from './cost-fit.ts';
import type { CostLab } from './cost-lab.ts';
import type { PacketKind } from './first-packet-sender.ts';
import { SERVICE_PORT, type ServiceRules } from './service-rules.ts';

export interface Turns {
  readonly rounds: number;
  /** Connections to each place in each round. */
  readonly connections: number;
}

export interface FirstPacketTimes {
  /** New TCP connections. */
  readonly points: readonly CostPoint[];
  /** A datagram that is the first of its flow, where no service matches. */
  readonly datagram: CostPoint;
  /** The second one of such a flow: it is tracked, and the nat table is not asked. Its count of rules is not taken: 0. */
  readonly later: CostPoint;
}

interface Asked {
  readonly place: string;
  readonly kind: PacketKind;
  readonly address: string;
  readonly examined: number;
  readonly tookNs: number[];
}

const BARE: readonly PacketKind[] = ['tcp', 'udp', 'later'];

/**
 * @param bare a lab without rules
 * @param ruled one whose node has them
 */
export async function firstPacketTimes(
  bare: CostLab,
  ruled: CostLab,
  { services, places }: ServiceRules,
  { rounds, connections }: Turns,
): Promise<FirstPacketTimes> {
  const none = places.find(({ name }) => name === 'none')!;
  const asked: Asked[] = [
    ...places.map(({ name, address, examined }) => ({
      place: name,
      kind: 'tcp' as const,
      address,
      examined,
      tookNs: [],
    })),
    { place: 'datagram', kind: 'udp', address: none.address, examined: none.examinedByDatagram, tookNs: [] },
    { place: 'later', kind: 'later', address: none.address, examined: 0, tookNs: [] },
  ];
  const bareNs: Record<PacketKind, number[]> = { tcp: [], udp: [], later: [] };
  // What is tracked from before would spare its connections the rules.
  await ruled.node('conntrack -F 2>&1');
  for (let round = 0; round < rounds; round++) {
    for (const kind of BARE)
      bareNs[kind].push(median(await bare.sender.send(kind, none.address, SERVICE_PORT, connections)));
    for (const { kind, address, tookNs } of asked)
      tookNs.push(median(await ruled.sender.send(kind, address, SERVICE_PORT, connections)));
  }
  const points = asked.map(
    ({ place, kind, examined, tookNs }): CostPoint => ({ services, place, examined, tookNs, bareNs: bareNs[kind] }),
  );
  return { points: points.slice(0, places.length), datagram: points.at(-2)!, later: points.at(-1)! };
}
