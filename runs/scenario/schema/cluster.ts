/**
 * `spec.kubernetes`: the version, its network and its kube-proxy. What is left out comes from the profile.
 */
import { z } from 'zod';
import { cidrs, duration, portRange, text } from './field.ts';
import { healthCheck } from './host.ts';

const cloud = z
  .strictObject({
    pool: cidrs,
    mode: z.enum(['dnat', 'snat', 'dsr', 'proxy', 'vip']).default('vip'),
    ipMode: z.enum(['VIP', 'Proxy']).default('VIP'),
    delay: duration.default(30_000_000_000),
    healthCheck: healthCheck.optional(),
  })
  .transform(({ delay, ...rest }) => ({ ...rest, delayNs: delay }));

export const cluster = z
  .strictObject({
    profile: text.optional(),
    version: text.optional(),
    proxyMode: z.enum(['iptables', 'ipvs', 'nftables', 'userspace']).default('iptables'),
    podCIDR: cidrs.optional(),
    serviceCIDR: cidrs.optional(),
    nodePortRange: portRange.default({ first: 30000, last: 32767 }),
    clusterDomain: text.default('cluster.local'),
    /** `auto`: CoreDNS runs where the scenario has names to look up. `nodelocal`: with a cache on each node. */
    dns: z.enum(['auto', 'coredns', 'nodelocal', 'none']).default('auto'),
    cni: z.enum(['routed', 'overlay', 'bridge']).optional(),
    natOutgoing: z.boolean().default(true),
    localDetector: z
      .enum(['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix', 'none'])
      .default('ClusterCIDR'),
    masqueradeAll: z.boolean().default(false),
    minSyncPeriod: duration.default(1_000_000_000),
    syncPeriod: duration.default(30_000_000_000),
    cloud: cloud.optional(),
  })
  .transform(({ minSyncPeriod, syncPeriod, podCIDR, serviceCIDR, ...rest }) => ({
    ...rest,
    podCIDRs: podCIDR,
    serviceCIDRs: serviceCIDR,
    minSyncPeriodNs: minSyncPeriod,
    syncPeriodNs: syncPeriod,
  }));

export type ClusterEntry = z.output<typeof cluster>;
