/**
 * The name servers of the cluster's zone: the Services that select the server's own pods.
 * @see https://github.com/coredns/coredns plugin/kubernetes/ns.go
 */
import type { DnsRecords } from './dns-records.ts';
import { isHeadlessRecord } from './dns-records.ts';
import { type Found, hostnameOf } from './found-service.ts';
import type { ServerSettings } from './server-settings.ts';

/** Their names in front of the zone, and their addresses. */
export function nameServers(records: DnsRecords, settings: ServerSettings): readonly Found[] {
  const selecting = settings.ownIPs.flatMap((ip) => records.endpointsAt(ip));
  if (selecting.length === 0) return settings.ownIPs.map((host) => ({ host, port: 0, key: 'ns.dns' }));
  return selecting.flatMap(({ namespace, service: name, addresses }) => {
    const service = records.service(namespace, name);
    if (service === undefined) return [];
    const key = `${name}.${namespace}.svc`;
    return isHeadlessRecord(service)
      ? addresses.map(
          (address): Found => ({ host: address.ip, port: 0, key: `${hostnameOf(address, settings)}.${key}` }),
        )
      : service.clusterIPs.map((host): Found => ({ host, port: 0, key }));
  });
}
