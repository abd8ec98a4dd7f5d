/**
 * What one kube-proxy writes now: the proxier's program for what it knows, and the program's checksum. Nodes whose
 * inputs make no difference share one program.
 */
import { createHash } from 'node:crypto';
import type { Component } from '../component.ts';
import type { NodeAgent } from '../node-agent.ts';
import type { EndpointSlice } from '../object/endpoint-slice.ts';
import type { Service } from '../object/service.ts';
import type { ClusterState, ClusterWorld } from '../state.ts';
import type { ObjectStore } from '../store.ts';
import type { ObjectView } from '../view.ts';
import { type EndpointKind, lastSeen, proxyChanges } from './change-tracker.ts';
import { slicesOfEndpoints } from './endpoints-slice.ts';
import { IPTABLES_PROXIER } from './iptables/proxier.ts';
import { type NodeSensitivity, nodeDifference, nodeSensitivity } from './node-difference.ts';
import type { ProxyNode, SyncProgram } from './proxier.ts';

export interface SyncScope {
  /** What it was told of bears on its rules. */
  readonly wanted: boolean;
  /** Everything is to be written. */
  readonly full: boolean;
  /** `namespace/name` of the services that changed since its rules were written. */
  readonly changed: ReadonlySet<string>;
}

/** What a kube-proxy that is told of everything up to `revision` has to write. */
export function syncScope(
  { store, config }: ClusterState,
  component: Readonly<Component>,
  revision: number,
): SyncScope {
  const { runner, node, cursor } = component;
  const from = component.pending ? cursor : revision;
  const reading = { ...config.proxy.profile, family: config.proxy.family };
  const { any, services } = proxyChanges(store, from, revision, runner!.reads, reading);
  const full = runner!.full || hasNewLabels(store, node!.name, from, revision);
  return { wanted: any || full, full, changed: services };
}

function hasNewLabels(store: ObjectStore, node: string, from: number, to: number): boolean {
  if (from === to) return false;
  const [before, after] = [from, to].map((revision) => store.view(revision).get('Node', undefined, node));
  return before !== after && JSON.stringify(before?.metadata.labels) !== JSON.stringify(after?.metadata.labels);
}

/** What every node's kube-proxy sees at one revision. */
interface Snapshot {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly sensitivity: NodeSensitivity;
}

/** Snapshots that are kept: nodes sync at the same instant, or shortly one after the other. */
const KEPT = 8;
const snapshots = new WeakMap<ObjectStore, Map<number, Snapshot>>();
/** By the chains that are there before, which nodes with the same rules have in common. */
const programs = new WeakMap<ObjectStore, WeakMap<readonly string[], Map<string, SyncProgram>>>();

/** @param full write everything, whatever has changed */
export function syncProgram<W extends ClusterWorld>(
  world: W,
  agent: NodeAgent<W>,
  component: Readonly<Component>,
  revision: number,
  full: boolean,
): SyncProgram {
  const { config, store } = world.cluster;
  const { name, ips, host } = component.node!;
  const labels = store.view(revision).get('Node', undefined, name)?.metadata.labels ?? {};
  const localAddresses = config.proxy.nodePortAddresses.length === 0 ? [] : agent.localAddresses(world, host);
  const node: ProxyNode = { name, ips, labels, localAddresses };
  const { reads } = component.runner!;
  const snapshot = snapshotAt(world.cluster, reads, revision);
  const existingChains = agent.natChains(world, host);
  const from = component.pending ? component.cursor : revision;
  const span = full ? '' : lastSeen(store, reads, from);
  const inputs = `${lastSeen(store, reads, revision)} ${span} ${nodeDifference(snapshot.sensitivity, node)}`;
  const known = programsFor(store, existingChains);
  let program = known.get(inputs);
  if (program === undefined) {
    program = IPTABLES_PROXIER.sync({
      services: snapshot.services,
      endpointSlices: snapshot.slices,
      node,
      config: config.proxy,
      existingChains,
      ...(full ? {} : { changed: syncScope(world.cluster, component, revision).changed }),
    });
    known.set(inputs, program);
  }
  return program;
}

function programsFor(store: ObjectStore, chains: readonly string[]): Map<string, SyncProgram> {
  let byChains = programs.get(store);
  if (byChains === undefined) {
    byChains = new WeakMap();
    programs.set(store, byChains);
  }
  let known = byChains.get(chains);
  if (known === undefined) {
    known = new Map();
    byChains.set(chains, known);
  }
  return known;
}

function snapshotAt({ store, config }: ClusterState, reads: EndpointKind, revision: number): Snapshot {
  let known = snapshots.get(store);
  if (known === undefined) {
    known = new Map();
    snapshots.set(store, known);
  }
  const seen = lastSeen(store, reads, revision);
  let snapshot = known.get(seen);
  if (snapshot === undefined) {
    const view = store.view(revision);
    const services = view.list('Service');
    const slices = slicesOf(view, reads);
    snapshot = { services, slices, sensitivity: nodeSensitivity(services, slices, config.proxy) };
    if (known.size === KEPT) known.delete(known.keys().next().value!);
    known.set(seen, snapshot);
  }
  return snapshot;
}

function slicesOf(view: ObjectView, reads: EndpointKind): readonly EndpointSlice[] {
  return reads === 'Endpoints' ? view.list('Endpoints').flatMap(slicesOfEndpoints) : view.list('EndpointSlice');
}

const checksums = new WeakMap<SyncProgram, string>();

/** First 16 hex digits of a sha256 over all that the node's tools are given. */
export function programChecksum(program: SyncProgram): string {
  let checksum = checksums.get(program);
  if (checksum === undefined) {
    checksum = createHash('sha256').update(JSON.stringify(program)).digest('hex').slice(0, 16);
    checksums.set(program, checksum);
  }
  return checksum;
}
