/**
 * kubectl, typed on any host: its requests go to the API server at this instant, one after the other, and the answers
 * are what the API server told.
 */
import { type ClusterCommand, ClusterCommandKind } from '../../controllers/command.ts';
import { OUTSIDE } from '../../controllers/component.ts';
import { type ClusterEvent, ClusterEventKind } from '../../controllers/event.ts';
import { HELD_BACK } from '../../controllers/eviction.ts';
import { SECOND } from '../../core/time.ts';
import { clusterViewOf } from '../kubectl/cluster-view.ts';
import { kubectl } from '../kubectl/kubectl.ts';
import { isPlan, type PlannedWrite, resultOf, type WritePlan, type WriteReply } from '../kubectl/write-plan.ts';
import { type ExecResult, type ExecSimulation, type Session, said } from './exec-world.ts';

/** How long kubectl waits for what it deletes to be gone. */
const DELETION_WAIT_NS = 10 * 60 * SECOND;

export function kubectlCommand(
  { simulation, stdin, readFiles, deferred }: Session,
  argv: readonly string[],
): ExecResult {
  const { cluster } = simulation.world;
  if (!cluster.apiServer.running) {
    const address = cluster.config.nodes[0]?.ips[0] ?? '127.0.0.1';
    const why = 'was refused - did you specify the right host or port?';
    return said('', `The connection to the server ${address}:6443 ${why}\n`, 1);
  }
  const planned = kubectl(clusterViewOf(cluster, simulation.nowNs, simulation.logs), argv, (name) =>
    name === '-' ? [{ name: 'STDIN', text: stdin }] : (readFiles?.(name) ?? []),
  );
  if (!isPlan(planned)) return planned;
  if (deferred) {
    if (planned.steps.length > 0) simulation.schedule(writesCommand(planned, simulation.nowNs));
    return resultOf(planned, []);
  }
  return carriedOut(simulation, planned);
}

function carriedOut(simulation: ExecSimulation, plan: WritePlan): ExecResult {
  const { store } = simulation.world.cluster;
  const { isDone, patienceNs = DELETION_WAIT_NS } = plan;
  const heard = { stdout: '', stderr: '' };
  const hear = plan.hears?.();
  const subscription = simulation.events.subscribe((event) => {
    const said = hear?.(event as ClusterEvent);
    heard.stdout += said?.stdout ?? '';
    heard.stderr += said?.stderr ?? '';
  });
  const replies = plan.steps.map(({ write }) => ask(simulation, write));
  let late: ReturnType<NonNullable<WritePlan['late']>> = [];
  if (isDone !== undefined && replies.every((reply) => reply.result !== 'refused' || reply.code === HELD_BACK)) {
    simulation.runWhile(() => !isDone(store.view()), simulation.nowNs + patienceNs);
    if (!isDone(store.view())) late = plan.late?.(store.view()) ?? [];
  }
  subscription.unsubscribe();
  return resultOf(plan, replies, heard, late);
}

/** The requests of a whole plan, made one after the other. */
function writesCommand({ steps }: WritePlan, at: number): ClusterCommand {
  return { kind: ClusterCommandKind.WriteObjects, at, text: JSON.stringify(steps.map(({ write }) => write)) };
}

function ask(simulation: ExecSimulation, { verb, body }: PlannedWrite): WriteReply {
  let reply: WriteReply | undefined;
  const subscription = simulation.events.subscribe((event) => {
    reply ??= replyIn(event as ClusterEvent);
  });
  const text = JSON.stringify(body);
  simulation.schedule({ kind: ClusterCommandKind.WriteObject, at: simulation.nowNs, verb, text });
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
    case ClusterEventKind.EvictionHeldBack:
      return { result: 'refused', code: HELD_BACK, message: '' };
    case ClusterEventKind.RequestChangedNothing:
      return { result: 'unchanged' };
    default:
      return undefined;
  }
}
