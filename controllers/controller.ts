/**
 * What every controller is: told which keys to look at, it compares what should be with what it sees and says what to
 * change. It is never told what has changed.
 */
import type { Component, ComponentKind } from './component.ts';
import type { ClusterConfig } from './config.ts';
import type { ClusterEvent } from './event.ts';
import type { NodeLoads } from './node-load.ts';
import type { EventNote } from './note.ts';
import type { KubeObject } from './object/kind.ts';
import type { Pod } from './object/pod.ts';
import type { PinLedger } from './pin.ts';
import type { Change } from './store.ts';
import type { ObjectView } from './view.ts';
import type { Write } from './write.ts';

export interface ReconcileContext {
  /** Now, in ns. */
  readonly at: number;
  /** Now, as the API writes it. */
  readonly timestamp: string;
  readonly config: ClusterConfig;
  readonly component: Readonly<Component>;
  readonly pins: PinLedger;
  /** Newest bindings that the view may not show yet, and the number of pods by node. Only the scheduler asks. */
  readonly newest: ObjectView;
  readonly loads: Pick<NodeLoads, 'least'>;
  /** A random number for this look. */
  draw(purpose: number, index?: number): number;
  /** Addresses for a pod of the component's node. Empty: none is free. Only a kubelet asks. */
  podIps(pod: Pod): readonly string[];
}

export interface ReconcileResult {
  /** In order; the first that fails ends the look. */
  readonly writes: readonly Write[];
  /** Facts of the component's own, told before the writes. */
  readonly events?: readonly ClusterEvent[];
  readonly notes?: readonly EventNote[];
  /** Look again at this instant, in ns. */
  readonly requeueAt?: number;
  /** Nothing can be done before something else changes: `requeueAt` is but a precaution. */
  readonly parked?: boolean;
}

export interface Controller {
  readonly kind: ComponentKind;
  /** Whether a component of this kind is to be told of a write. */
  watches(change: Change, component: Readonly<Component>): boolean;
  /** The keys that a write makes worth a look. */
  keysOf(change: Change, view: ObjectView): readonly string[];
  /** All keys: what it looks at when it starts. */
  allKeys(view: ObjectView, component: Readonly<Component>): readonly string[];
  reconcile(key: string, view: ObjectView, context: ReconcileContext): ReconcileResult;
}

export const NOTHING_TO_DO: ReconcileResult = { writes: [] };

/** Before and after: what a label or a selector matched, and what it matches now. */
export function statesOf(change: Change): readonly KubeObject[] {
  return change.previous === undefined || change.deleted ? [change.object] : [change.previous, change.object];
}
