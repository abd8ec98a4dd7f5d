/**
 * The endpoints controller: one Endpoints object for each Service with a selector, listing the pods that it selects.
 * @see kubernetes pkg/controller/endpoint/endpoints_controller.go
 */
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO } from '../controller.ts';
import { HEADLESS_LABEL } from '../object/endpoint-slice.ts';
import type { EndpointAddress, EndpointSubset, Endpoints } from '../object/endpoints.ts';
import type { Manifest } from '../object/manifest.ts';
import type { Pod } from '../object/pod.ts';
import { isPodReady, isPodTerminal } from '../object/pod.ts';
import type { Service } from '../object/service.ts';
import { isHeadless } from '../object/service.ts';
import { keyOf, splitKey } from '../object-key.ts';
import type { ObjectView } from '../view.ts';
import { hasSelector, podsSelectedBy, servicesSelecting } from './selected-service.ts';
import type { EndpointEntry } from './subset.ts';
import { packSubsets, withinCapacity } from './subset.ts';
import { podIpOf, targetPortOf } from './target-port.ts';

const CAPACITY_ANNOTATION = 'endpoints.kubernetes.io/over-capacity';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
/** The controller marks its own objects from this release on. */
const MANAGED_BY_MINOR = 33;

function reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult {
  const [namespace, name] = splitKey(key);
  const service = view.get('Service', namespace, name);
  const current = view.get('Endpoints', namespace, name);
  if (service === undefined) {
    return current === undefined ? NOTHING_TO_DO : { writes: [{ verb: 'delete', kind: 'Endpoints', namespace, name }] };
  }
  if (!hasSelector(service)) return NOTHING_TO_DO;
  const all = packSubsets(entriesOf(service, view));
  const { subsets, truncated } = withinCapacity(all);
  const labels = labelsOf(service, context.config.minor);
  if (current === undefined)
    return { writes: [{ verb: 'create', object: newEndpoints(service, subsets, labels, truncated) }] };
  const { annotations: before, ...rest } = current.metadata;
  const { [CAPACITY_ANNOTATION]: _over, ...kept } = before ?? {};
  const annotations = truncated ? { ...kept, [CAPACITY_ANNOTATION]: 'truncated' } : kept;
  const metadata = { ...rest, labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) };
  const { subsets: _subsets, ...bare } = current;
  const next: Endpoints = { ...bare, metadata, ...(subsets.length > 0 ? { subsets } : {}) };
  const same =
    equalContent(subsets, current.subsets ?? []) &&
    equalContent(labels, current.metadata.labels ?? {}) &&
    truncated === (current.metadata.annotations?.[CAPACITY_ANNOTATION] !== undefined);
  return same ? NOTHING_TO_DO : { writes: [{ verb: 'update', from: current, object: next }] };
}

function entriesOf(service: Service, view: ObjectView): readonly EndpointEntry[] {
  const family = service.spec.ipFamilies?.[0] ?? 'IPv4';
  const always = service.spec.publishNotReadyAddresses === true;
  const entries: EndpointEntry[] = [];
  for (const pod of podsSelectedBy(service, view)) {
    if (!belongs(pod, always)) continue;
    const ip = podIpOf(pod, family);
    if (ip === undefined) continue;
    const address = addressOf(pod, ip, service);
    const ready = always || isPodReady(pod);
    const ports = service.spec.ports ?? [];
    if (ports.length === 0 && isHeadless(service)) entries.push({ address, ready, port: undefined });
    for (const port of ports) {
      const number = targetPortOf(pod, port);
      if (number === undefined) continue;
      const { name, protocol, appProtocol } = port;
      const named = { ...(name ? { name } : {}), port: number, protocol };
      entries.push({ address, ready, port: appProtocol === undefined ? named : { ...named, appProtocol } });
    }
  }
  return entries;
}

function belongs(pod: Pod, terminatingToo: boolean): boolean {
  return !isPodTerminal(pod) && (terminatingToo || pod.metadata.deletionTimestamp === undefined);
}

function addressOf({ metadata, spec }: Pod, ip: string, service: Service): EndpointAddress {
  const { namespace, name, uid } = metadata;
  const named = spec.hostname !== undefined && spec.subdomain === service.metadata.name;
  return {
    ip,
    ...(named ? { hostname: spec.hostname } : {}),
    ...(spec.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
    targetRef: {
      kind: 'Pod',
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
  };
}

function labelsOf(service: Service, minor: number): Readonly<Record<string, string>> {
  return {
    ...service.metadata.labels,
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
    ...(minor >= MANAGED_BY_MINOR ? { [MANAGED_BY]: 'endpoint-controller' } : {}),
  };
}

function newEndpoints(
  service: Service,
  subsets: readonly EndpointSubset[],
  labels: Readonly<Record<string, string>>,
  truncated: boolean,
): Manifest {
  const { namespace, name } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      namespace,
      name,
      labels,
      ...(truncated ? { annotations: { [CAPACITY_ANNOTATION]: 'truncated' } } : {}),
    },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
}

export const endpointsController: Controller = {
  kind: 'endpoints',
  watches: ({ object }) => object.kind === 'Service' || object.kind === 'Pod' || object.kind === 'Endpoints',
  keysOf: (change, view) => (change.object.kind === 'Pod' ? servicesSelecting(change, view) : [keyOf(change.object)]),
  allKeys: (view) => view.list('Service').map(keyOf),
  reconcile,
};
