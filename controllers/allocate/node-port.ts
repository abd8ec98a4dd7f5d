/**
 * Node ports: by wish or by draw, for all ports of a Service. A number belongs to one Service, whatever the protocol;
 * ports of one Service that share their number may share the node port.
 * @see kubernetes pkg/registry/core/service/storage/alloc.go initNodePorts, updateNodePorts
 */
import type { FieldError } from '../object/field-error.ts';
import { invalid } from '../object/field-error.ts';
import type { Service, ServicePort, ServiceSpec } from '../object/service.ts';
import type { DrawBelow } from './band.ts';
import { drawFree, staticBand } from './band.ts';

export interface NodePortRange {
  /** 30000 by default. */
  readonly first: number;
  /** 32767 by default; inclusive. */
  readonly last: number;
  /** How many ports, from the first on, are drawn last. */
  readonly staticBand: number;
}

/** What allocation says when nothing is left. */
export const NODE_PORTS_FULL = 'Internal error occurred: failed to allocate a nodePort: range is full';

/** @param minor release of the API server: bands came with 1.27 (on by default since 1.28) */
export function nodePortRange(first: number, last: number, minor: number): NodePortRange {
  return { first, last, staticBand: minor >= 28 ? staticBand(last - first + 1, 32, 16, 128) : 0 };
}

/** What the allocator reads; `isUsed` leaves out what the Service itself holds already. */
export interface NodePortPool {
  readonly range: NodePortRange;
  readonly isUsed: (port: number) => boolean;
  readonly draw: DrawBelow;
  /** Numbers to give out before any is drawn; taken off the front. */
  readonly pinned: readonly number[];
}

export interface NodePortGrant {
  readonly spec: ServiceSpec;
  /** What refuses the Service: `spec.ports[0].nodePort: Invalid value: …`; nothing else counts if there is one. */
  readonly error: FieldError | undefined;
  /** Instead of a field error: `NODE_PORTS_FULL` and the like, which are no fault of the object. */
  readonly failure: string | undefined;
}

/** Whether the Service is given node ports for all its ports. */
export function wantsNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}

/**
 * Gives a Service its node ports and, where externalTrafficPolicy Local asks for it, its health check node port.
 * @param previous the stored state of a Service that is being changed: what it holds, it keeps
 */
export function grantNodePorts(service: Service, previous: Service | undefined, pool: NodePortPool): NodePortGrant {
  const { spec } = service;
  const grant: Grant = {
    pool,
    own: new Set((previous?.spec.ports ?? []).map((port) => port.nodePort ?? 0)),
    taken: new Set(),
    pinned: [...pool.pinned],
    error: undefined,
    failure: undefined,
  };
  let next = spec;
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    next = { ...spec, ...(spec.ports === undefined ? {} : { ports: grantPorts(grant, spec, previous === undefined) }) };
  }
  if (grant.error === undefined && grant.failure === undefined) next = grantHealthCheck(grant, next, previous);
  return { spec: next, error: grant.error, failure: grant.failure };
}

interface Grant {
  readonly pool: NodePortPool;
  /** Held before. */
  readonly own: ReadonlySet<number>;
  /** Given in this grant. */
  readonly taken: Set<number>;
  readonly pinned: number[];
  error: FieldError | undefined;
  failure: string | undefined;
}

function grantPorts(grant: Grant, spec: ServiceSpec, isNew: boolean): readonly ServicePort[] {
  const byPort = new Map<number, number>();
  const wanted = spec.ports ?? [];
  return wanted.map((port, i) => {
    if (grant.error !== undefined || grant.failure !== undefined) return port;
    if (!port.nodePort && !wantsNodePorts(spec)) return port;
    const shared = isNew ? byPort.get(port.port) : undefined;
    if (shared !== undefined && (!port.nodePort || port.nodePort === shared)) return { ...port, nodePort: shared };
    const asked = port.nodePort || (isNew ? nodePortOf(wanted, port.port) : 0);
    if (asked) {
      const why = grant.own.has(asked) || (!isNew && grant.taken.has(asked)) ? undefined : refusal(grant, asked);
      if (why !== undefined) grant.error = invalid(`spec.ports[${i}].nodePort`, asked, why);
    }
    const nodePort = asked || drawPort(grant);
    if (nodePort < 0) {
      grant.failure = NODE_PORTS_FULL;
      return port;
    }
    grant.taken.add(nodePort);
    byPort.set(port.port, nodePort);
    return { ...port, nodePort };
  });
}

function nodePortOf(ports: readonly ServicePort[], number: number): number {
  return ports.find((port) => port.port === number && port.nodePort)?.nodePort ?? 0;
}

function refusal({ pool, taken }: Grant, port: number): string | undefined {
  const outside = outsideRange(pool.range, port);
  if (outside !== undefined) return outside;
  return taken.has(port) || pool.isUsed(port) ? 'provided port is already allocated' : undefined;
}

/** What refuses a port that lies outside the range, whoever holds it. */
export function outsideRange({ first, last }: Omit<NodePortRange, 'staticBand'>, port: number): string | undefined {
  if (port >= first && port <= last) return undefined;
  return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
}

/** @returns -1 when the range is full */
function drawPort(grant: Grant): number {
  const { range, isUsed, draw } = grant.pool;
  const isFree = (port: number): boolean => !grant.taken.has(port) && !grant.own.has(port) && !isUsed(port);
  for (let pin = grant.pinned.shift(); pin !== undefined; pin = grant.pinned.shift()) if (isFree(pin)) return pin;
  const size = range.last - range.first + 1;
  const number = drawFree(size, range.staticBand, (n) => !isFree(range.first + n), draw);
  return number < 0 ? -1 : range.first + number;
}

function needsHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

function grantHealthCheck(grant: Grant, spec: ServiceSpec, previous: Service | undefined): ServiceSpec {
  if (!needsHealthCheck(spec)) return spec;
  const asked = spec.healthCheckNodePort ?? 0;
  if (asked !== 0) {
    if (previous?.spec.healthCheckNodePort === asked) return spec;
    const why = refusal(grant, asked);
    if (why !== undefined) {
      grant.failure = `Internal error occurred: failed to allocate requested HealthCheck NodePort ${asked}: ${why}`;
    }
    return spec;
  }
  const drawn = drawPort(grant);
  if (drawn < 0) {
    grant.failure = 'Internal error occurred: failed to allocate a HealthCheck NodePort 0: range is full';
    return spec;
  }
  return { ...spec, healthCheckNodePort: drawn };
}
