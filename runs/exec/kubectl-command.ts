/**
 * kubectl, typed on any host: its requests go to the API server at this instant, one after the other, and the answers
 * are what the API server told.
 */
import { type ClusterCommand, ClusterCommandKind } from '../../controllers/command.ts';
import { OUTSIDE } from '../../controllers/component.ts';
import { type ClusterEvent, ClusterEventKind } from '../../controllers/event.ts';
import { SECOND } from '../../core/time.ts';
import { clusterViewOf } from '../kubectl/cluster-view.ts';
import { kubectl } from '../kubectl/kubectl.ts';
import { isPlan, type PlannedWrite, resultOf, type WriteReply } from '../kubectl/write-plan.ts';
import type { ExecResult, ExecSimulation, Session } from './exec-world.ts';

/** How long kubectl waits for what it deletes to be gone. */
const DELETION_WAIT_NS = 10 * 60 * SECOND;

export function kubectlCommand({ simulation, stdin, readFiles }: Session, argv: readonly string[]): ExecResult {
  const { cluster } = simulation.world;
  const planned = kubectl(clusterViewOf(cluster, simulation.nowNs), argv, (name) =>
    name === '-' ? [{ name: 'STDIN', text: stdin }] : (readFiles?.(name) ?? []),
  );
  if (!isPlan(planned)) return planned;
  const replies = planned.steps.map(({ write }) => ask(simulation, write));
  const { isDone } = planned;
  if (isDone !== undefined && replies.every(({ result }) => result !== 'refused')) {
    const latestNs = simulation.nowNs + DELETION_WAIT_NS;
    simulation.runWhile(() => !isDone(cluster.store.view()), latestNs);
  }
  return resultOf(planned, replies);
}

/** The command that makes a request of the API server. */
export function writeCommand({ verb, body }: PlannedWrite, at: number): ClusterCommand {
  return { kind: ClusterCommandKind.WriteObject, at, verb, text: JSON.stringify(body) };
}

function ask(simulation: ExecSimulation, write: PlannedWrite): WriteReply {
  let reply: WriteReply | undefined;
  const subscription = simulation.events.subscribe((event) => {
    reply ??= replyIn(event as ClusterEvent);
  });
  simulation.schedule(writeCommand(write, simulation.nowNs));
  simulation.runWhile(() => reply === undefined, simulation.nowNs);
  subscription.unsubscribe();
  return reply ?? { result: 'refused', code: 503, message: 'the API server did not answer' };
}

function replyIn(event: ClusterEvent): WriteReply | undefined {
  switch (event.kind) {
    case ClusterEventKind.ObjectWritten:
      if (event.component !== OUTSIDE) return undefined;
      return { result: event.created === 1 ? 'created' : 'changed' };
    case ClusterEventKind.ObjectDeleted:
      return event.component === OUTSIDE ? { result: 'deleted' } : undefined;
    case ClusterEventKind.RequestRefused:
      return { result: 'refused', code: event.code, message: event.text };
    case ClusterEventKind.RequestChangedNothing:
      return { result: 'unchanged' };
    default:
      return undefined;
  }
}
