/**
 * `kubectl describe deployment` and `describe replicaset`.
 */
import { equalContent } from '../../../controllers/canonical.ts';
import type { Deployment } from '../../../controllers/object/deployment.ts';
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import { byAge, type Condition, controllerOf } from '../../../controllers/object/metadata.ts';
import type { PodTemplate } from '../../../controllers/object/pod.ts';
import { POD_TEMPLATE_HASH_LABEL, type ReplicaSet } from '../../../controllers/object/replica-set.ts';
import type { ObjectView } from '../../../controllers/view.ts';
import type { ClusterView } from '../cluster-view.ts';
import { describeContainers } from './container-block.ts';
import { type Description, longTime } from './description.ts';
import { describePlacement, describeVolumes } from './placement-block.ts';

export function describeDeployment(text: Description, deployment: Deployment, { view }: ClusterView): void {
  const { metadata, spec, status } = deployment;
  text.heading(metadata);
  text.line(0, 'CreationTimestamp:', longTime(metadata.creationTimestamp));
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, 'Selector:', formatSelector(spec.selector));
  const counts = [
    `${spec.replicas} desired`,
    `${status.updatedReplicas ?? 0} updated`,
    `${status.replicas ?? 0} total`,
    `${status.availableReplicas ?? 0} available`,
    `${status.unavailableReplicas ?? 0} unavailable`,
  ];
  text.line(0, 'Replicas:', counts.join(' | '));
  text.line(0, 'StrategyType:', spec.strategy.type);
  text.line(0, 'MinReadySeconds:', spec.minReadySeconds ?? 0);
  const rolling = spec.strategy.rollingUpdate;
  if (rolling !== undefined) {
    const { maxUnavailable, maxSurge } = rolling;
    text.line(0, 'RollingUpdateStrategy:', `${maxUnavailable} max unavailable, ${maxSurge} max surge`);
  }
  describeTemplate(text, spec.template);
  describeConditions(text, status.conditions ?? []);
  const sets = view
    .listBy('ReplicaSet', 'owner', metadata.uid ?? '')
    .filter((set) => controllerOf(set.metadata)?.uid === metadata.uid);
  const next = sets.find((set) => equalContent(withoutHash(set.spec.template), withoutHash(spec.template)));
  const old = sets.filter((set) => set !== next).sort(byAge);
  text.line(0, 'OldReplicaSets:', setsText(old));
  text.line(0, 'NewReplicaSet:', setsText(next === undefined ? [] : [next]));
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { [POD_TEMPLATE_HASH_LABEL]: _hash, ...labels } = template.metadata.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function setsText(sets: readonly ReplicaSet[]): string {
  const texts = sets.map(
    ({ metadata, spec, status }) => `${metadata.name} (${status.replicas}/${spec.replicas} replicas created)`,
  );
  return texts.join(', ') || '<none>';
}

export function describeReplicaSet(text: Description, set: ReplicaSet, { view }: ClusterView): void {
  const { metadata, spec, status } = set;
  text.heading(metadata);
  text.line(0, 'Selector:', formatSelector(spec.selector));
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.controlledBy(metadata);
  text.line(0, 'Replicas:', `${status.replicas} current / ${spec.replicas} desired`);
  describePhases(text, metadata.uid, view);
  describeTemplate(text, spec.template);
  describeConditions(text, status.conditions ?? []);
}

/** How the pods of an owner are. */
export function describePhases(text: Description, uid: string | undefined, view: ObjectView): void {
  const pods = view.listBy('Pod', 'owner', uid ?? '');
  const count = (phase: string): number => pods.filter((pod) => pod.status.phase === phase).length;
  const phases = [
    `${count('Running')} Running`,
    `${count('Pending')} Waiting`,
    `${count('Succeeded')} Succeeded`,
    `${count('Failed')} Failed`,
  ];
  text.line(0, 'Pods Status:', phases.join(' / '));
}

export function describeTemplate(text: Description, { metadata, spec }: PodTemplate): void {
  text.line(0, 'Pod Template:');
  text.labels('  Labels', metadata.labels);
  if (Object.keys(metadata.annotations ?? {}).length > 0) text.annotations('  Annotations', metadata.annotations);
  if (spec.serviceAccountName) text.line(1, 'Service Account:', spec.serviceAccountName);
  describeContainers(text, spec.containers, undefined);
  describeVolumes(text, spec.volumes, '  ');
  describePlacement(text, spec, '  ');
}

function describeConditions(text: Description, conditions: readonly Condition[]): void {
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:');
  text.line(1, 'Type', 'Status', 'Reason');
  text.line(1, '----', '------', '------');
  for (const { type, status, reason = '' } of conditions) text.line(1, `${type} `, status, reason);
}
