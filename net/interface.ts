/**
 * A network interface of a host, and the addresses on it.
 */
import type { Address, Prefix } from './address.ts';

export const InterfaceKind = { Loopback: 0, Ethernet: 1, Veth: 2, Bridge: 3, Vxlan: 4 } as const;

/** Scopes of an address or route. @see rtnetlink(7) */
export const Scope = { Universe: 0, Link: 253, Host: 254 } as const;

export interface InterfaceAddress {
  readonly address: Address;
  readonly prefix: Prefix;
  readonly scope: number;
  /** 0: none. */
  readonly broadcast: Address;
  /** Length in ns of the DHCP lease that it came with; absent: it was set by hand and stays. */
  readonly leaseNs?: number;
}

/** The far end of a VXLAN: which neighbour is reached through which underlay address. */
export interface VxlanRemote {
  /** Address of the neighbour on the overlay. */
  readonly neighbour: Address;
  /** Its interface. */
  readonly target: number;
  /** Where the outer packet goes. */
  readonly underlay: Address;
}

export interface Vxlan {
  readonly vni: number;
  /** UDP destination port: 8472 as the kernel and flannel have it, 4789 by IANA. */
  readonly port: number;
  /** Source of the outer packets. */
  readonly local: Address;
  /** Interface that the outer packets leave by. */
  readonly device: number;
  readonly remotes: VxlanRemote[];
}

export interface Interface {
  /** Number of the interface in the whole world, 1 and up. */
  readonly id: number;
  readonly host: number;
  readonly name: string;
  readonly kind: number;
  /** Index as `ip link` prints it, 1 and up within the host. */
  readonly index: number;
  mtu: number;
  up: boolean;
  addresses: InterfaceAddress[];
  /** Bridge that it is a port of, else 0. */
  master: number;
  /** Ports, where it is a bridge. */
  ports: number[];
  hairpin: boolean;
  proxyArp: boolean;
  /** 0 off, 1 strict, 2 loose; the effective value is the larger of this and `all`. */
  rpFilter: number;
  /** Link at its end, else 0. */
  link: number;
  vxlan: Vxlan | undefined;
  /** Instant in ns at which the egress queue will be empty. */
  busyUntilNs: number;
  /** Instants in ns at which queued packets will have left; the head is `queueHead`. */
  departures: number[];
  queueHead: number;
}

/** Ethernet address from the interface's number: locally administered, stable over runs. */
export function macOf(id: number): string {
  return `02:00:${[24, 16, 8, 0].map((shift) => ((id >>> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;
}
