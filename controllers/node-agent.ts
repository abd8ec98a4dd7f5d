/**
 * What the control plane asks of a node's network. `evolve` calls it, so it is deterministic and draws nothing; the
 * implementation lives with the container network and is handed in by whoever assembles the world.
 */
import type { SyncProgram } from './kube-proxy/proxier.ts';

export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface SandboxContainer {
  readonly name: string;
  readonly image: string;
  /** From its start until its application says of itself that it is ready, in ns; -1: never; absent: 0. */
  readonly readyDelayNs?: number;
  /** It says that it is not once it was told to end. */
  readonly unreadyOnTerm?: true;
  /** It listens on nothing: another container of the pod has its port. */
  readonly portTaken?: true;
  /** Started before the others and never waited for. */
  readonly sidecar?: true;
  readonly ports: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol: string;
    readonly hostPort?: number;
    readonly hostIP?: string;
  }[];
}

/** A pod's network namespace, and what runs in it. */
export interface PodSandbox extends PodRef {
  /** At most one a family; those of the node for `hostNetwork`. */
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
  readonly hostname: string;
  readonly containers: readonly SandboxContainer[];
  /** How many init containers run before them; absent: none. */
  readonly initContainers?: number;
}

export interface NodeAgent<W> {
  /** Makes the pod's namespace with its link, addresses and routes. Nothing listens yet. */
  attachPod(world: W, host: number, sandbox: PodSandbox): void;
  /** The containers in `sandbox`, all of the pod's or some, listen from now on. @param at ns */
  startContainers(world: W, host: number, sandbox: PodSandbox, at: number): void;
  /** They were told to end: some say from now on that they are not ready. */
  quiesceContainers?(world: W, host: number, sandbox: PodSandbox): void;
  /** They stand still, or go on: ports stay open, nobody answers. */
  hangContainers?(world: W, host: number, sandbox: PodSandbox, hangs: boolean): void;
  /** They end: what listened is closed, the namespace stays. */
  stopContainers(world: W, host: number, sandbox: PodSandbox): void;
  detachPod(world: W, host: number, sandbox: PodSandbox): void;
  /** Runs what kube-proxy wrote: ensured rules, then its steps, then its sysctls. */
  loadRules(world: W, host: number, program: SyncProgram): void;
  /** Names of the chains in the node's nat table: one and the same list as long as the table is the same. */
  natChains(world: W, host: number): readonly string[];
  hasChain(world: W, host: number, table: string, chain: string): boolean;
  /** Whether a node can reach the API server; absent: always. */
  isConnected?(world: W, host: number): boolean;
  /** Addresses on the node's interfaces, without prefix lengths. */
  localAddresses(world: W, host: number): readonly string[];
}
