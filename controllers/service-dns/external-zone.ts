/**
 * Zones that hold the Services' outside addresses: `service.namespace.zone`.
 * @see https://github.com/coredns/coredns plugin/k8s_external, plugin/kubernetes/external.go
 */
import { type Message, Rcode, reply } from '../../net/dns/message.ts';
import { labelsOf, sameName } from '../../net/dns/name.ts';
import { RecordType, type ResourceRecord, soaData } from '../../net/dns/record.ts';
import type { DnsRecords } from './dns-records.ts';
import { isHeadlessRecord } from './dns-records.ts';
import { type Found, hostnameOf, isServed, matchesPort } from './found-service.ts';
import { type AskOutside, addressRecords, baseOf, type RecordSet, serviceRecords } from './record-set.ts';
import { withoutUnderscore } from './request-name.ts';
import type { ServerSettings } from './server-settings.ts';

/** Of its records, whatever the cluster's zone has. */
const TTL_SECONDS = 5;

/** Answers for a name of an external zone. @param zone in the spelling of the question */
export function answerExternally(
  records: DnsRecords,
  settings: ServerSettings,
  asked: Message,
  zone: string,
  askOutside: AskOutside,
): Message {
  const { name, type } = asked.question;
  const soa = soaOf(zone, settings.serial);
  const say = (set: Partial<RecordSet>, rcode: number = Rcode.NoError): Message => {
    const { answer = [], additional = [], truncated = false } = set;
    const authority = answer.length === 0 ? [soa] : [];
    return reply(asked, { rcode, authoritative: true, answer, additional, authority, truncated });
  };
  const base = baseOf(name, zone);
  if (base === '') return say(type === RecordType.SOA ? { answer: [soa] } : {});
  if (base === 'dns' || base.endsWith('.dns')) return say({}, base === 'dns' ? Rcode.NoError : Rcode.NxDomain);
  const found = findExternal(records, settings, base);
  if (found === undefined) return say({}, Rcode.NxDomain);
  const context = { zone, ttl: TTL_SECONDS, find: () => found, askOutside };
  if (type === RecordType.A || type === RecordType.AAAA) return say(addressRecords(context, { name, type }) ?? {});
  return say(type === RecordType.SRV ? (serviceRecords(context, { name, type }) ?? {}) : {});
}

/** @returns undefined: no such name; empty: it is a namespace's */
function findExternal(records: DnsRecords, settings: ServerSettings, base: string): readonly Found[] | undefined {
  const [namespace = '', name, ...more] = [...labelsOf(base)].reverse();
  if (!isServed(records, settings, namespace)) return undefined;
  if (name === undefined) return [];
  if (more.length > 2) return undefined;
  const [first = '', second = ''] = more.map(withoutUnderscore);
  const request = more.length === 2 ? { protocol: first, port: second } : { protocol: '', port: '' };
  const endpoint = more.length === 1 ? first : '';
  const service = records.service(namespace, name);
  if (service === undefined) return undefined;
  const key = `${name}.${namespace}`;
  if (settings.externalHeadless && service.externalIPs.length === 0 && (isHeadlessRecord(service) || endpoint !== '')) {
    const found = records
      .endpoints(namespace, name)
      .flatMap(({ addresses, ports }) =>
        addresses
          .filter((address) => endpoint === '' || sameName(endpoint, hostnameOf(address, settings)))
          .flatMap((address) =>
            ports
              .filter((port) => matchesPort(request, port))
              .map(({ port }): Found => ({ host: address.ip, port, key: `${hostnameOf(address, settings)}.${key}` })),
          ),
      );
    return found.length === 0 ? undefined : found;
  }
  const found = service.externalIPs.flatMap((host) =>
    service.ports.filter((port) => matchesPort(request, port)).map(({ port }): Found => ({ host, port, key })),
  );
  return found.length === 0 ? undefined : found;
}

function soaOf(zone: string, serial: number): ResourceRecord {
  const data = soaData({
    primary: `ns1.dns.${zone}`,
    mailbox: `hostmaster.dns.${zone}`,
    serial,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: TTL_SECONDS,
  });
  return { name: zone, type: RecordType.SOA, ttl: TTL_SECONDS, data };
}
