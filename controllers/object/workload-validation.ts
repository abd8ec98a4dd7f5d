/**
 * Checks of the kinds that keep pods running.
 * @see kubernetes pkg/apis/apps/validation/validation.go
 */
import type { DaemonSet } from './daemon-set.ts';
import type { Deployment } from './deployment.ts';
import type { FieldError } from './field-error.ts';
import { forbidden, invalid, notSupported, required } from './field-error.ts';
import type { LabelSelector } from './label-selector.ts';
import { matchesSelector } from './label-selector.ts';
import { validateLabelSelector, validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import { dns1123Subdomain } from './name.ts';
import type { PodTemplate } from './pod.ts';
import { validatePodTemplate } from './pod-validation.ts';
import type { ReplicaSet } from './replica-set.ts';
import type { ReplicationController } from './replication-controller.ts';
import type { StatefulSet } from './stateful-set.ts';

export function validateDeployment(deployment: Deployment): FieldError[] {
  const { spec } = deployment;
  const errors = validateMetadata(deployment.metadata, true, dns1123Subdomain);
  errors.push(...validateCount('spec.replicas', spec.replicas));
  errors.push(...validateSelector(spec.selector, 'deployment'));
  errors.push(...validateTemplate(spec.selector, spec.template));
  errors.push(...validateStrategy(spec.strategy));
  errors.push(...validateCount('spec.minReadySeconds', spec.minReadySeconds ?? 0));
  errors.push(...validateCount('spec.revisionHistoryLimit', spec.revisionHistoryLimit));
  errors.push(...validateCount('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds));
  if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
    const path = 'spec.progressDeadlineSeconds';
    errors.push(invalid(path, spec.progressDeadlineSeconds, 'must be greater than minReadySeconds'));
  }
  return errors;
}

export function validateReplicaSet(replicaSet: ReplicaSet): FieldError[] {
  const { spec } = replicaSet;
  const errors = validateMetadata(replicaSet.metadata, true, dns1123Subdomain);
  errors.push(...validateCount('spec.replicas', spec.replicas));
  errors.push(...validateCount('spec.minReadySeconds', spec.minReadySeconds ?? 0));
  errors.push(...validateSelector(spec.selector, 'deployment'));
  errors.push(...validateTemplate(spec.selector, spec.template));
  return errors;
}

export function validateDaemonSet({ metadata, spec }: DaemonSet): FieldError[] {
  const errors = validateMetadata(metadata, true, dns1123Subdomain);
  errors.push(...validateSelector(spec.selector, 'daemonset'));
  errors.push(...validateTemplate(spec.selector, spec.template));
  errors.push(...validateCount('spec.minReadySeconds', spec.minReadySeconds ?? 0));
  errors.push(...validateUpdateStrategy(spec.updateStrategy.type));
  errors.push(...validateCount('spec.revisionHistoryLimit', spec.revisionHistoryLimit));
  return errors;
}

export function validateStatefulSet({ metadata, spec }: StatefulSet): FieldError[] {
  const errors = validateMetadata(metadata, true, dns1123Subdomain);
  const policies = ['OrderedReady', 'Parallel'];
  if (!policies.includes(spec.podManagementPolicy)) {
    const detail = `must be '${policies.join("' or '")}'`;
    errors.push(invalid('spec.podManagementPolicy', spec.podManagementPolicy, detail));
  }
  errors.push(...validateUpdateStrategy(spec.updateStrategy.type));
  errors.push(...validateCount('spec.replicas', spec.replicas));
  errors.push(...validateSelector(spec.selector, 'statefulset'));
  errors.push(...validateTemplate(spec.selector, spec.template));
  return errors;
}

function validateUpdateStrategy(type: string): FieldError[] {
  const path = 'spec.updateStrategy.type';
  return type === 'RollingUpdate' || type === 'OnDelete'
    ? []
    : [notSupported(path, type, ['OnDelete', 'RollingUpdate'])];
}

export function validateReplicationController({ metadata, spec }: ReplicationController): FieldError[] {
  const errors = validateMetadata(metadata, true, dns1123Subdomain);
  errors.push(...validateCount('spec.minReadySeconds', spec.minReadySeconds ?? 0));
  if (Object.keys(spec.selector).length === 0) errors.push(required('spec.selector'));
  errors.push(...validateCount('spec.replicas', spec.replicas));
  errors.push(...validateTemplate({ matchLabels: spec.selector }, spec.template));
  return errors;
}

/** Whether the selector of an `apps/v1` object is as it was; it can't change. */
export function validateSelectorUpdate(
  next: Deployment | ReplicaSet | DaemonSet | StatefulSet,
  previous: Deployment | ReplicaSet | DaemonSet | StatefulSet,
): FieldError[] {
  const { selector } = next.spec;
  if (selectorText(selector) === selectorText(previous.spec.selector)) return [];
  return [invalid('spec.selector', selector, 'field is immutable')];
}

/** The selector of an `apps/v1` object can't change; names and the like can't either. */
export function validateWorkloadUpdate(next: Deployment | ReplicaSet, previous: Deployment | ReplicaSet): FieldError[] {
  const errors = validateMetadataUpdate(next.metadata, previous.metadata);
  errors.push(...(next.kind === 'Deployment' ? validateDeployment(next) : validateReplicaSet(next)));
  return [...errors, ...validateSelectorUpdate(next, previous)];
}

const FROZEN_SET =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

/** Of a StatefulSet little may change. */
export function validateStatefulSetUpdate(next: StatefulSet, previous: StatefulSet): FieldError[] {
  const errors = [...validateMetadataUpdate(next.metadata, previous.metadata), ...validateStatefulSet(next)];
  const frozen = ({
    spec: { selector, serviceName, podManagementPolicy, volumeClaimTemplates },
  }: StatefulSet): string =>
    JSON.stringify([selectorText(selector), serviceName ?? '', podManagementPolicy, volumeClaimTemplates ?? []]);
  return frozen(next) === frozen(previous) ? errors : [...errors, forbidden('spec', FROZEN_SET)];
}

function selectorText(selector: LabelSelector): string {
  const pairs = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([pairs, selector.matchExpressions ?? []]);
}

function validateCount(path: string, value: number): FieldError[] {
  return value < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : [];
}

function validateSelector(selector: LabelSelector | undefined, kind: string): FieldError[] {
  if (selector === undefined) return [required('spec.selector')];
  const errors = validateLabelSelector(selector, 'spec.selector');
  if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0) {
    errors.push(invalid('spec.selector', selector, `empty selector is invalid for ${kind}`));
  }
  return errors;
}

function validateTemplate(selector: LabelSelector | undefined, template: PodTemplate): FieldError[] {
  const path = 'spec.template';
  const errors: FieldError[] = [];
  const { labels } = template.metadata;
  if (selector === undefined || !matchesSelector(selector, labels)) {
    errors.push(invalid(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`'));
  }
  errors.push(...validatePodTemplate(template, path));
  if (template.spec.restartPolicy !== 'Always') {
    errors.push(notSupported(`${path}.spec.restartPolicy`, template.spec.restartPolicy, ['Always']));
  }
  return errors;
}

function validateStrategy(strategy: Deployment['spec']['strategy']): FieldError[] {
  const path = 'spec.strategy';
  const { type, rollingUpdate } = strategy;
  if (type === 'Recreate') {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate === undefined ? [] : [forbidden(`${path}.rollingUpdate`, detail)];
  }
  if (type !== 'RollingUpdate') return [notSupported(`${path}.type`, type, ['Recreate', 'RollingUpdate'])];
  if (rollingUpdate === undefined) return [required(`${path}.rollingUpdate`)];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const errors = [
    ...validateShare(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...validateShare(`${path}.rollingUpdate.maxSurge`, maxSurge),
  ];
  if (shareOf(maxUnavailable) === 0 && shareOf(maxSurge) === 0) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    errors.push(invalid(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, detail));
  }
  if (typeof maxUnavailable === 'string' && shareOf(maxUnavailable) > 100) {
    errors.push(invalid(`${path}.rollingUpdate.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'));
  }
  return errors;
}

function shareOf(value: number | string): number {
  return typeof value === 'number' ? value : Number.parseInt(value, 10);
}

function validateShare(path: string, value: number | string): FieldError[] {
  if (typeof value === 'number') return validateCount(path, value);
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return /^[0-9]+%$/.test(value) ? [] : [invalid(path, value, detail)];
}
