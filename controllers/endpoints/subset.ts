/**
 * The subsets of an Endpoints object: addresses that share the same ports stand together, in order.
 * @see kubernetes pkg/api/v1/endpoints/util.go RepackSubsets
 */

import { canonicalText } from '../canonical.ts';
import type { EndpointAddress, EndpointPort, EndpointSubset } from '../object/endpoints.ts';
import { ENDPOINTS_CAPACITY } from '../object/endpoints.ts';

/** One pod, for one port. */
export interface EndpointEntry {
  readonly address: EndpointAddress;
  readonly ready: boolean;
  /** Absent for a headless service without ports. */
  readonly port: EndpointPort | undefined;
}

interface Place {
  readonly address: EndpointAddress;
  readonly ready: boolean;
  readonly ports: Map<string, EndpointPort>;
}

/** Addresses in the code-unit order of their text; a port is listed once. */
export function packSubsets(entries: readonly EndpointEntry[]): readonly EndpointSubset[] {
  const places = new Map<string, Place>();
  for (const { address, ready, port } of entries) {
    const key = `${address.ip} ${address.targetRef?.uid ?? ''} ${ready}`;
    const place = places.get(key) ?? { address, ready, ports: new Map<string, EndpointPort>() };
    places.set(key, place);
    if (port !== undefined) place.ports.set(canonicalText(port), port);
  }
  const groups = new Map<string, Place[]>();
  for (const place of places.values()) {
    const key = [...place.ports.keys()].sort().join(' ');
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(place);
  }
  return [...groups.keys()].sort().map((key) => subsetOf(groups.get(key) as readonly Place[]));
}

function subsetOf(places: readonly Place[]): EndpointSubset {
  const sorted = [...places].sort((a, b) => (a.address.ip < b.address.ip ? -1 : a.address.ip > b.address.ip ? 1 : 0));
  const ready = sorted.filter((place) => place.ready).map((place) => place.address);
  const notReady = sorted.filter((place) => !place.ready).map((place) => place.address);
  const ports = [...(places[0] as Place).ports.values()];
  return {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

/** As many addresses as one object may hold; ready ones come before those that are not. */
export function withinCapacity(all: readonly EndpointSubset[]): {
  subsets: readonly EndpointSubset[];
  truncated: boolean;
} {
  const total = all.reduce((n, one) => n + (one.addresses?.length ?? 0) + (one.notReadyAddresses?.length ?? 0), 0);
  if (total <= ENDPOINTS_CAPACITY) return { subsets: all, truncated: false };
  let left = ENDPOINTS_CAPACITY;
  const take = (addresses: readonly EndpointAddress[] | undefined): readonly EndpointAddress[] => {
    const taken = (addresses ?? []).slice(0, left);
    left -= taken.length;
    return taken;
  };
  const ready = all.map((subset) => take(subset.addresses));
  const subsets = all.map((subset, i) => {
    const notReady = take(subset.notReadyAddresses);
    return {
      ...(ready[i]!.length > 0 ? { addresses: ready[i]! } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(subset.ports === undefined ? {} : { ports: subset.ports }),
    };
  });
  return { subsets: subsets.filter((one) => one.addresses ?? one.notReadyAddresses), truncated: true };
}
