/**
 * The EndpointSlice controller: slices for each Service with a selector, with the conditions of each pod's endpoint.
 * @see kubernetes pkg/controller/endpointslice/endpointslice_controller.go, staging/src/k8s.io/endpointslice
 */
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import { hasSelector, podsSelectedBy, servicesSelecting } from '../endpoints/selected-service.ts';
import { podIpOf, targetPortOf } from '../endpoints/target-port.ts';
import type { Endpoint, EndpointSlice, EndpointSlicePort } from '../object/endpoint-slice.ts';
import { HEADLESS_LABEL, MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../object/endpoint-slice.ts';
import type { Manifest } from '../object/manifest.ts';
import { ZONE_LABEL } from '../object/node.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady, isPodTerminal } from '../object/pod.ts';
import type { Service } from '../object/service.ts';
import { isHeadless } from '../object/service.ts';
import { keyOf, objectKey, splitKey } from '../object-key.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import type { PortGroup } from './slice-set.ts';
import { groupKey, layOut } from './slice-set.ts';

const MANAGER = 'endpointslice-controller.k8s.io';

function reconcile(key: string, view: ObjectView): ReconcileResult {
  const service = view.get('Service', ...splitKey(key));
  // Slices of a deleted Service go with their owner.
  if (service === undefined || !hasSelector(service)) return NOTHING_TO_DO;
  const slices = view
    .listBy('EndpointSlice', 'service', key)
    .filter(({ metadata }) => metadata.labels?.[MANAGED_BY_LABEL] === MANAGER);
  const groups = groupsOf(service, view);
  const byGroup = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const name = groupKey(slice.addressType, slice.ports);
    byGroup.set(name, [...(byGroup.get(name) ?? []), slice]);
  }
  const labels = labelsOf(service);
  const creations: Write[] = [];
  const updates = new Map<EndpointSlice, EndpointSlice>();
  const removals: EndpointSlice[] = [];
  for (const [name, group] of groups) {
    const changes = layOut(group, byGroup.get(name) ?? []);
    byGroup.delete(name);
    for (const slice of changes.create) creations.push({ verb: 'create', object: newSlice(service, labels, slice) });
    for (const { from, endpoints } of changes.update) updates.set(from, { ...from, endpoints });
    removals.push(...changes.remove);
  }
  for (const rest of byGroup.values()) removals.push(...rest);
  keepOnePerFamily(service, labels, slices, creations, updates, removals);
  reuseRemoved(creations, updates, removals);
  for (const slice of slices) {
    if (removals.includes(slice) || equalContent(slice.metadata.labels, labels)) continue;
    const next = updates.get(slice) ?? slice;
    updates.set(slice, { ...next, metadata: { ...next.metadata, labels } });
  }
  return {
    writes: [
      ...creations,
      ...[...updates].map(([from, object]): Write => ({ verb: 'update', from, object })),
      ...removals.map(removal),
    ],
  };
}

/** A Service without endpoints keeps one empty slice of each family, without ports. */
function keepOnePerFamily(
  service: Service,
  labels: Readonly<Record<string, string>>,
  slices: readonly EndpointSlice[],
  creations: Write[],
  updates: Map<EndpointSlice, EndpointSlice>,
  removals: EndpointSlice[],
): void {
  for (const addressType of familiesOf(service)) {
    const isOf = (slice: EndpointSlice): boolean => slice.addressType === addressType;
    const kept = slices.some((slice) => isOf(slice) && !removals.includes(slice));
    const created = creations.some((write) => write.verb === 'create' && write.object['addressType'] === addressType);
    if (kept || created) continue;
    const spare = removals.find(isOf);
    if (spare === undefined) {
      const object = newSlice(service, labels, { addressType, ports: [], endpoints: [] });
      creations.push({ verb: 'create', object });
      continue;
    }
    removals.splice(removals.indexOf(spare), 1);
    const { ports: _ports, ...rest } = spare;
    if (spare.endpoints.length > 0 || spare.ports !== undefined) updates.set(spare, { ...rest, endpoints: [] });
  }
}

