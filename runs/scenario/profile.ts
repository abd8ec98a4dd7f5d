/**
 * Profiles: what a Kubernetes version, or a named set-up of one, decides: rule layout, digits, APIs in use, network.
 */
import { HOUR } from '../../core/time.ts';
import { didYouMean } from './suggestion.ts';

export type Cni = 'routed' | 'overlay' | 'bridge';

export interface Profile {
  readonly name: string;
  /** `1.16.1`, without a leading v. */
  readonly kubernetesVersion: string;
  /** The 16 of 1.16. */
  readonly minor: number;
  /** Which layout kube-proxy's iptables mode writes. */
  readonly layout: '1.16' | 'current';
  /** Digits behind the point of a `statistic` probability; 1.16 wrote five. @see https://github.com/kubernetes/kubernetes/pull/83599 */
  readonly probabilityDigits: 5 | 10;
  /** What kube-proxy watches: Endpoints until 1.18, slices by default since 1.19. @see KEP-752 */
  readonly endpointsApi: 'endpoints' | 'endpoint-slices';
  readonly cni: Cni;
  readonly podIpam: 'host-local' | 'calico';
  /** Length of the part of podCIDR that a node gets at a time: a /24, or Calico's block. */
  readonly nodePodPrefixLength: number;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Length of the DHCP lease that a node's address comes with; absent: it is set by hand. */
  readonly leaseNs?: number;
  /** What `image: nginx` meant at the time of a named set-up; absent: the newest known. */
  readonly nginxVersion?: string;
  /** Nodes where a scenario says nothing of them: how many, or which. */
  readonly nodes:
    | number
    | readonly { readonly name: string; readonly address: string; readonly prefixLength: number }[];
  /** Said once a run: where the profile only comes near what it is named after. */
  readonly notices: readonly string[];
}

const CURRENT_VERSION = '1.33.0';

/** Versions whose rule layouts are written as they were; between them lie layouts that are not. */
const FIRST_CURRENT_MINOR = 28;
const LAST_CURRENT_MINOR = 34;

const CURRENT: Profile = {
  name: 'current',
  kubernetesVersion: CURRENT_VERSION,
  minor: 33,
  layout: 'current',
  probabilityDigits: 10,
  endpointsApi: 'endpoint-slices',
  cni: 'routed',
  podIpam: 'host-local',
  nodePodPrefixLength: 24,
  podCIDRs: ['10.244.0.0/16'],
  serviceCIDRs: ['10.96.0.0/12'],
  nodes: 3,
  notices: [],
};

const V1_16: Profile = {
  ...CURRENT,
  name: '1.16',
  kubernetesVersion: '1.16.1',
  minor: 16,
  layout: '1.16',
  probabilityDigits: 5,
  endpointsApi: 'endpoints',
};

const NAMED: Readonly<Record<string, Profile>> = {
  current: CURRENT,
  // kubeadm 1.16.1 with --pod-network-cidr 192.168.0.0/16 and Calico 3.9: blocks of 64 addresses. A VirtualBox machine,
  // whose NAT network gives its address for a day.
  'k8s-1.16-calico-3.9': {
    ...V1_16,
    name: 'k8s-1.16-calico-3.9',
    cni: 'routed',
    podIpam: 'calico',
    nodePodPrefixLength: 26,
    podCIDRs: ['192.168.0.0/16'],
    leaseNs: 24 * HOUR,
    nginxVersion: '1.17.8',
    nodes: [{ name: 'k8smaster', address: '10.0.2.15', prefixLength: 24 }],
  },
  // minikube with the driver `none`: pods sit on the machine's docker0.
  'minikube-2021-none': {
    ...V1_16,
    name: 'minikube-2021-none',
    kubernetesVersion: '1.20.2',
    minor: 20,
    probabilityDigits: 10,
    endpointsApi: 'endpoint-slices',
    cni: 'bridge',
    nodePodPrefixLength: 16,
    podCIDRs: ['172.17.0.0/16'],
    nginxVersion: '1.19.6',
    nodes: [{ name: 'home-node', address: '192.168.1.32', prefixLength: 24 }],
    notices: ['Profile minikube-2021-none: the rules of Kubernetes 1.20 are written in the layout of 1.16'],
  },
};

/** A set-up with another network than its own: Calico's blocks go with Calico, all others give each node a /24. */
export function withCni(profile: Profile, cni: Cni): Profile {
  if (cni === profile.cni || profile.podIpam !== 'calico') return profile;
  const { podIpam, nodePodPrefixLength } = CURRENT;
  return { ...profile, podIpam, nodePodPrefixLength };
}

/** `1.16`, `v1.28.3`. @returns its minor, or `undefined` */
function minorOf(version: string): number | undefined {
  const match = /^v?1\.(\d{1,2})(?:\.\d{1,3})?$/.exec(version);
  return match === null ? undefined : Number(match[1]);
}

/** @returns the profile, or what is wrong with `version` */
function byVersion(version: string): Profile | string {
  const minor = minorOf(version);
  if (minor === undefined) return `"${version}" is no Kubernetes version: wanted is one such as "1.16" or "1.33"`;
  const full = /\.\d+\./.test(version) ? version.replace(/^v/, '') : undefined;
  if (minor === 16) return { ...V1_16, kubernetesVersion: full ?? V1_16.kubernetesVersion };
  if (minor >= FIRST_CURRENT_MINOR && minor <= LAST_CURRENT_MINOR) {
    return { ...CURRENT, name: `1.${minor}`, minor, kubernetesVersion: full ?? `1.${minor}.0` };
  }
  return `Kubernetes ${version} is not modelled yet: 1.16 and 1.${FIRST_CURRENT_MINOR} to 1.${LAST_CURRENT_MINOR} are`;
}

/**
 * The profile of a name and a version, each optional.
 * @returns the profile, or what is wrong and which of the two it is
 */
export function resolveProfile(
  name: string | undefined,
  version: string | undefined,
): Profile | { readonly key: 'profile' | 'version'; readonly reason: string } {
  const named = name === undefined ? CURRENT : (NAMED[name] ?? byVersion(name));
  if (typeof named === 'string') {
    const known = minorOf(name!) !== undefined;
    const reason = known
      ? named
      : `"${name}" is no profile: wanted is a version or one of ${Object.keys(NAMED).join(', ')}${didYouMean(name!, Object.keys(NAMED))}`;
    return { key: 'profile', reason };
  }
  if (version === undefined) return named;
  const versioned = byVersion(version);
  if (typeof versioned === 'string') return { key: 'version', reason: versioned };
  if (name === undefined || name === 'current' || minorOf(name) !== undefined) return versioned;
  // A named set-up keeps its network and takes the version's kube-proxy.
  const { kubernetesVersion, minor, layout, probabilityDigits, endpointsApi } = versioned;
  return { ...named, kubernetesVersion, minor, layout, probabilityDigits, endpointsApi, notices: [] };
}
