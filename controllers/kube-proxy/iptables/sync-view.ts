/**
 * What the writer of either layout reads: the service ports in order, each with its endpoint sets and chain names.
 */
import { ZONE_LABEL } from '../../object/node.ts';
import type { EndpointMap } from '../endpoint-info.ts';
import { mergeSlices } from '../endpoint-info.ts';
import type { SyncInputs } from '../proxier.ts';
import type { ServicePortInfo } from '../service-port.ts';
import { servicePortsOf } from '../service-port.ts';
import type { EndpointSets } from '../topology.ts';
import { categorize } from '../topology.ts';
import type { PortChains } from './chain.ts';
import { portChains } from './chain.ts';

export interface SyncPort {
  readonly info: ServicePortInfo;
  readonly sets: EndpointSets;
  readonly chains: PortChains;
  /** Its own chains are to be written in this sync. */
  readonly written: boolean;
}

export interface SyncView {
  /** In the code-unit order of `namespace/name:port:PROTOCOL`; upstream's order is that of a Go map. */
  readonly ports: readonly SyncPort[];
  /** Endpoints over all service ports, used or not. */
  readonly endpointCount: number;
}

/** Above this number of endpoints the comments of per-endpoint rules are left out. */
const LARGE_CLUSTER = 1000;

/** Whether kube-proxy spares comments and stale-chain clean-ups. */
export function isLargeCluster(view: SyncView): boolean {
  return view.endpointCount > LARGE_CLUSTER;
}

export function syncView(inputs: SyncInputs): SyncView {
  const { config, node, changed } = inputs;
  const { profile, family } = config;
  const infos: ServicePortInfo[] = [];
  const reading = { ...profile, family };
  for (const service of inputs.services) for (const info of servicePortsOf(service, reading)) infos.push(info);
  infos.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const endpoints: EndpointMap = mergeSlices(inputs.endpointSlices, family, node.name);
  const place = { name: node.name, zone: node.labels[ZONE_LABEL] ?? '' };
  let endpointCount = 0;
  const ports = infos.map((info) => {
    const all = endpoints.get(info.key) ?? [];
    endpointCount += all.length;
    return {
      info,
      sets: categorize(all, info, place, profile.topology),
      chains: portChains(info, profile.trailingColon),
      written: changed === undefined || changed.has(info.service),
    };
  });
  return { ports, endpointCount };
}
