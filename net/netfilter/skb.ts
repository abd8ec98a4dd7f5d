/**
 * What the kernel knows of a packet while it walks through one host: the header fields that rules match and rewrite,
 * and the marks that never leave the host. One mutable scratch record is reused by each decision; it is no state.
 */
import type { Address } from '../address.ts';

/** Conntrack states as bits, as `-m conntrack --ctstate` names them. @see xt_conntrack.h */
export const CtState = { Invalid: 1, Established: 2, Related: 4, New: 8, Untracked: 16, Snat: 32, Dnat: 64 } as const;

/** Kinds of an address in a host's own routing tables. @see net/netfilter/xt_addrtype.c, ip-route(8) */
export const AddressType = {
  Unspec: 0,
  Unicast: 1,
  Local: 2,
  Broadcast: 3,
  Multicast: 5,
  Blackhole: 6,
  Unreachable: 7,
  Prohibit: 8,
} as const;

export interface Skb {
  protocol: number;
  source: Address;
  destination: Address;
  sourcePort: number;
  destinationPort: number;
  /** ICMP: type << 8 | code. */
  icmp: number;
  flags: number;
  sizeBytes: number;
  ttl: number;
  /** MSS option of a SYN; 0: none. */
  mss: number;
  /** Offset of a fragment; only 0 carries ports. */
  fragmentOffset: number;
  mark: number;
  connectionMark: number;
  /** Names of the interfaces; '' where the hook has none. */
  inInterface: string;
  outInterface: string;
  /** Bridge ports, where the packet is bridged; '' else. */
  physIn: string;
  physOut: string;
  /** `CtState` bits: one of the first five, and Snat / Dnat of its conntrack entry. */
  ctState: number;
  /** uid and gid of the sending socket; -1 for a packet that has none. */
  uid: number;
  gid: number;
}

export function emptySkb(): Skb {
  return {
    protocol: 0,
    source: 0,
    destination: 0,
    sourcePort: 0,
    destinationPort: 0,
    icmp: 0,
    flags: 0,
    sizeBytes: 0,
    ttl: 0,
    mss: 0,
    fragmentOffset: 0,
    mark: 0,
    connectionMark: 0,
    inInterface: '',
    outInterface: '',
    physIn: '',
    physOut: '',
    ctState: 0,
    uid: -1,
    gid: -1,
  };
}