/** A slice that would be deleted takes the content of one that would be created: its name stays. */
function reuseRemoved(creations: Write[], updates: Map<EndpointSlice, EndpointSlice>, removals: EndpointSlice[]): void {
  for (const write of [...creations]) {
    if (write.verb !== 'create') continue;
    const { addressType, endpoints, ports } = write.object as unknown as EndpointSlice;
    const spare = removals.find((slice) => slice.addressType === addressType);
    if (spare === undefined) continue;
    const { ports: _ports, ...rest } = spare;
    updates.set(spare, { ...rest, endpoints, ...(ports === undefined ? {} : { ports }) });
    removals.splice(removals.indexOf(spare), 1);
    creations.splice(creations.indexOf(write), 1);
  }
}

function familiesOf(service: Service): readonly ('IPv4' | 'IPv6')[] {
  return service.spec.ipFamilies ?? ['IPv4'];
}

function groupsOf(service: Service, view: ObjectView): ReadonlyMap<string, PortGroup> {
  const groups = new Map<
    string,
    { addressType: 'IPv4' | 'IPv6'; ports: readonly EndpointSlicePort[]; endpoints: Endpoint[] }
  >();
  for (const pod of podsSelectedBy(service, view)) {
    if (isPodTerminal(pod)) continue;
    for (const addressType of familiesOf(service)) {
      const ip = podIpOf(pod, addressType);
      if (ip === undefined) continue;
      const ports = portsOf(service, pod);
      const name = groupKey(addressType, ports);
      const group = groups.get(name) ?? { addressType, ports, endpoints: [] };
      groups.set(name, group);
      group.endpoints.push(endpointOf(pod, ip, service, view));
    }
  }
  return groups;
}

function portsOf(service: Service, pod: Pod): readonly EndpointSlicePort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPortOf(pod, port);
    if (number === undefined) return [];
    const { name = '', protocol, appProtocol } = port;
    return [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function endpointOf(pod: Pod, ip: string, service: Service, view: ObjectView): Endpoint {
  const { namespace, name, uid, deletionTimestamp } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  const serving = isPodReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone =
    nodeName === undefined ? undefined : view.get('Node', undefined, nodeName)?.metadata.labels?.[ZONE_LABEL];
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    targetRef: {
      kind: 'Pod',
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
  };
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  return {
    ...service.metadata.labels,
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: MANAGER,
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
  };
}

function newSlice(
  { metadata }: Service,
  labels: Readonly<Record<string, string>>,
  { addressType, ports, endpoints }: Pick<EndpointSlice, 'addressType' | 'ports' | 'endpoints'>,
): Manifest {
  const { namespace, name, uid } = metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType,
    endpoints,
    ...(ports === undefined || ports.length === 0 ? {} : { ports }),
  };
}

function removal({ metadata }: EndpointSlice): Write {
  const { namespace, name, uid } = metadata;
  return { verb: 'delete', kind: 'EndpointSlice', namespace, name, ...(uid === undefined ? {} : { uid }) };
}

export const endpointSliceController: Controller = {
  kind: 'endpoint-slice',
  watches: ({ object }) =>
    object.kind === 'Service' || object.kind === 'Pod' || object.kind === 'EndpointSlice' || object.kind === 'Node',
  keysOf: (change, view) => {
    const { object } = change;
    if (object.kind === 'Pod') return servicesSelecting(change, view);
    if (object.kind === 'Service') return [keyOf(object)];
    if (object.kind === 'Node') return zoneChanged(change.previous, object) ? view.list('Service').map(keyOf) : [];
    const service = object.metadata.labels?.[SERVICE_NAME_LABEL];
    return service === undefined ? [] : [objectKey(object.metadata.namespace, service)];
  },
  allKeys: (view) => view.list('Service').map(keyOf),
  reconcile,
};

function zoneChanged(
  previous: { readonly metadata: Pod['metadata'] } | undefined,
  node: { readonly metadata: Pod['metadata'] },
): boolean {
  return previous?.metadata.labels?.[ZONE_LABEL] !== node.metadata.labels?.[ZONE_LABEL];
}
