/**
 * Endpoints as kube-proxy knows them: read from all slices of a service, merged per service port, in a fixed order.
 */
import type { Family } from '../../net/address.ts';
import { canonicalAddress, joinHostPort } from '../object/address-text.ts';
import type { EndpointSlice } from '../object/endpoint-slice.ts';
import { HEADLESS_LABEL, SERVICE_NAME_LABEL } from '../object/endpoint-slice.ts';

export interface EndpointInfo {
  readonly ip: string;
  readonly port: number;
  /** `ip:port`, `[ip]:port`: identity and order. */
  readonly text: string;
  readonly nodeName: string | undefined;
  /** Name of the slice that holds it. */
  readonly slice: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
}

/** Endpoints by the key of their service port, each list in the code-unit order of `ip:port`. */
export type EndpointMap = ReadonlyMap<string, readonly EndpointInfo[]>;

const readings = { 4: new WeakMap<EndpointSlice, EndpointMap>(), 6: new WeakMap<EndpointSlice, EndpointMap>() };
const NO_ENDPOINTS: EndpointMap = new Map();
/** Lists of a single slice that hold an `ip:port` twice. */
const twinned = new WeakSet<readonly EndpointInfo[]>();

/**
 * The endpoints of one slice. Remembered per object: slices are immutable.
 * @see kubernetes pkg/proxy/endpointslicecache.go
 */
function endpointsOfSlice(slice: EndpointSlice, family: Family): EndpointMap {
  let known = readings[family].get(slice);
  if (known === undefined) {
    known = readSlice(slice, family);
    readings[family].set(slice, known);
  }
  return known;
}

/** Endpoints of one slice over all its ports, before slices are merged. */
export function endpointCount(slice: EndpointSlice, family: Family): number {
  let count = 0;
  for (const list of endpointsOfSlice(slice, family).values()) count += list.length;
  return count;
}

function readSlice(slice: EndpointSlice, family: Family): EndpointMap {
  const labels = slice.metadata.labels ?? {};
  const name = labels[SERVICE_NAME_LABEL];
  if (slice.addressType !== `IPv${family}` || !name || labels[HEADLESS_LABEL] !== undefined) return NO_ENDPOINTS;
  const map = new Map<string, EndpointInfo[]>();
  for (const { name: portName, port, protocol } of slice.ports ?? []) {
    if (!port) continue;
    const key = `${slice.metadata.namespace ?? 'default'}/${name}:${portName ?? ''}:${protocol ?? 'TCP'}`;
    const list = map.get(key) ?? [];
    if (list.length === 0) map.set(key, list);
    for (const endpoint of slice.endpoints ?? []) {
      const ip = canonicalAddress(endpoint.addresses[0] ?? '', family);
      if (ip === undefined) continue;
      const { ready = true, serving = true, terminating = false } = endpoint.conditions ?? {};
      list.push({
        ip,
        port,
        text: joinHostPort(ip, port),
        nodeName: endpoint.nodeName,
        slice: slice.metadata.name,
        ready: ready ?? true,
        serving: serving ?? true,
        terminating: terminating ?? false,
        zoneHints: (endpoint.hints?.forZones ?? []).map((zone) => zone.name),
        nodeHints: (endpoint.hints?.forNodes ?? []).map((node) => node.name),
      });
    }
  }
  for (const list of map.values()) {
    list.sort(byText);
    if (hasTwins(list)) twinned.add(list);
  }
  return map;
}

function byText(a: EndpointInfo, b: EndpointInfo): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}

/**
 * Merges all slices. An `ip:port` that several slices (or one, twice) hold is kept once, the copy on `nodeName` first,
 * else that of the slice whose name sorts first.
 */
export function mergeSlices(slices: Iterable<EndpointSlice>, family: Family, nodeName: string): EndpointMap {
  const merged = new Map<string, readonly EndpointInfo[]>();
  const crowded = new Map<string, EndpointInfo[]>();
  for (const slice of slices) {
    for (const [key, list] of endpointsOfSlice(slice, family)) {
      const first = merged.get(key);
      if (first === undefined) {
        merged.set(key, list);
        if (twinned.has(list)) crowded.set(key, [...list]);
        continue;
      }
      const all = crowded.get(key);
      if (all === undefined) crowded.set(key, [...first, ...list]);
      else for (const endpoint of list) all.push(endpoint);
    }
  }
  for (const [key, all] of crowded) merged.set(key, unique(all, nodeName));
  return merged;
}

function hasTwins(list: readonly EndpointInfo[]): boolean {
  for (let i = 1; i < list.length; i++) if (list[i]!.text === list[i - 1]!.text) return true;
  return false;
}

function unique(all: EndpointInfo[], nodeName: string): readonly EndpointInfo[] {
  all.sort((a, b) => (a.slice < b.slice ? -1 : a.slice > b.slice ? 1 : 0));
  const kept = new Map<string, EndpointInfo>();
  for (const endpoint of all) {
    if (!kept.has(endpoint.text) || endpoint.nodeName === nodeName) kept.set(endpoint.text, endpoint);
  }
  return [...kept.values()].sort(byText);
}
