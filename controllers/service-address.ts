/**
 * Cluster IPs and node ports in use, folded from the Services written so far.
 */
import type { Service } from './object/service.ts';

/** Changed by `evolve` alone. */
export class ServiceAddresses {
  readonly #clusterIps = new Set<string>();
  readonly #nodePorts = new Set<number>();

  hasClusterIp(ip: string): boolean {
    return this.#clusterIps.has(ip);
  }

  hasNodePort(port: number): boolean {
    return this.#nodePorts.has(port);
  }

  /** Replaces what the old state of a service held by what the new one holds. */
  replace(previous: Service | undefined, next: Service | undefined): void {
    for (const ip of clusterIpsOf(previous)) this.#clusterIps.delete(ip);
    for (const port of nodePortsOf(previous)) this.#nodePorts.delete(port);
    for (const ip of clusterIpsOf(next)) this.#clusterIps.add(ip);
    for (const port of nodePortsOf(next)) this.#nodePorts.add(port);
  }
}

/** Cluster IPs that a service holds; none for a headless one. */
export function clusterIpsOf(service: Service | undefined): readonly string[] {
  const { clusterIP, clusterIPs } = service?.spec ?? {};
  return (clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP])).filter((ip) => ip !== 'None' && ip !== '');
}

/** Node ports that a service holds, that of its health check included. */
export function nodePortsOf(service: Service | undefined): readonly number[] {
  const { ports = [], healthCheckNodePort } = service?.spec ?? {};
  const list = ports.flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
  return healthCheckNodePort ? [...list, healthCheckNodePort] : list;
}
