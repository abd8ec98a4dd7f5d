/**
 * From addresses back to names: a cluster IP leads to its Service, any other address to the endpoints that have it.
 * @see https://github.com/coredns/coredns plugin/kubernetes/reverse.go, plugin/pkg/dnsutil/reverse.go
 */
import { formatWords, parseAddress } from '../../net/address.ts';
import { labelsOf } from '../../net/dns/name.ts';
import type { DnsRecords } from './dns-records.ts';
import { hostnameOf, isServed } from './found-service.ts';
import type { ServerSettings } from './server-settings.ts';

const IPV4_ZONE = '.in-addr.arpa.';
const IPV6_ZONE = '.ip6.arpa.';

export function isReverseName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.endsWith(IPV4_ZONE) || lower.endsWith(IPV6_ZONE);
}

/** The address that a reverse name means, or `undefined` where it means none. */
export function addressOfReverse(name: string): string | undefined {
  const lower = name.toLowerCase();
  const zone = [IPV4_ZONE, IPV6_ZONE].find((one) => lower.endsWith(one));
  if (zone === undefined) return undefined;
  const labels = [...labelsOf(lower.slice(0, -zone.length))].reverse();
  if (zone === IPV4_ZONE) {
    const address = labels.join('.');
    return parseAddress(address)?.family === 4 ? address : undefined;
  }
  if (labels.length !== 32 || labels.some((label) => !/^[0-9a-f]$/.test(label))) return undefined;
  const parsed = parseAddress(labels.join('').replaceAll(/(.{4})(?=.)/g, '$1:'));
  return parsed === undefined ? undefined : formatWords(6, parsed.words);
}

/** Names that an address has, fully qualified. */
export function namesOfAddress(records: DnsRecords, settings: ServerSettings, address: string): readonly string[] {
  const zone = settings.zones.find((one) => !isReverseName(`.${one}`)) ?? '.';
  const visible = (namespace: string): boolean =>
    settings.namespaces.length === 0 || isServed(records, settings, namespace);
  const service = records
    .services()
    .find(({ namespace, clusterIPs }) => clusterIPs.includes(address) && visible(namespace));
  if (service !== undefined) return [`${service.name}.${service.namespace}.svc.${zone}`];
  const names = records
    .endpointsAt(address)
    .filter(({ namespace }) => visible(namespace))
    .flatMap((endpoints) =>
      endpoints.addresses
        .filter(({ ip }) => ip === address)
        .map((one) => `${hostnameOf(one, settings)}.${endpoints.service}.${endpoints.namespace}.svc.${zone}`),
    );
  return [...new Set(names)];
}
