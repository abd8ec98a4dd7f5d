/**
 * Whether an object may be stored: the checks of its kind.
 */
import { validateCronJob, validateJob, validateJobUpdate } from './batch-validation.ts';
import { validateConfig, validateConfigUpdate } from './config-map.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate, validateEndpoints } from './endpoints-validation.ts';
import type { FieldError } from './field-error.ts';
import { invalid } from './field-error.ts';
import type { KubeObject } from './kind.ts';
import { validateMetadataUpdate } from './metadata-validation.ts';
import { validateNamespace, validateNode, validateNodeUpdate } from './node-validation.ts';
import { validateBudget } from './pod-disruption-budget.ts';
import { validatePod, validatePodUpdate } from './pod-validation.ts';
import { validateService, validateServiceUpdate } from './service-validation.ts';
import {
  validateDaemonSet,
  validateDeployment,
  validateReplicaSet,
  validateReplicationController,
  validateSelectorUpdate,
  validateStatefulSet,
  validateStatefulSetUpdate,
  validateWorkloadUpdate,
} from './workload-validation.ts';

/**
 * @param object defaulted
 * @param minor release of the API server, where its words depend on it; absent: the newest
 * @returns nothing when the object may be created
 */
export function validateObject(object: KubeObject, minor?: number): FieldError[] {
  switch (object.kind) {
    case 'Service':
      return validateService(object);
    case 'Pod':
      return validatePod(object);
    case 'Deployment':
      return validateDeployment(object);
    case 'ReplicaSet':
      return validateReplicaSet(object);
    case 'DaemonSet':
      return validateDaemonSet(object);
    case 'StatefulSet':
      return validateStatefulSet(object);
    case 'ReplicationController':
      return validateReplicationController(object);
    case 'Job':
      return validateJob(object);
    case 'CronJob':
      return validateCronJob(object);
    case 'ConfigMap':
    case 'Secret':
      return validateConfig(object);
    case 'PodDisruptionBudget':
      return validateBudget(object);
    case 'Endpoints':
      return validateEndpoints(object, minor);
    case 'EndpointSlice':
      return validateEndpointSlice(object);
    case 'Namespace':
      return validateNamespace(object);
    case 'Node':
      return validateNode(object);
  }
}

/**
 * Whether `next` may replace `previous`. A Service goes through `carryOverService` before.
 * @param minor release of the API server
 */
export function validateObjectUpdate(next: KubeObject, previous: KubeObject, minor: number): FieldError[] {
  if (next.kind === 'Service' && previous.kind === 'Service') return validateServiceUpdate(next, previous, minor);
  if (next.kind === 'Pod' && previous.kind === 'Pod') return validatePodUpdate(next, previous);
  if (next.kind === 'Node' && previous.kind === 'Node') return validateNodeUpdate(next, previous);
  if (next.kind === 'EndpointSlice' && previous.kind === 'EndpointSlice') {
    return validateEndpointSliceUpdate(next, previous);
  }
  if (next.kind === 'Deployment' && previous.kind === 'Deployment') return validateWorkloadUpdate(next, previous);
  if (next.kind === 'ReplicaSet' && previous.kind === 'ReplicaSet') return validateWorkloadUpdate(next, previous);
  if (next.kind === 'StatefulSet' && previous.kind === 'StatefulSet') return validateStatefulSetUpdate(next, previous);
  if (isConfig(next) && isConfig(previous) && next.kind === previous.kind) return validateConfigUpdate(next, previous);
  if (next.kind === 'Job' && previous.kind === 'Job') return validateJobUpdate(next, previous);
  if (next.kind === 'DaemonSet' && previous.kind === 'DaemonSet') {
    const errors = [...validateMetadataUpdate(next.metadata, previous.metadata), ...validateDaemonSet(next)];
    return [...errors, ...validateSelectorUpdate(next, previous)];
  }
  if (next.kind !== previous.kind) return [invalid('kind', next.kind, 'field is immutable')];
  return [...validateMetadataUpdate(next.metadata, previous.metadata), ...validateObject(next, minor)];
}

function isConfig(object: KubeObject): object is Extract<KubeObject, { kind: 'ConfigMap' | 'Secret' }> {
  return object.kind === 'ConfigMap' || object.kind === 'Secret';
}
