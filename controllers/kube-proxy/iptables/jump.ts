/**
 * What ties kube-proxy's chains to the built-in ones, and the chains whose loss tells it that somebody flushed its rules.
 * Jumps are never part of the restore text: each is prepended where it is missing.
 * @see kubernetes pkg/proxy/iptables/proxier.go iptablesJumpChains, pkg/kubelet/kubelet_network_linux.go
 */
import type { ProxyProfile } from '../profile.ts';
import type { EnsuredRule, ProxyConfig } from '../proxier.ts';
import { markText } from './mark.ts';

/** Looked for every syncPeriod in mangle; created in all three tables. */
export const CANARY_CHAIN = 'KUBE-PROXY-CANARY';
export const CANARY_TABLES = ['mangle', 'nat', 'filter'] as const;

/** Chain with the guard of 127/8; the kubelet makes the same one. */
export const FIREWALL_CHAIN = 'KUBE-FIREWALL';

type Row = readonly [table: 'filter' | 'nat', chain: string, target: string, comment: string, isNew: boolean];

const EARLY: readonly Row[] = [
  ['filter', 'INPUT', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', true],
  ['filter', 'FORWARD', 'KUBE-SERVICES', 'kubernetes service portals', true],
  ['filter', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', true],
  ['filter', 'INPUT', 'KUBE-SERVICES', 'kubernetes service portals', true],
  ['filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules', false],
  ['nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', false],
  ['nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals', false],
  ['nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules', false],
];

const CURRENT: readonly Row[] = [
  ['filter', 'INPUT', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', true],
  ['filter', 'FORWARD', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', true],
  ['filter', 'INPUT', 'KUBE-NODEPORTS', 'kubernetes health check service ports', false],
  ['filter', 'FORWARD', 'KUBE-SERVICES', 'kubernetes service portals', true],
  ['filter', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', true],
  ['filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules', false],
  ['filter', 'INPUT', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true],
  ['filter', 'OUTPUT', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true],
  ['filter', 'FORWARD', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', true],
  ['nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', false],
  ['nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals', false],
  ['nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules', false],
];

function jump([table, chain, target, comment, isNew]: Row): EnsuredRule {
  const state = isNew ? '-m conntrack --ctstate NEW ' : '';
  return { table, chain, target, rule: `${state}-m comment --comment "${comment}" -j ${target}`, position: 'prepend' };
}

const FIREWALL_JUMPS: readonly EnsuredRule[] = ['INPUT', 'OUTPUT'].map((chain) => ({
  table: 'filter',
  chain,
  target: FIREWALL_CHAIN,
  rule: `-j ${FIREWALL_CHAIN}`,
  position: 'prepend',
}));

const EARLY_JUMPS = EARLY.map(jump);
const CURRENT_JUMPS = [...CURRENT.map(jump), ...FIREWALL_JUMPS];

/** The jumps of a release, in the order in which they are ensured; the last one ends up first in its chain. */
export function jumpRules(profile: ProxyProfile): readonly EnsuredRule[] {
  return profile.layout === '1.16' ? EARLY_JUMPS : CURRENT_JUMPS;
}

/**
 * What the kubelet of an early release puts in place, once a minute, before and beside kube-proxy: the chains for
 * masquerading and for the DROP by mark, on which kube-proxy's own rules rely. Empty where kube-proxy does without.
 */
export function kubeletRules(
  config: Pick<ProxyConfig, 'profile' | 'masqueradeBit' | 'randomFully'>,
): readonly EnsuredRule[] {
  if (config.profile.layout !== '1.16') return [];
  const mark = markText(config.masqueradeBit);
  const drop = '0x8000/0x8000';
  return [
    {
      table: 'nat',
      chain: 'KUBE-MARK-DROP',
      rule: `-j MARK --set-xmark ${drop}`,
      position: 'append',
    },
    {
      table: 'filter',
      chain: FIREWALL_CHAIN,
      rule: `-m comment --comment "kubernetes firewall for dropping marked packets" -m mark --mark ${drop} -j DROP`,
      position: 'append',
    },
    ...[...FIREWALL_JUMPS].reverse(),
    {
      table: 'nat',
      chain: 'KUBE-MARK-MASQ',
      rule: `-j MARK --set-xmark ${mark}`,
      position: 'append',
    },
    {
      table: 'nat',
      chain: 'KUBE-POSTROUTING',
      rule: `-m comment --comment "kubernetes service traffic requiring SNAT" -m mark --mark ${mark} -j MASQUERADE${config.randomFully ? ' --random-fully' : ''}`,
      position: 'append',
    },
    ...EARLY_JUMPS.slice(-1),
  ];
}
