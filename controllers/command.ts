/**
 * What the control plane can be told to do at an instant. Kinds 64-127.
 */

export const ClusterCommandKind = {
  ApplyObjects: 64,
  WriteObject: 65,
  WriteObjects: 66,
  DeliverWatch: 70,
  Reconcile: 71,
  QueueKey: 72,
  RetryKey: 73,
  SyncProxy: 75,
  ResyncProxy: 76,
  CheckCanary: 77,
  StopComponent: 80,
  StartComponent: 81,
  CrashPod: 82,
  ProbeContainer: 83,
  RepeatProbe: 84,
  TakeProbeAnswer: 85,
  RenewLease: 86,
  MonitorNodes: 87,
  HangPod: 88,
  WriteNodeFile: 89,
} as const;

type Kind = typeof ClusterCommandKind;

interface Command<K extends number> {
  readonly kind: K;
  readonly at: number;
}

/** Creates or applies each of a list of objects, in order. `text`: a JSON array of objects. */
export interface ApplyObjects extends Command<Kind['ApplyObjects']> {
  readonly text: string;
}

export const WriteVerb = {
  /** `text`: the object. */
  Create: 0,
  /** `text`: the object; merged into what is there. */
  Apply: 1,
  /** `text`: the whole object. */
  Update: 2,
  /** `text`: `{ kind, namespace, name, gracePeriodSeconds? }`. */
  Delete: 3,
  /** `text`: `{ kind, namespace, name, replicas, currentReplicas? }`. */
  Scale: 4,
  /** `text`: `{ kind, namespace, name, patch }`, a JSON merge patch. */
  Patch: 5,
  /** `text`: an `EvictionTarget`. */
  Evict: 6,
} as const;

/** One request from outside. */
export interface WriteObject extends Command<Kind['WriteObject']> {
  /** A `WriteVerb`. */
  readonly verb: number;
  /** JSON, as the verb has it. */
  readonly text: string;
}

/**
 * Several requests from outside, in order, as one command line makes them. Each gives exactly one event of the component
 * `OUTSIDE`: an object written or deleted, a refusal, or that nothing changed.
 */
export interface WriteObjects extends Command<Kind['WriteObjects']> {
  /** A JSON array of `{ verb, body }`: a `WriteVerb`, and what `WriteObject` has as text. */
  readonly text: string;
}

/** A watcher is told what it may know by now. */
export interface DeliverWatch extends Command<Kind['DeliverWatch']> {
  readonly component: number;
  readonly epoch: number;
}

/** A controller looks at the key whose turn it is. */
export interface Reconcile extends Command<Kind['Reconcile']> {
  readonly component: number;
  readonly epoch: number;
}

/** A key's back-off or time is over. */
export interface QueueKey extends Command<Kind['QueueKey']> {
  readonly component: number;
  readonly epoch: number;
  readonly text: string;
}

/** A key that nothing could be done for is looked at again: upkeep, which never keeps a run alive. */
export interface RetryKey extends Command<Kind['RetryKey']> {
  readonly component: number;
  readonly epoch: number;
  readonly text: string;
}

/** A kube-proxy writes what has changed. */
export interface SyncProxy extends Command<Kind['SyncProxy']> {
  readonly component: number;
  readonly epoch: number;
}

/** A kube-proxy's regular sync: upkeep, which never keeps a run alive. */
export interface ResyncProxy extends Command<Kind['ResyncProxy']> {
  readonly component: number;
  readonly epoch: number;
}

/** A kube-proxy looks whether its canary chain is still there. */
export interface CheckCanary extends Command<Kind['CheckCanary']> {
  readonly component: number;
  readonly epoch: number;
}

/** `text`: `endpoints`, `kube-proxy@node1` … */
export interface StopComponent extends Command<Kind['StopComponent']> {
  readonly text: string;
}

/** `text`: a component's name, or `*` for all that don't run. */
export interface StartComponent extends Command<Kind['StartComponent']> {
  readonly text: string;
}

/** The containers of a pod end with an error. `text`: `namespace/name`. */
export interface CrashPod extends Command<Kind['CrashPod']> {
  readonly text: string;
}

/** The programs of a pod stand still, or go on: its ports stay open, nobody answers. `text`: `namespace/name`. */
export interface HangPod extends Command<Kind['HangPod']> {
  readonly text: string;
  /** 1: stand still; 0: go on. */
  readonly hangs: number;
}

/** A kubelet asks a container how it is. `text`: `ProbeRef`, JSON. */
export interface ProbeContainer extends Command<Kind['ProbeContainer']> {
  readonly component: number;
  readonly epoch: number;
  readonly text: string;
}

/** It asks again: upkeep, which never keeps a run alive. */
export interface RepeatProbe extends Command<Kind['RepeatProbe']> {
  readonly component: number;
  readonly epoch: number;
  readonly text: string;
}

/** A probe's request has ended. */
export interface TakeProbeAnswer extends Command<Kind['TakeProbeAnswer']> {
  readonly number: number;
  /** `Outcome` */
  readonly outcome: number;
  /** HTTP status, or 0. */
  readonly status: number;
  /** The connection stood. */
  readonly connected: boolean;
}

/** A kubelet tells that it lives: upkeep. */
export interface RenewLease extends Command<Kind['RenewLease']> {
  readonly component: number;
  readonly epoch: number;
}

/** The node controller looks which nodes live: upkeep. */
export interface MonitorNodes extends Command<Kind['MonitorNodes']> {
  readonly component: number;
  readonly epoch: number;
}

/** Somebody writes or removes a file of a node. `text`: `NodeFileText`, JSON. */
export interface WriteNodeFile extends Command<Kind['WriteNodeFile']> {
  readonly node: string;
  readonly text: string;
}

export type ClusterCommand =
  | ApplyObjects
  | WriteObject
  | WriteObjects
  | DeliverWatch
  | Reconcile
  | QueueKey
  | RetryKey
  | SyncProxy
  | ResyncProxy
  | CheckCanary
  | StopComponent
  | StartComponent
  | CrashPod
  | HangPod
  | WriteNodeFile
  | ProbeContainer
  | RepeatProbe
  | TakeProbeAnswer
  | RenewLease
  | MonitorNodes;

/** Commands that go on for ever by themselves: a run may end while only these are left. */
export const UPKEEP_COMMANDS: ReadonlySet<number> = new Set([
  ClusterCommandKind.ResyncProxy,
  ClusterCommandKind.RetryKey,
  ClusterCommandKind.RepeatProbe,
  ClusterCommandKind.RenewLease,
  ClusterCommandKind.MonitorNodes,
]);

/** The command that starts everything that doesn't run: a fresh cluster runs nothing but its API server. */
export function startAll(at: number): StartComponent {
  return { kind: ClusterCommandKind.StartComponent, at, text: '*' };
}

/** The command that stops a node's kubelet. Its pods go on as they are. */
export function stopKubelet(node: string, at: number): StopComponent {
  return { kind: ClusterCommandKind.StopComponent, at, text: `kubelet@${node}` };
}
