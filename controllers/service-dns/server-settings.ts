/**
 * What a cluster's DNS server is told by its Corefile.
 * @see kubernetes cmd/kubeadm/app/phases/addons/dns/manifests.go
 */
import type { LookupSettings } from './found-service.ts';

export interface ServerSettings extends LookupSettings {
  /** Zones of the cluster, fully qualified; the first that is no reverse zone names what reverse look-ups find. */
  readonly zones: readonly string[];
  readonly ttlSeconds: number;
  /** Zones where names that the cluster lacks are asked of the outside world. */
  readonly fallthrough: readonly string[];
  /** The server's own addresses: the Services that select them are its name servers. */
  readonly ownIPs: readonly string[];
  /** Whether it has seen all objects since it started. */
  readonly isSynced: boolean;
  /** Zones that hold the Services' outside addresses. */
  readonly externalZones: readonly string[];
  readonly externalHeadless: boolean;
  /** Seconds since 1970 of the last change that it saw. */
  readonly serial: number;
}

/** `kubernetes cluster.local in-addr.arpa ip6.arpa { pods insecure; fallthrough in-addr.arpa ip6.arpa; ttl 30 }` */
export function clusterSettings(clusterDomain: string): ServerSettings {
  return {
    zones: [`${clusterDomain}.`, 'in-addr.arpa.', 'ip6.arpa.'],
    pods: 'insecure',
    ttlSeconds: 30,
    fallthrough: ['in-addr.arpa.', 'ip6.arpa.'],
    namespaces: [],
    endpointPodNames: false,
    ignoreEmptyService: false,
    ownIPs: [],
    isSynced: true,
    externalZones: [],
    externalHeadless: false,
    serial: 0,
  };
}
