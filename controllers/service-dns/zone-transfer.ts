/**
 * All records of the cluster's zone, as a transfer hands them over: SOA, name servers, every Service, SOA.
 * @see https://github.com/coredns/coredns plugin/kubernetes/xfr.go
 */
import { parseAddress } from '../../net/address.ts';
import { fqdn } from '../../net/dns/name.ts';
import { RecordType, type ResourceRecord } from '../../net/dns/record.ts';
import { zoneSoa } from './cluster-answer.ts';
import { type DnsRecords, type DnsService, isHeadlessRecord } from './dns-records.ts';
import { hostnameOf, isServed } from './found-service.ts';
import { nameServers } from './name-server.ts';
import type { ServerSettings } from './server-settings.ts';

/** Of a record that shares its name with no other. */
const WHOLE_WEIGHT = 100;

/** @param zone of the cluster, fully qualified */
export function zoneTransfer(records: DnsRecords, settings: ServerSettings, zone: string): readonly ResourceRecord[] {
  const soa = zoneSoa(zone, settings);
  const servers = nameServers(records, settings).map(({ host, key }) => ({ host, name: `${key}.${zone}` }));
  const ns = [...new Set(servers.map(({ name }) => name))].map(
    (data): ResourceRecord => ({ name: zone, type: RecordType.NS, ttl: settings.ttlSeconds, data }),
  );
  const services = records.services().filter(({ namespace }) => isServed(records, settings, namespace));
  return [
    soa,
    ...ns,
    // Handed over as they are kept, without a time.
    ...servers.map(({ host, name }) => address(name, host, 0)),
    ...services.flatMap((service) => recordsOf(records, settings, service, zone)),
    soa,
  ];
}

function address(name: string, ip: string, ttl: number): ResourceRecord {
  return { name, type: ip.includes(':') ? RecordType.AAAA : RecordType.A, ttl, data: ip };
}

function recordsOf(
  records: DnsRecords,
  settings: ServerSettings,
  service: DnsService,
  zone: string,
): readonly ResourceRecord[] {
  const { ttlSeconds: ttl } = settings;
  const name = `${service.name}.${service.namespace}.svc.${zone}`;
  if (service.isExternalName) {
    const isAlias = parseAddress(service.externalName) === undefined;
    return isAlias ? [{ name, type: RecordType.CNAME, ttl, data: fqdn(service.externalName) }] : [];
  }
  const srv = (
    target: string,
    weight: number,
    { port, name: portName, protocol }: { readonly port: number; readonly name: string; readonly protocol: string },
  ): readonly ResourceRecord[] => {
    const data = `0 ${weight} ${port} ${target}`;
    const own = `_${portName}._${protocol}`.toLowerCase();
    // Only a Service with an address of its own has them at its bare name; unnamed ports have none besides.
    const owners = [...(isHeadlessRecord(service) ? [] : [name]), ...(portName === '' ? [] : [`${own}.${name}`])];
    return owners.map((owner) => ({ name: owner, type: RecordType.SRV, ttl, data }));
  };
  if (!isHeadlessRecord(service)) {
    return service.clusterIPs
      .filter((ip) => parseAddress(ip) !== undefined)
      .flatMap((ip) => [
        address(name, ip, ttl),
        ...service.ports.filter(({ port }) => port !== -1).flatMap((port) => srv(name, WHOLE_WEIGHT, port)),
      ]);
  }
  return records.endpoints(service.namespace, service.name).flatMap(({ addresses, ports }) =>
    addresses.flatMap((one) => {
      const own = `${hostnameOf(one, settings)}.${name}`;
      const weight = Math.max(1, Math.floor(WHOLE_WEIGHT / addresses.length));
      return [
        address(name, one.ip, ttl),
        address(own, one.ip, ttl),
        ...ports.filter(({ port }) => port !== -1).flatMap((port) => srv(own, weight, port)),
      ];
    }),
  );
}
