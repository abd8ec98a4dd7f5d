/**
 * The container network of a cluster: how a node is furnished for pods, and how a pod is plugged in. One interface, one
 * file a kind.
 */
import type { Host } from '../../net/host.ts';
import type { Interface } from '../../net/interface.ts';
import type { Network } from '../../net/network.ts';
import type { LinkOptions } from '../../net/wiring.ts';

export interface CniConfig {
  /** Network of all pods. */
  readonly podCIDR: string;
  /** A node masquerades what its pods send to the outside. */
  readonly natOutgoing: boolean;
  /** MTU of the underlay, in bytes. */
  readonly mtu: number;
  /** Of a veth between a pod and its node. */
  readonly link: LinkOptions;
}

/** A node as the container network sees it. */
export interface CniNode {
  readonly host: Host;
  /** Its interface on the underlay, and its address there. */
  readonly device: Interface;
  readonly address: string;
  /** Network of its own pods. */
  readonly podCIDR: string;
}

export interface Cni {
  /** Name of the network in the plugins' configuration. */
  readonly network: string;
  /** A pod's interface has its address with the length of its node's network; else as a single one. */
  readonly ownSubnet: boolean;
  /** Furnishes every node before the first pod comes. */
  setUp(net: Network, nodes: readonly CniNode[], config: CniConfig): void;
  /** Plugs a new host with nothing but its loopback into a node. */
  attach(net: Network, node: CniNode, pod: Host, address: string, config: CniConfig): void;
  /** Undoes what unplugging the veth leaves behind on the node. */
  detach(net: Network, node: CniNode, address: string): void;
}
