/**
 * The `/etc/resolv.conf` that a kubelet gives to a pod, by the pod's DNS policy and configuration.
 * @see kubernetes pkg/kubelet/network/dns/dns.go GetPodDNS
 */
import { MAX_NAMESERVERS, type ResolverConfig } from '../../net/dns/resolver-config.ts';
import type { PodSpec } from '../object/pod.ts';

/** What a kubelet knows of DNS. */
export interface KubeletDns {
  readonly clusterDNS: readonly string[];
  /** '': pods get no endings of the cluster. */
  readonly clusterDomain: string;
  /** Of the machine itself. */
  readonly nodeResolvConf: ResolverConfig;
}

export type ResolvingPod = {
  readonly metadata: { readonly namespace?: string };
  readonly spec: Partial<Pick<PodSpec, 'dnsPolicy' | 'dnsConfig' | 'hostNetwork'>>;
};

const CLUSTER_OPTIONS: readonly string[] = ['ndots:5'];
/** @see kubernetes pkg/apis/core/validation MaxDNSSearchPaths, MaxDNSSearchListChars (1.28) */
const MAX_SEARCH_PATHS = 32;
const MAX_SEARCH_CHARACTERS = 2048;

export function podResolverConfig(kubelet: KubeletDns, { metadata, spec }: ResolvingPod): ResolverConfig {
  const base = baseConfig(kubelet, metadata.namespace ?? 'default', spec);
  const { nameservers = [], searches = [], options = [] } = spec.dnsConfig ?? {};
  return {
    nameservers: distinct([...base.nameservers, ...nameservers]).slice(0, MAX_NAMESERVERS),
    search: withinLimits(distinct([...base.search, ...searches])),
    options: merged(base.options, options),
  };
}

function baseConfig(
  { clusterDNS, clusterDomain, nodeResolvConf }: KubeletDns,
  namespace: string,
  { dnsPolicy = 'ClusterFirst', hostNetwork = false }: ResolvingPod['spec'],
): ResolverConfig {
  if (dnsPolicy === 'None') return { nameservers: [], search: [], options: [] };
  const asksCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  // A kubelet that knows no cluster DNS falls back to its machine's.
  if (!asksCluster || clusterDNS.length === 0) return nodeResolvConf;
  const endings =
    clusterDomain === '' ? [] : [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return {
    nameservers: clusterDNS,
    search: distinct([...endings, ...nodeResolvConf.search]),
    options: CLUSTER_OPTIONS,
  };
}

/** An option of the pod's takes the place of one of the same name. */
function merged(
  base: readonly string[],
  own: readonly { readonly name?: string; readonly value?: string }[],
): readonly string[] {
  const byName = new Map(base.map((option) => [option.split(':')[0]!, option]));
  for (const { name = '', value } of own)
    byName.set(name, value === undefined || value === '' ? name : `${name}:${value}`);
  return [...byName.values()];
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}

function withinLimits(search: readonly string[]): readonly string[] {
  const kept = search.slice(0, MAX_SEARCH_PATHS);
  while (kept.join(' ').length > MAX_SEARCH_CHARACTERS) kept.pop();
  return kept;
}
