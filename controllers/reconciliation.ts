/**
 * One look of a controller at one key: what it wants goes through the API server; what fails comes back after a while.
 */
import type { Draw } from '../core/decider.ts';
import { fnv32a } from './allocate/fnv.ts';
import { serve } from './api-server.ts';
import type { Component } from './component.ts';
import type { ReconcileContext } from './controller.ts';
import type { ClusterEvent } from './event.ts';
import { ClusterEventKind, ReconcileOutcome } from './event.ts';
import type { EventNote } from './note.ts';
import type { ClusterState } from './state.ts';
import { viewOf } from './state.ts';
import { timestampAt } from './timestamp.ts';
import { Transaction } from './transaction.ts';
import type { ControllerTable } from './watch.ts';
import type { Write, WriteOutcome } from './write.ts';

type Emit = (event: ClusterEvent) => void;

export function reconcileHead(
  state: ClusterState,
  controllers: ControllerTable,
  component: Component,
  at: number,
  draw: Draw,
  emit: Emit,
): void {
  const { queue, number } = component;
  const key = queue.head;
  const controller = controllers[component.kind];
  if (key === undefined || controller === undefined) return;
  const view = viewOf(state, component);
  const end = (outcome: number, requeueAt: number): void =>
    emit({ kind: ClusterEventKind.KeyReconciled, at, component: number, outcome, requeueAt, text: key });
  if (!queue.isCaughtUp(key, view.revision)) return end(ReconcileOutcome.Waiting, 0);
  const result = controller.reconcile(key, view, contextOf(state, component, key, at, draw));
  for (const event of result.events ?? []) emit(event);
  const transaction = new Transaction(state, number, at, draw, emit);
  const notes: EventNote[] = [];
  for (const write of result.writes) {
    const outcome = serve(transaction, write);
    const failure = failureOf(write, outcome);
    if (failure !== ReconcileOutcome.Done) return end(failure, at + queue.backoffNs(key));
    if (write.verb === 'create' && write.note !== undefined && outcome.result === 'created') {
      notes.push(write.note(outcome.object.metadata.name));
    }
  }
  for (const note of [...(result.notes ?? []), ...notes]) {
    emit({ kind: ClusterEventKind.NoteRecorded, at, component: number, text: JSON.stringify(note) });
  }
  end(result.parked === true ? ReconcileOutcome.Parked : ReconcileOutcome.Done, result.requeueAt ?? 0);
}

function contextOf(state: ClusterState, component: Component, key: string, at: number, draw: Draw): ReconcileContext {
  const { config, pins, store, podAddresses, nodeLoads } = state;
  return {
    at,
    timestamp: timestampAt(config.startSeconds, at),
    config,
    component,
    pins,
    newest: store.view(),
    loads: nodeLoads,
    draw: (purpose, index) => draw(purpose, fnv32a(key), index),
    podIps: ({ metadata }) => podAddresses.next(component.node!, pins.podPin(metadata.uid ?? '')?.ip),
  };
}

/** That an object is gone already is no failure of whoever wanted to change or delete it: its watch will tell. */
function failureOf(write: Write, outcome: WriteOutcome): number {
  if (outcome.result !== 'refused') return ReconcileOutcome.Done;
  if (outcome.code === 503) return ReconcileOutcome.Unavailable;
  if (outcome.code === 404 && write.verb !== 'create') return ReconcileOutcome.Done;
  return outcome.code === 409 ? ReconcileOutcome.Conflict : ReconcileOutcome.Refused;
}
