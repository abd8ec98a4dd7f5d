/**
 * A network as a plain record: hosts with their interfaces, routes, neighbours, rules and listeners, and the links
 * between them. It holds all that somebody needs to build the same network by hand, survives JSON unchanged, and names
 * things as iproute2 names them. Nothing in it is simulator state: addresses and durations are text and numbers.
 */

/**
 * `loopback` every host has; `veth` is one end of a link to another host; `ethernet` is a machine's port on a segment
 * (a veth too, once built by hand); `bridge` and `vxlan` live inside their host.
 */
export type InterfaceKind = 'loopback' | 'veth' | 'ethernet' | 'bridge' | 'vxlan';

export interface InterfaceAddress {
  /** With its prefix length: `192.0.2.10/24`. */
  readonly address: string;
  /** Absent: the kernel's own choice (`host` for 127/8, else `global`). */
  readonly scope?: 'global' | 'link' | 'host';
  /** Absent: none is set, as `ip addr add` does. */
  readonly broadcast?: string;
}

/** One entry of a VXLAN device's forwarding table. @see bridge(8) "fdb" */
export interface VxlanRemote {
  /** Absent: `00:00:00:00:00:00`, where frames to unknown addresses go. */
  readonly mac?: string;
  /** The other end of the tunnel, an address of the underlay. */
  readonly destination: string;
}

export interface Vxlan {
  /** Network identifier, 0 to 16777215. */
  readonly vni: number;
  /** UDP destination port: 4789 by IANA, 8472 as Linux and flannel have it. */
  readonly port: number;
  /** The source address of outer packets. */
  readonly local: string;
  /** The underlay's interface; absent: the routing table decides. */
  readonly device?: string;
  readonly remotes: readonly VxlanRemote[];
  /** Whether the device learns remote addresses from frames; absent: yes, as the kernel does. */
  readonly learning?: boolean;
}

export interface TopologyInterface {
  /** Unique in its host, at most 15 characters. */
  readonly name: string;
  readonly kind: InterfaceKind;
  /** Largest IP packet, in bytes. */
  readonly mtu: number;
  readonly up: boolean;
  /** Absent: any. */
  readonly mac?: string;
  readonly addresses: readonly InterfaceAddress[];
  /** The bridge whose port this is. */
  readonly master?: string;
  /** A bridge port that may send a frame back where it came from. */
  readonly hairpin?: boolean;
  /** Answers ARP for every address that it has a route to elsewhere. */
  readonly proxyArp?: boolean;
  /** Present exactly when `kind` is `vxlan`. */
  readonly vxlan?: Vxlan;
}

/** What the operator or a controller added; the routes that an address brings with it are not listed. */
export interface TopologyRoute {
  /** `default` or a prefix; a single address is `/32`. */
  readonly destination: string;
  /** Absent: `unicast`. */
  readonly type?: 'unicast' | 'local' | 'blackhole' | 'unreachable';
  readonly via?: string;
  readonly device?: string;
  /** Preferred source address. */
  readonly source?: string;
  readonly scope?: 'global' | 'link' | 'host';
  /** The gateway is taken to be on `device` although no route says so. */
  readonly onlink?: boolean;
  readonly metric?: number;
}

/** A permanent neighbour entry. */
export interface TopologyNeighbour {
  readonly address: string;
  readonly device: string;
  readonly mac: string;
}

/**
 * How a listener answers one request: `page`: HTTP 200, nginx's page or `body` · `mirror`: HTTP, what it saw of the
 * peer · `name`: HTTP, its own name · `status`: HTTP with `status` and `body` · `echo`: the bytes that came in ·
 * `accept`: takes the connection and says nothing · `dns`: says nothing to what is no question.
 */
export type AnswerKind = 'page' | 'mirror' | 'name' | 'status' | 'echo' | 'accept' | 'dns';

export interface TopologyListener {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Absent: every address of the host. */
  readonly address?: string;
  readonly answers: AnswerKind;
  /** HTTP status; absent: 200. */
  readonly status?: number;
  /** The answer's body as text; absent: what the kind says by itself. */
  readonly body?: string;
  /** The name that it gives of itself; absent: its host's. */
  readonly name?: string;
  /** The release whose page `page` serves; absent: the newest known. */
  readonly nginxVersion?: string;
  /** Time between the whole request and the answer; absent: none. */
  readonly delayNs?: number;
}

/** A network namespace: node, pod, client, gateway and router are all of this one kind. */
export interface TopologyHost {
  /** Unique: `client`, `node1`, `default/web-1`. */
  readonly name: string;
  /** What the host stands for, for a reader; nothing depends on it. */
  readonly role?: string;
  /** Only settings that differ from what a fresh namespace has: `net.ipv4.ip_forward` → `1`. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly interfaces: readonly TopologyInterface[];
  readonly routes: readonly TopologyRoute[];
  readonly neighbours: readonly TopologyNeighbour[];
  /** `ipset save` text, time-outs as they were given; absent: no sets. */
  readonly ipsets?: string;
  /** iptables-save text; empty: no rules, and no connection tracking either. */
  readonly rules: string;
  readonly listeners: readonly TopologyListener[];
}

export interface LinkEnd {
  readonly host: string;
  readonly interface: string;
}

/** A `veth` joins two interfaces; a `segment` is a switch with any number of ends. */
export interface TopologyLink {
  /** Unique among links. */
  readonly name: string;
  readonly kind: 'veth' | 'segment';
  readonly ends: readonly LinkEnd[];
  /** One way. */
  readonly delayNs: number;
  /** 0: without limit. */
  readonly rateBitsPerSecond: number;
  /** Share of packets lost, 0 to 1. */
  readonly lossRatio: number;
  /** Largest IP packet, in bytes. */
  readonly mtu: number;
}

export interface Topology {
  readonly hosts: readonly TopologyHost[];
  readonly links: readonly TopologyLink[];
}
