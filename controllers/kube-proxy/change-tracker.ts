/**
 * What a kube-proxy was told since its last sync: for each service and slice the state that its rules were written from,
 * and the state now. What changes and changes back, or changes in fields that no rule shows, asks for no sync.
 * @see kubernetes pkg/proxy/servicechangetracker.go, endpointschangetracker.go
 */
import type { EndpointSlice } from '../object/endpoint-slice.ts';
import { SERVICE_NAME_LABEL } from '../object/endpoint-slice.ts';
import type { Service } from '../object/service.ts';
import type { ServiceReading } from './service-port.ts';
import { servicePortsOf } from './service-port.ts';

/** Changed by `evolve` alone. Keys are `namespace/name`. */
export interface ChangeTracker {
  readonly services: Map<string, Service>;
  readonly slices: Map<string, EndpointSlice>;
  /** State at the last sync, of what changed since; `undefined` for what is new. */
  readonly previousServices: Map<string, Service | undefined>;
  readonly previousSlices: Map<string, EndpointSlice | undefined>;
}

export function changeTracker(): ChangeTracker {
  return { services: new Map(), slices: new Map(), previousServices: new Map(), previousSlices: new Map() };
}

/**
 * Takes in a service's new state, `undefined` when it is deleted.
 * @returns whether a sync is wanted
 */
export function trackService(
  tracker: ChangeTracker,
  key: string,
  current: Service | undefined,
  reading: ServiceReading,
): boolean {
  const { services, previousServices } = tracker;
  const previous = previousServices.has(key) ? previousServices.get(key) : services.get(key);
  replace(services, key, current);
  if (samePorts(previous, current, reading)) previousServices.delete(key);
  else previousServices.set(key, previous);
  return previousServices.size > 0;
}

/** Takes in a slice's new state, `undefined` when it is deleted. @returns whether a sync is wanted */
export function trackSlice(tracker: ChangeTracker, key: string, current: EndpointSlice | undefined): boolean {
  const { slices, previousSlices } = tracker;
  const previous = previousSlices.has(key) ? previousSlices.get(key) : slices.get(key);
  replace(slices, key, current);
  if (sliceText(previous) === sliceText(current)) previousSlices.delete(key);
  else previousSlices.set(key, previous);
  return previousSlices.size > 0;
}

/** `namespace/name` of the services whose own chains the next sync is to write. */
export function changedServices(tracker: ChangeTracker): ReadonlySet<string> {
  const changed = new Set(tracker.previousServices.keys());
  for (const [key, previous] of tracker.previousSlices) {
    for (const slice of [previous, tracker.slices.get(key)]) {
      const name = slice?.metadata.labels?.[SERVICE_NAME_LABEL];
      if (name !== undefined) changed.add(`${slice?.metadata.namespace ?? 'default'}/${name}`);
    }
  }
  return changed;
}

/** Notes that a sync has taken the changes in, whether or not its rules could be loaded. */
export function takeChanges(tracker: ChangeTracker): void {
  tracker.previousServices.clear();
  tracker.previousSlices.clear();
}

function replace<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function samePorts(a: Service | undefined, b: Service | undefined, reading: ServiceReading): boolean {
  if (a === b) return true;
  const portsOf = (service: Service | undefined) => (service === undefined ? [] : servicePortsOf(service, reading));
  return JSON.stringify(portsOf(a)) === JSON.stringify(portsOf(b));
}

/** What of a slice bears on rules. */
function sliceText(slice: EndpointSlice | undefined): string {
  if (slice === undefined) return '';
  const { metadata, addressType, endpoints, ports } = slice;
  return JSON.stringify([metadata.labels, addressType, endpoints, ports]);
}
