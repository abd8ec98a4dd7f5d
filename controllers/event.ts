/**
 * What has happened in the control plane. Kinds 64-127.
 */
import type { EventKinds, EventOf, EventsOf } from '../core/event-kind.ts';
import type { columns } from '../net/column.ts';

export const clusterEvents = {
  /** An object was created or changed. `text`: the object as stored, JSON. */
  ObjectWritten: {
    kind: 64,
    fields: { revision: 'until', component: 'target', jitter: 'sequence', created: 'state', text: 'text' },
  },
  /** `text`: the object's last state, JSON. */
  ObjectDeleted: {
    kind: 65,
    fields: { revision: 'until', component: 'target', jitter: 'sequence', text: 'text' },
  },
  /** The API server turned a request from outside down. `code`: HTTP status; `text`: the Status message. */
  RequestRefused: { kind: 66, fields: { component: 'target', code: 'state', text: 'text' } },
  /** A request from outside left things as they were. `text`: `Kind namespace/name`. */
  RequestChangedNothing: { kind: 67, fields: { component: 'target', text: 'text' } },
  /** A budget of disruption did not allow an eviction; it is asked for again at `nextAt`, 0: never. `text`: `EvictionTarget`, JSON. */
  EvictionHeldBack: { kind: 74, fields: { component: 'target', nextAt: 'until', text: 'text' } },
  /** A watcher has been told of all up to `revision`. */
  WatchDelivered: { kind: 68, fields: { component: 'target', revision: 'until' } },
  /** A controller has looked at a key. `outcome`: `ReconcileOutcome`; `requeueAt` 0: not again by itself. */
  KeyReconciled: {
    kind: 69,
    fields: { component: 'target', outcome: 'state', requeueAt: 'until', text: 'text' },
  },
  KeyQueued: { kind: 70, fields: { component: 'target', text: 'text' } },
  ComponentStopped: { kind: 71, fields: { component: 'target' } },
  ComponentStarted: { kind: 72, fields: { component: 'target' } },
  /** A component told an operator something. `text`: `EventNote`, JSON. */
  NoteRecorded: { kind: 73, fields: { component: 'target', text: 'text' } },
  /** A kubelet takes a pod on; its sandbox is there at `dueAt`. `text`: `PodRef`, JSON. */
  PodAccepted: { kind: 80, fields: { component: 'target', host: 'host', dueAt: 'until', text: 'text' } },
  /** The pod has its network; its containers run at `dueAt`. `text`: `PodSandbox`, JSON. */
  PodSandboxCreated: { kind: 81, fields: { component: 'target', host: 'host', dueAt: 'until', text: 'text' } },
  /** `text`: `PodRef`, JSON. */
  ContainersStarted: { kind: 82, fields: { component: 'target', host: 'host', text: 'text' } },
  /** Containers were told to end and will have ended at `dueAt`. */
  ContainersStopping: { kind: 83, fields: { component: 'target', host: 'host', dueAt: 'until', text: 'text' } },
  /** Containers ended; at `dueAt` they start again (`restarts` 1) or their sandbox goes (0). */
  ContainersExited: {
    kind: 84,
    fields: { component: 'target', host: 'host', exitCode: 'state', restarts: 'header', dueAt: 'until', text: 'text' },
  },
  PodSandboxRemoved: { kind: 85, fields: { component: 'target', host: 'host', text: 'text' } },
  /** An init container ended; at `dueAt` it starts again (`restarts` 1), or the next one, or the pod's containers. */
  InitContainerExited: {
    kind: 86,
    fields: { component: 'target', host: 'host', exitCode: 'state', restarts: 'header', dueAt: 'until', text: 'text' },
  },
  /** A pod is to go: its preStop hooks run until `dueAt`; whatever runs `graceNs` after now is killed. */
  PreStopStarted: {
    kind: 87,
    fields: { component: 'target', host: 'host', graceSeconds: 'state', dueAt: 'until', text: 'text' },
  },
  /** A kubelet asks a container how it is. `number`: of the probe; `text`: `ProbeRef`, JSON. */
  ProbeSent: { kind: 88, fields: { component: 'target', host: 'host', number: 'inner', text: 'text' } },
  /** `result`: `ProbeResult`, Unknown where the container is no longer the one that was asked; `text`: `ProbeRef`, JSON. */
  ProbeEnded: {
    kind: 89,
    fields: { component: 'target', host: 'host', number: 'inner', result: 'state', sentAt: 'until', text: 'text' },
  },
  /** The programs of a pod stand still (`hangs` 1) or go on. `text`: `PodRef`, JSON. */
  PodHung: { kind: 93, fields: { component: 'target', host: 'host', hangs: 'state', text: 'text' } },
  /** A file of a node was written or removed. `text`: `NodeFileText`, JSON. */
  NodeFileWritten: { kind: 94, fields: { component: 'target', host: 'host', text: 'text' } },
  /** A kubelet renewed its node's lease (`renewed` 1) or could not; it does so again at `nextAt`. */
  LeaseTried: {
    kind: 91,
    fields: { component: 'target', host: 'host', renewed: 'state', nextAt: 'until' },
  },
  /** The node controller has looked at all nodes; `tainted`: how many it gave NoExecute taints. */
  NodesMonitored: { kind: 92, fields: { component: 'target', tainted: 'state' } },
  /** kube-proxy wrote its rules as of `revision`. `state`: `SyncState` bits; `text`: checksum of the program. */
  ProxyRulesSynced: {
    kind: 90,
    fields: { component: 'target', host: 'host', revision: 'until', state: 'state', text: 'text' },
  },
} as const satisfies EventKinds<typeof columns>;

type Declared = typeof clusterEvents;

export type ClusterEvent = EventsOf<typeof columns, Declared>;
export type ClusterEventOf<Name extends keyof Declared> = EventOf<typeof columns, Declared[Name]>;

/** The numbers of the kinds, by name. */
export const ClusterEventKind = Object.fromEntries(
  Object.entries(clusterEvents).map(([name, { kind }]) => [name, kind]),
) as { readonly [N in keyof Declared]: Declared[N]['kind'] };

/** How a controller's look at a key ended. */
export const ReconcileOutcome = {
  Done: 0,
  /** Its view was older than the object: again after a back-off. */
  Conflict: 1,
  /** The API server turned a write down: again after a back-off. */
  Refused: 2,
  /** The API server did not answer: again after a back-off. */
  Unavailable: 3,
  /** Its own last write has not come back yet: again once it has. */
  Waiting: 4,
  /** Nothing can be done for now: again when something changes, or much later. */
  Parked: 5,
} as const;

/** Bits of a sync's `state`. */
export const SyncState = {
  /** Every chain was written, not only those of changed services. */
  Full: 1,
  /** It was the regular one, not asked for by a change. */
  Regular: 2,
} as const;
