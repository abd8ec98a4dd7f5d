/**
 * The mirroring controller: Endpoints that somebody wrote by hand, for a Service without a selector, become slices, since
 * kube-proxy and DNS read nothing else.
 * @see kubernetes pkg/controller/endpointslicemirroring
 */
import { equalContent } from '../canonical.ts';
import type { Controller, ReconcileResult } from '../controller.ts';
import { NOTHING_TO_DO, statesOf } from '../controller.ts';
import { hasSelector } from '../endpoints/selected-service.ts';
import type { Endpoint, EndpointSlice, EndpointSlicePort } from '../object/endpoint-slice.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../object/endpoint-slice.ts';
import type { EndpointAddress, EndpointSubset, Endpoints } from '../object/endpoints.ts';
import type { KubeObject } from '../object/kind.ts';
import type { Service } from '../object/service.ts';
import { keyOf, objectKey, splitKey } from '../object-key.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';
import { groupKey } from './slice-set.ts';

const MANAGER = 'endpointslicemirroring-controller.k8s.io';
/** `true` on Endpoints whose maker keeps slices of its own. */
export const SKIP_MIRROR_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
/** Not carried over: they are about the Endpoints object itself. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
]);
/** Addresses of one subset that are mirrored. @see kube-controller-manager --mirroring-max-endpoints-per-subset */
const SUBSET_CAPACITY = 1000;

interface Mirror {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly EndpointSlicePort[];
  readonly endpoints: readonly Endpoint[];
}

function reconcile(key: string, view: ObjectView): ReconcileResult {
  const endpoints = view.get('Endpoints', ...splitKey(key));
  const service = view.get('Service', ...splitKey(key));
  const slices = view.listBy('EndpointSlice', 'service', key).filter(isMirror);
  if (endpoints === undefined || service === undefined || !isMirrored(endpoints, service)) {
    return slices.length === 0 ? NOTHING_TO_DO : { writes: slices.map(removal) };
  }
  const writes: Write[] = [];
  const left = new Set(slices);
  for (const mirror of mirrorsOf(endpoints)) {
    const known = slices.find((slice) => left.has(slice) && keyOfGroup(slice) === keyOfGroup(mirror));
    const object = sliceOf(endpoints, mirror);
    if (known === undefined) {
      writes.push({ verb: 'create', object: { ...object } });
      continue;
    }
    left.delete(known);
    const { labels, annotations } = object.metadata;
    const next = { ...known, endpoints: mirror.endpoints, metadata: { ...known.metadata, labels, annotations } };
    if (
      !equalContent(next, { ...known, metadata: { ...known.metadata, annotations: known.metadata.annotations ?? {} } })
    )
      writes.push({ verb: 'update', from: known, object: next });
  }
  return { writes: [...writes, ...[...left].map(removal)] };
}

function isMirrored({ metadata }: Endpoints, service: Service): boolean {
  if (Object.keys(service.spec.selector ?? {}).length > 0) return false;
  return metadata.labels?.[SKIP_MIRROR_LABEL] !== 'true' && metadata.annotations?.[LEADER_ANNOTATION] === undefined;
}

function isMirror({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[MANAGED_BY_LABEL] === MANAGER;
}

function keyOfGroup({ addressType, ports }: Pick<EndpointSlice, 'addressType' | 'ports'>): string {
  return groupKey(addressType, ports);
}

/** One slice for each address family and set of ports; a family nobody is of has none. */
function mirrorsOf({ subsets = [] }: Endpoints): readonly Mirror[] {
  const mirrors = new Map<
    string,
    { addressType: Mirror['addressType']; ports: Mirror['ports']; endpoints: Endpoint[] }
  >();
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map((port) => ({ name: '', ...port }));
    for (const [address, ready] of addressesOf(subset)) {
      const addressType = address.ip.includes(':') ? 'IPv6' : 'IPv4';
      const key = groupKey(addressType, ports);
      const mirror = mirrors.get(key) ?? { addressType, ports, endpoints: [] };
      mirrors.set(key, mirror);
      mirror.endpoints.push(endpointOf(address, ready));
    }
  }
  return [...mirrors.values()];
}

function addressesOf(subset: EndpointSubset): readonly (readonly [EndpointAddress, boolean])[] {
  const ready = (subset.addresses ?? []).map((address) => [address, true] as const);
  const notReady = (subset.notReadyAddresses ?? []).map((address) => [address, false] as const);
  return [...ready, ...notReady].slice(0, SUBSET_CAPACITY);
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}

function sliceOf({ metadata }: Endpoints, { addressType, ports, endpoints }: Mirror) {
  const { namespace, name, uid, labels, annotations = {} } = metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: MANAGER },
      annotations: Object.fromEntries(Object.entries(annotations).filter(([one]) => !OWN_ANNOTATIONS.has(one))),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Endpoints', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType,
    endpoints,
    ...(ports.length === 0 ? {} : { ports }),
  };
}

function removal({ metadata }: EndpointSlice): Write {
  const { namespace, name, uid } = metadata;
  return { verb: 'delete', kind: 'EndpointSlice', namespace, name, ...(uid === undefined ? {} : { uid }) };
}

/** Newer endpoints controllers mark what they make, so that nobody takes it for somebody's own. */
function isMadeByController({ metadata }: KubeObject): boolean {
  return metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller';
}

export const mirroringController: Controller = {
  kind: 'endpoint-slice-mirroring',
  watches: (change) => {
    const { object } = change;
    if (object.kind === 'Endpoints') return !isMadeByController(object);
    if (object.kind === 'EndpointSlice') return isMirror(object);
    return object.kind === 'Service' && statesOf(change).some((state) => !hasSelector(state as Service));
  },
  keysOf: ({ object }) => {
    if (object.kind !== 'EndpointSlice') return [keyOf(object)];
    return [objectKey(object.metadata.namespace, object.metadata.labels![SERVICE_NAME_LABEL]!)];
  },
  allKeys: (view) => view.list('Endpoints').map(keyOf),
  reconcile,
};
