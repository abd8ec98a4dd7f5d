/**
 * Which of a scenario's own requests are sent again: of each traffic row so many, evenly over its requests, the first
 * and the last among them.
 */

import type { ClusterState } from '../../controllers/state.ts';
import { MILLISECOND } from '../../core/time.ts';
import { NetEventKind, type NetEventOf } from '../../net/event.ts';
import type { Host } from '../../net/host.ts';
import type { Network } from '../../net/network.ts';
import { Protocol } from '../../net/packet.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { LATEST_END_NS, Simulation } from '../simulation.ts';
import type { WorldEvent } from '../world/event.ts';
import { sourceKind, targetKind } from './cell.ts';
import type { Flow } from './flow.ts';

const PROTOCOL_NAMES = { [Protocol.Tcp]: 'tcp', [Protocol.Udp]: 'udp', [Protocol.Icmp]: 'icmp' } as const;

/** Says in which cell of a coverage table a flow counts. */
export type FlowCell = (
  net: Network,
  cluster: ClusterState,
  from: Host,
  asked: Pick<Flow, 'protocol' | 'to' | 'port'>,
) => string;

/** Places of a sample of `most` out of `size`, first and last included. */
export function samplePlaces(size: number, most: number): number[] {
  if (size <= most) return Array.from({ length: size }, (_, i) => i);
  if (most === 1) return [0];
  return Array.from({ length: most }, (_, i) => Math.round((i * (size - 1)) / (most - 1)));
}

/**
 * Simulates a scenario to its end and takes a sample of its requests.
 * @param perRow at most this many of each traffic row
 * @param cell absent: by CNI, sender, kind of address and protocol
 */
export function trafficFlows(scenario: Scenario, perRow: number, cell?: FlowCell): Flow[] {
  const wanted = scenario.traffic.map(({ requests }) => new Set(samplePlaces(requests, perRow)));
  const flows: Flow[] = [];
  if (scenario.traffic.length === 0) return flows;
  const simulation = new Simulation(scenario);
  const { net, cluster } = simulation.world;
  simulation.events.subscribe((event: WorldEvent) => {
    if (event.kind !== NetEventKind.RequestStarted) return;
    const started = event as NetEventOf<'RequestStarted'>;
    const { traffic, number, at, host, destination, ports, protocol } = started;
    const row = scenario.traffic[traffic];
    if (row === undefined || wanted[traffic]?.has(number) !== true) return;
    const from = net.host(host);
    const to = net.addresses.text(destination);
    const name = PROTOCOL_NAMES[protocol as keyof typeof PROTOCOL_NAMES];
    const port = protocol === Protocol.Icmp ? 0 : ports & 0xffff;
    flows.push({
      name: `${row.name} #${number}`,
      atNs: at,
      from: from.name,
      protocol: name,
      to,
      port,
      ...(row.source === undefined ? {} : { source: row.source }),
      ...(row.sourcePort === undefined ? {} : { sourcePort: row.sourcePort }),
      text: started.text,
      requestBytes: started.requestBytes,
      responseBytes: started.responseBytes,
      ...(started.timeoutNs === 0 ? {} : { timeoutMs: started.timeoutNs / MILLISECOND }),
      isProbe: false,
      cell:
        cell?.(net, cluster, from, { protocol: name, to, port }) ??
        `${scenario.kubernetes.cni} · ${sourceKind(from)} · ${targetKind(net, cluster, to, port)} · ${name}`,
    });
  });
  simulation.runUntil(scenario.untilNs ?? lastRequestNs(simulation));
  simulation.check();
  return flows;
}

/** Where a run without an end has come to rest. */
function lastRequestNs(simulation: Simulation): number {
  while (simulation.engine.step(500, LATEST_END_NS) === 500 && !simulation.isIdle());
  return simulation.nowNs;
}
