/**
 * What makes the rules of one node differ from another's: little, and for most nodes nothing. Endpoints on the node
 * itself count where a policy is Local; name, zone and addresses only where an endpoint or a service asks for them.
 */

import type { EndpointSlice } from '../object/endpoint-slice.ts';
import { ZONE_LABEL } from '../object/node.ts';
import type { Service } from '../object/service.ts';
import { endpointCount, mergeSlices } from './endpoint-info.ts';
import type { ProxyConfig, ProxyNode } from './proxier.ts';
import { servicePortsOf } from './service-port.ts';
import { usesLocal } from './topology.ts';

/** What of a node bears on the rules that these objects give. */
export interface NodeSensitivity {
  /** Endpoints are chosen by the node's own name: one hints at nodes, or is in two slices. */
  readonly name: boolean;
  readonly zone: boolean;
  /** A load balancer's source ranges may hold the node. */
  readonly addresses: boolean;
  /** The endpoints of ports with a Local policy that are on each node, as text. */
  readonly local: ReadonlyMap<string, string>;
}

/** @param slices of the services, in any order */
export function nodeSensitivity(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  { profile, family }: ProxyConfig,
): NodeSensitivity {
  const reading = { ...profile, family };
  const endpoints = mergeSlices(slices, family, '');
  const local = new Map<string, string>();
  let addresses = false;
  let merged = 0;
  let name = false;
  let zone = false;
  for (const list of endpoints.values()) {
    merged += list.length;
    for (const { zoneHints, nodeHints } of list) {
      if (zoneHints.length > 0) zone = true;
      if (nodeHints.length > 0) name = true;
    }
  }
  let read = 0;
  for (const slice of slices) read += endpointCount(slice, family);
  for (const service of services) {
    for (const info of servicePortsOf(service, reading)) {
      if (info.sourceRanges.length > 0) addresses = true;
      if (!usesLocal(info)) continue;
      for (const { nodeName = '', text, ready, serving, terminating } of endpoints.get(info.key) ?? []) {
        const entry = `${info.key} ${text} ${ready} ${serving} ${terminating};`;
        local.set(nodeName, (local.get(nodeName) ?? '') + entry);
      }
    }
  }
  return { name: name || read !== merged, zone, addresses, local };
}

/** Nodes with the same text get the same rules. */
export function nodeDifference(sensitivity: NodeSensitivity, { name, ips, labels, localAddresses }: ProxyNode): string {
  return JSON.stringify([
    sensitivity.name ? name : '',
    sensitivity.zone ? (labels[ZONE_LABEL] ?? '') : '',
    sensitivity.addresses ? ips : [],
    localAddresses,
    sensitivity.local.get(name) ?? '',
  ]);
}
