/**
 * Which service an address and port belong to, and who was ready to answer for it, at the instant that is asked about.
 * Kept from one request to the next until an object that bears on it is written.
 */
import { type ClusterEvent, ClusterEventKind } from '../../controllers/event.ts';
import type { EndpointSlice } from '../../controllers/object/endpoint-slice.ts';
import type { Service } from '../../controllers/object/service.ts';
import type { ObjectView } from '../../controllers/view.ts';
import type { World } from '../world/world.ts';

export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  /** Place of the port in `.spec.ports`. */
  readonly port: number;
  /** Asked for by the port of a node. */
  readonly byNode: boolean;
  /** What `externalTrafficPolicy` says, where the port of a node is asked. */
  readonly local: boolean;
  readonly affinity: boolean;
  /** Names of the endpoints that are ready, in order; those of one set are one array. */
  readonly ready: readonly string[];
}

const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

/** A pod as a report names it: with its namespace unless that is `default`. */
export function podName(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === 'default' ? name : `${namespace}/${name}`;
}

export class ServiceIndex {
  readonly #world: World;
  #byAddress = new Map<string, ServicePort>();
  #byNodePort = new Map<string, ServicePort>();
  #stale = true;

  constructor(world: World) {
    this.#world = world;
  }

  /** To be told of every write. */
  take(event: ClusterEvent): void {
    if (event.kind !== ClusterEventKind.ObjectWritten && event.kind !== ClusterEventKind.ObjectDeleted) return;
    this.#stale ||= /"kind":"(Service|EndpointSlice|Endpoints)"/.test(event.text);
  }

  /** @param protocol IP protocol number. @returns the service that owns the address or node port */
  find(address: string, port: number, protocol: number): ServicePort | undefined {
    if (this.#stale) this.#rebuild();
    return this.#byAddress.get(`${address} ${port} ${protocol}`) ?? this.#onNode(address, port, protocol);
  }

  #onNode(address: string, port: number, protocol: number): ServicePort | undefined {
    const found = this.#byNodePort.get(`${port} ${protocol}`);
    if (found === undefined) return undefined;
    const { nodes } = this.#world.cluster.config;
    return address.startsWith('127.') || nodes.some(({ ips }) => ips.includes(address)) ? found : undefined;
  }

  #rebuild(): void {
    this.#stale = false;
    this.#byAddress = new Map();
    this.#byNodePort = new Map();
    const { store } = this.#world.cluster;
    const view = store.view(store.revision);
    for (const service of view.list('Service')) this.#add(service, readyEndpoints(service, view));
  }

  #add({ metadata, spec }: Service, ready: readonly string[]): void {
    for (const [index, { port, protocol, nodePort }] of (spec.ports ?? []).entries()) {
      const entry: ServicePort = {
        namespace: metadata.namespace ?? 'default',
        name: metadata.name,
        port: index,
        byNode: false,
        local: false,
        affinity: spec.sessionAffinity === 'ClientIP',
        ready,
      };
      const number = PROTOCOL_NUMBERS[protocol] ?? 6;
      for (const address of [...(spec.clusterIPs ?? [spec.clusterIP ?? '']), ...(spec.externalIPs ?? [])]) {
        if (address !== '' && address !== 'None') this.#byAddress.set(`${address} ${port} ${number}`, entry);
      }
      if (nodePort !== undefined && nodePort !== 0) {
        const local = spec.externalTrafficPolicy === 'Local';
        this.#byNodePort.set(`${nodePort} ${number}`, { ...entry, byNode: true, local });
      }
    }
  }
}

function readyEndpoints({ metadata }: Service, view: ObjectView): string[] {
  const names = new Set<string>();
  const slices = view.listBy('EndpointSlice', 'service', `${metadata.namespace ?? ''}/${metadata.name}`);
  for (const slice of slices as readonly EndpointSlice[]) {
    for (const { addresses, conditions, targetRef } of slice.endpoints) {
      if (conditions?.ready === false) continue;
      names.add(targetRef?.name === undefined ? (addresses[0] ?? '') : podName(targetRef.namespace, targetRef.name));
    }
  }
  if (slices.length === 0) {
    for (const { addresses = [] } of view.get('Endpoints', metadata.namespace, metadata.name)?.subsets ?? []) {
      for (const { ip, targetRef } of addresses)
        names.add(targetRef?.name === undefined ? ip : podName(targetRef.namespace, targetRef.name));
    }
  }
  return [...names].sort();
}
