/**
 * How the endpoints of one Service are laid out over slices: an endpoint stays where it is, changed slices are filled up
 * first, and no slice grows beyond its limit.
 * @see kubernetes staging/src/k8s.io/endpointslice/reconciler.go reconcileByPortMapping
 */
import { canonicalText, equalContent } from '../canonical.ts';
import type { Endpoint, EndpointSlice, EndpointSlicePort } from '../object/endpoint-slice.ts';

/** Endpoints in one slice at most. @see kube-controller-manager --max-endpoints-per-slice */
export const SLICE_CAPACITY = 100;

/** Endpoints that share address family and ports. */
export interface PortGroup {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly EndpointSlicePort[];
  readonly endpoints: readonly Endpoint[];
}

export interface SliceChanges {
  readonly create: readonly Pick<EndpointSlice, 'addressType' | 'ports' | 'endpoints'>[];
  readonly update: readonly { readonly from: EndpointSlice; readonly endpoints: readonly Endpoint[] }[];
  readonly remove: readonly EndpointSlice[];
}

export function groupKey(addressType: string, ports: readonly EndpointSlicePort[] | undefined): string {
  return `${addressType} ${canonicalText(ports ?? [])}`;
}

function identity(endpoint: Endpoint): string {
  return `${endpoint.addresses[0]} ${endpoint.targetRef?.uid ?? ''}`;
}

/** What to do with the slices that a group has so that together they hold its endpoints, each once. */
export function layOut(group: PortGroup, slices: readonly EndpointSlice[]): SliceChanges {
  const wanted = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const update: { from: EndpointSlice; endpoints: readonly Endpoint[] }[] = [];
  const remove: EndpointSlice[] = [];
  const untouched: EndpointSlice[] = [];
  for (const slice of slices) {
    const kept: Endpoint[] = [];
    for (const endpoint of slice.endpoints) {
      const next = wanted.get(identity(endpoint));
      if (next === undefined) continue;
      wanted.delete(identity(endpoint));
      kept.push(next);
    }
    if (equalContent(kept, slice.endpoints)) untouched.push(slice);
    else if (kept.length === 0) remove.push(slice);
    else update.push({ from: slice, endpoints: kept });
  }
  let rest = [...wanted.values()];
  for (const change of update) {
    const room = SLICE_CAPACITY - change.endpoints.length;
    change.endpoints = [...change.endpoints, ...rest.slice(0, room)];
    rest = rest.slice(room);
  }
  // A slice that nothing else touches is opened only when it takes all that is left.
  if (rest.length > 0) {
    const roomy = untouched
      .filter((slice) => slice.endpoints.length + rest.length <= SLICE_CAPACITY)
      .sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
    const reused = roomy ?? remove.pop();
    if (reused !== undefined) {
      const before = roomy === undefined ? [] : reused.endpoints;
      const room = SLICE_CAPACITY - before.length;
      update.push({ from: reused, endpoints: [...before, ...rest.slice(0, room)] });
      rest = rest.slice(room);
    }
  }
  const create: SliceChanges['create'][number][] = [];
  for (; rest.length > 0; rest = rest.slice(SLICE_CAPACITY)) {
    const { addressType, ports } = group;
    create.push({ addressType, ports, endpoints: rest.slice(0, SLICE_CAPACITY) });
  }
  return { create, update, remove };
}
