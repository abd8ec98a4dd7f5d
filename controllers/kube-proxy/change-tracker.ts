/**
 * What a kube-proxy was told between two revisions of the store: for each service and slice the state that its rules
 * were written from, and the state now. What changes and changes back, or changes in fields that no rule shows, asks for
 * no sync. The answer is the same on every node, so it is found once for all that ask at the same instant.
 * @see kubernetes pkg/proxy/servicechangetracker.go, endpointschangetracker.go
 */
import { equalContent } from '../canonical.ts';
import type { EndpointSlice } from '../object/endpoint-slice.ts';
import { SERVICE_NAME_LABEL } from '../object/endpoint-slice.ts';
import type { Endpoints } from '../object/endpoints.ts';
import type { Service } from '../object/service.ts';
import { splitKey } from '../object-key.ts';
import type { Change, ObjectStore } from '../store.ts';
import { slicesOfEndpoints } from './endpoints-slice.ts';
import type { ServiceReading } from './service-port.ts';
import { servicePortsOf } from './service-port.ts';

export interface ProxyChanges {
  /** Whether a sync is wanted. */
  readonly any: boolean;
  /** `namespace/name` of the services whose own chains the sync is to write. */
  readonly services: ReadonlySet<string>;
}

/** Where a kube-proxy reads endpoints from. */
export type EndpointKind = 'EndpointSlice' | 'Endpoints';

/**
 * Revision of the last write up to `revision` that kube-proxies are told of. Whatever else is written, pods above all,
 * makes no difference to them: what they see and write is the same from one such revision to the next.
 */
export function lastSeen(store: ObjectStore, reads: EndpointKind, revision: number): number {
  return Math.max(store.lastWrite('Service', revision), store.lastWrite(reads, revision));
}

/** Answers that are kept: nodes that ask at one instant ask about few spans. */
const KEPT = 32;
const known = new WeakMap<ObjectStore, Map<string, ProxyChanges>>();

/**
 * What changed for a kube-proxy.
 * @param from revision that its rules were written from; the store still has it
 * @param reads where it reads endpoints from
 */
export function proxyChanges(
  store: ObjectStore,
  from: number,
  to: number,
  reads: EndpointKind,
  reading: ServiceReading,
): ProxyChanges {
  let answers = known.get(store);
  if (answers === undefined) {
    answers = new Map();
    known.set(store, answers);
  }
  const span = `${lastSeen(store, reads, from)} ${lastSeen(store, reads, to)}`;
  let answer = answers.get(span);
  if (answer === undefined) {
    answer = compare(store, from, to, reads, reading);
    if (answers.size === KEPT) answers.delete(answers.keys().next().value!);
    answers.set(span, answer);
  }
  return answer;
}

function compare(
  store: ObjectStore,
  from: number,
  to: number,
  reads: EndpointKind,
  reading: ServiceReading,
): ProxyChanges {
  const [before, after] = [store.view(from), store.view(to)];
  const seen = new Set<string>();
  const services = new Set<string>();
  let any = false;
  for (let revision = from + 1; revision <= to; revision++) {
    const { key, object }: Change = store.change(revision);
    const { kind } = object;
    if ((kind !== 'Service' && kind !== reads) || seen.has(`${kind} ${key}`)) continue;
    seen.add(`${kind} ${key}`);
    const [namespace, name] = splitKey(key);
    if (kind === 'Service') {
      if (samePorts(before.get(kind, namespace, name), after.get(kind, namespace, name), reading)) continue;
      services.add(key);
      any = true;
      continue;
    }
    const old = slicesOf(before.get(kind, namespace, name) as EndpointSlice | Endpoints | undefined);
    const now = slicesOf(after.get(kind, namespace, name) as EndpointSlice | Endpoints | undefined);
    for (let i = 0; i < Math.max(old.length, now.length); i++) {
      if (sameSlice(old[i], now[i])) continue;
      any = true;
      for (const slice of [old[i], now[i]]) {
        const service = slice?.metadata.labels?.[SERVICE_NAME_LABEL];
        if (service !== undefined) services.add(`${slice?.metadata.namespace ?? 'default'}/${service}`);
      }
    }
  }
  return { any, services };
}

function slicesOf(object: EndpointSlice | Endpoints | undefined): readonly EndpointSlice[] {
  if (object === undefined) return [];
  return object.kind === 'EndpointSlice' ? [object] : slicesOfEndpoints(object);
}

/** Whether two states of a Service give the same service ports. */
export function samePorts(a: Service | undefined, b: Service | undefined, reading: ServiceReading): boolean {
  if (a === b) return true;
  const portsOf = (service: Service | undefined) => (service === undefined ? [] : servicePortsOf(service, reading));
  return equalContent(portsOf(a), portsOf(b));
}

/** Whether two states of a slice are the same in what bears on rules. */
export function sameSlice(a: EndpointSlice | undefined, b: EndpointSlice | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.addressType === b.addressType &&
    equalContent(a.metadata.labels, b.metadata.labels) &&
    equalContent(a.ports, b.ports) &&
    equalContent(a.endpoints, b.endpoints)
  );
}
