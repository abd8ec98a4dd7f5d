/**
 * `kubectl describe pod`.
 */
import { isConditionTrue } from '../../../controllers/object/metadata.ts';
import type { Pod } from '../../../controllers/object/pod.ts';
import { isPodTerminal } from '../../../controllers/object/pod.ts';
import type { ClusterView } from '../cluster-view.ts';
import { ageOf } from '../duration.ts';
import { describeContainers } from './container-block.ts';
import { type Description, longTime } from './description.ts';
import { describePlacement, describeVolumes } from './placement-block.ts';

export function describePod(text: Description, pod: Pod, { nowSeconds }: ClusterView): void {
  const { metadata, spec, status } = pod;
  text.heading(metadata);
  if (spec.serviceAccountName) text.line(0, 'Service Account:', spec.serviceAccountName);
  text.line(0, 'Node:', spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : '<none>');
  if (status.startTime !== undefined) text.line(0, 'Start Time:', longTime(status.startTime));
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  if (metadata.deletionTimestamp !== undefined && !isPodTerminal(pod)) {
    text.line(0, 'Status:', `Terminating (lasts ${ageOf(metadata.deletionTimestamp, nowSeconds)})`);
    text.line(0, 'Termination Grace Period:', `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else text.line(0, 'Status:', status.phase);
  if (status.reason) text.line(0, 'Reason:', status.reason);
  if (status.message) text.line(0, 'Message:', status.message);
  text.line(0, 'IP:', status.podIP ?? '');
  describeIps(text, pod);
  text.controlledBy(metadata);
  if (status.nominatedNodeName) text.line(0, 'NominatedNodeName:', status.nominatedNodeName);
  if (spec.initContainers !== undefined && spec.initContainers.length > 0)
    describeContainers(text, spec.initContainers, status.initContainerStatuses ?? [], 'Init Containers:');
  describeContainers(text, spec.containers, status.containerStatuses ?? []);
  describeGates(text, pod);
  describeConditions(text, pod);
  describeVolumes(text, spec.volumes, '');
  if (status.qosClass) text.line(0, 'QoS Class:', status.qosClass);
  describePlacement(text, spec, '');
}

function describeIps(text: Description, { status }: Pod): void {
  const ips = status.podIPs ?? [];
  if (ips.length === 0) {
    text.line(0, 'IPs:', '<none>');
    return;
  }
  text.line(0, 'IPs:');
  for (const { ip } of ips) text.line(1, 'IP:', ip);
}

function describeGates(text: Description, { spec, status }: Pod): void {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return;
  text.line(0, 'Readiness Gates:');
  text.line(1, 'Type', 'Status');
  for (const { conditionType } of gates) {
    const known = status.conditions?.some(({ type }) => type === conditionType) === true;
    const value = isConditionTrue(status.conditions, conditionType) ? 'True' : 'False';
    text.line(1, `${conditionType} `, `${known ? value : '<none>'} `);
  }
}

function describeConditions(text: Description, { status }: Pod): void {
  const conditions = status.conditions ?? [];
  if (conditions.length === 0) return;
  text.line(0, 'Conditions:');
  text.line(1, 'Type', 'Status');
  for (const condition of conditions) text.line(1, `${condition.type} `, `${condition.status} `);
}
