/**
 * What one kube-proxy writes now: the proxier's program for what it knows, and the program's checksum.
 */
import { createHash } from 'node:crypto';
import type { Component } from '../component.ts';
import { PROXY_SLICES_MINOR } from '../component.ts';
import type { NodeAgent } from '../node-agent.ts';
import type { EndpointSlice } from '../object/endpoint-slice.ts';
import type { ClusterWorld } from '../state.ts';
import type { ObjectView } from '../view.ts';
import { slicesOfEndpoints } from './endpoints-slice.ts';
import { IPTABLES_PROXIER } from './iptables/proxier.ts';
import type { SyncProgram } from './proxier.ts';
import { pendingServices } from './runner.ts';

/** @param full write everything, whatever has changed */
export function syncProgram<W extends ClusterWorld>(
  world: W,
  agent: NodeAgent<W>,
  component: Readonly<Component>,
  revision: number,
  full: boolean,
): SyncProgram {
  const { config, store } = world.cluster;
  const node = component.node!;
  const view = store.view(revision);
  const changed = full ? undefined : pendingServices(component.runner!);
  return IPTABLES_PROXIER.sync({
    services: view.list('Service'),
    endpointSlices: slicesOf(view, config.minor),
    node: {
      name: node.name,
      ips: node.ips,
      labels: view.get('Node', undefined, node.name)?.metadata.labels ?? {},
      localAddresses: config.proxy.nodePortAddresses.length === 0 ? [] : agent.localAddresses(world, node.host),
    },
    config: config.proxy,
    existingChains: agent.natChains(world, node.host),
    ...(changed === undefined ? {} : { changed }),
  });
}

function slicesOf(view: ObjectView, minor: number): readonly EndpointSlice[] {
  return minor < PROXY_SLICES_MINOR ? view.list('Endpoints').flatMap(slicesOfEndpoints) : view.list('EndpointSlice');
}

/** First 16 hex digits of a sha256 over all that the node's tools are given. */
export function programChecksum(program: SyncProgram): string {
  return createHash('sha256').update(JSON.stringify(program)).digest('hex').slice(0, 16);
}
