/**
 * What a release of Kubernetes changes about kube-proxy: how it reads objects, which endpoints it takes, and how its
 * iptables rules are laid out. Two layouts are modelled: that of 1.16 and the newest; releases between take the nearer.
 */
import type { TopologyRules } from './topology.ts';

export interface ProxyProfile {
  /** Minor release: 16 for 1.16. */
  readonly minor: number;
  readonly layout: '1.16' | 'current';
  /** Leave out ingress addresses with ipMode Proxy. */
  readonly ipMode: boolean;
  readonly internalPolicy: boolean;
  readonly externalIpPolicy: boolean;
  readonly topology: TopologyRules;
  /** Decimals of a probability: 5 up to 1.16. */
  readonly probabilityDigits: 5 | 10;
  /** An unnamed port's name ends in a colon, as up to 1.18. */
  readonly trailingColon: boolean;
  /** Write the chains of changed services only. */
  readonly partialSync: boolean;
}

/** The newest release that the model follows. */
export const NEWEST_MINOR = 34;

/** @param minor of the release, such as 16 or 33 */
export function proxyProfile(minor: number): ProxyProfile {
  return {
    minor,
    layout: minor < 24 ? '1.16' : 'current',
    ipMode: minor >= 30,
    internalPolicy: minor >= 22,
    externalIpPolicy: minor >= 28,
    topology: {
      zoneHints: minor < 23 ? 'never' : minor < 33 ? 'asked' : 'always',
      nodeHints: minor >= 34,
      terminatingFallback: minor >= 26,
    },
    probabilityDigits: minor < 17 ? 5 : 10,
    trailingColon: minor < 19,
    partialSync: minor >= 27,
  };
}
