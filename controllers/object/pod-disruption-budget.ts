/**
 * PodDisruptionBudget: how many of some pods must be there, or may be missing, when somebody evicts one.
 * @see kubernetes pkg/apis/policy/validation/validation.go
 */
import type { FieldError } from './field-error.ts';
import { invalid } from './field-error.ts';
import type { LabelSelector } from './label-selector.ts';
import type { Manifest } from './manifest.ts';
import { objectAt } from './manifest.ts';
import type { Condition, ObjectMeta } from './metadata.ts';
import { validateMetadata } from './metadata-validation.ts';
import { dns1123Subdomain } from './name.ts';

export interface PodDisruptionBudget {
  readonly apiVersion: 'policy/v1';
  readonly kind: 'PodDisruptionBudget';
  readonly metadata: ObjectMeta;
  readonly spec: {
    /** Absent: no pod; empty: all of its namespace. */
    readonly selector?: LabelSelector;
    /** A number of pods or a share of those that their controllers want: `1`, `25%`. At most one of the two. */
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
    readonly unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow';
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly disruptionsAllowed: number;
    readonly currentHealthy: number;
    readonly desiredHealthy: number;
    readonly expectedPods: number;
    /** Pods that were evicted and are still seen, with when. */
    readonly disruptedPods?: Readonly<Record<string, string>>;
    readonly conditions?: readonly Condition[];
  };
}

export function defaultBudget(manifest: Manifest): PodDisruptionBudget {
  const none = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  return {
    ...manifest,
    spec: objectAt(manifest, 'spec'),
    status: { ...none, ...objectAt(manifest, 'status') },
  } as unknown as PodDisruptionBudget;
}

export function validateBudget({ metadata, spec }: PodDisruptionBudget): FieldError[] {
  const errors = validateMetadata(metadata, true, dns1123Subdomain);
  const { minAvailable, maxUnavailable } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    // The server prints the whole specification; the two fields are what is wrong with it.
    errors.push(
      invalid('spec', { minAvailable, maxUnavailable }, 'minAvailable and maxUnavailable cannot be both set'),
    );
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    const value = spec[field];
    if (value !== undefined) errors.push(...validateAmount(`spec.${field}`, value));
  }
  return errors;
}

/** @see kubernetes pkg/apis/apps/validation ValidatePositiveIntOrPercent, IsNotMoreThan100Percent */
function validateAmount(path: string, value: number | string): FieldError[] {
  if (typeof value === 'number') return value < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : [];
  const share = /^(\d+)%$/.exec(value);
  if (share === null)
    return [
      invalid(
        path,
        value,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ),
    ];
  return Number(share[1]) > 100 ? [invalid(path, value, 'must not be greater than 100%')] : [];
}
