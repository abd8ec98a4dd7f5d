/**
 * `kubectl describe daemonset`, `describe statefulset` and `describe replicationcontroller`.
 */
import type { DaemonSet } from '../../../controllers/object/daemon-set.ts';
import { formatSelector } from '../../../controllers/object/label-selector.ts';
import type { ReplicationController } from '../../../controllers/object/replication-controller.ts';
import type { StatefulSet } from '../../../controllers/object/stateful-set.ts';
import type { ClusterView } from '../cluster-view.ts';
import { formatLabels } from '../label-text.ts';
import { type Description, longTime } from './description.ts';
import { describePhases, describeTemplate } from './workload-description.ts';

export function describeDaemonSet(
  text: Description,
  { metadata, spec, status }: DaemonSet,
  { view }: ClusterView,
): void {
  text.heading(metadata);
  text.line(0, 'Selector:', formatSelector(spec.selector));
  text.line(0, 'Node-Selector:', formatLabels(spec.template.spec.nodeSelector));
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, 'Desired Number of Nodes Scheduled:', status.desiredNumberScheduled);
  text.line(0, 'Current Number of Nodes Scheduled:', status.currentNumberScheduled);
  text.line(0, 'Number of Nodes Scheduled with Up-to-date Pods:', status.updatedNumberScheduled ?? 0);
  text.line(0, 'Number of Nodes Scheduled with Available Pods:', status.numberAvailable ?? 0);
  text.line(0, 'Number of Nodes Misscheduled:', status.numberMisscheduled);
  describePhases(text, metadata.uid, view);
  describeTemplate(text, spec.template);
}

export function describeStatefulSet(
  text: Description,
  { metadata, spec, status }: StatefulSet,
  { view }: ClusterView,
): void {
  text.heading(metadata);
  text.line(0, 'CreationTimestamp:', longTime(metadata.creationTimestamp));
  text.line(0, 'Selector:', formatSelector(spec.selector));
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, 'Replicas:', `${spec.replicas} desired | ${status.replicas} total`);
  text.line(0, 'Update Strategy:', spec.updateStrategy.type);
  const { partition } = spec.updateStrategy.rollingUpdate ?? {};
  if (partition !== undefined) text.line(1, 'Partition:', partition);
  describePhases(text, metadata.uid, view);
  describeTemplate(text, spec.template);
  describeClaims(text, spec.volumeClaimTemplates ?? []);
}

interface Claim {
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly storageClassName?: string;
    readonly resources?: { readonly requests?: { readonly storage?: unknown } };
  };
}

function describeClaims(text: Description, claims: readonly unknown[]): void {
  if (claims.length === 0) {
    text.line(0, 'Volume Claims:', '<none>');
    return;
  }
  text.line(0, 'Volume Claims:');
  for (const { metadata, spec } of claims as readonly Claim[]) {
    text.line(1, 'Name:', metadata?.name ?? '');
    text.line(1, 'StorageClass:', spec?.storageClassName ?? '');
    text.line(1, 'Capacity:', String(spec?.resources?.requests?.storage ?? '<default>'));
  }
}

export function describeReplicationController(
  text: Description,
  { metadata, spec, status }: ReplicationController,
  { view }: ClusterView,
): void {
  text.heading(metadata);
  text.line(0, 'Selector:', formatLabels(spec.selector));
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, 'Replicas:', `${status.replicas} current / ${spec.replicas} desired`);
  describePhases(text, metadata.uid, view);
  describeTemplate(text, spec.template);
}
