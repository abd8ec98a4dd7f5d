/**
 * `resourceFieldRef`: a container's own request or limit as a whole number.
 * @see kubernetes pkg/api/v1/resource/helpers.go ExtractContainerResourceValue, MergeContainerResourceLimits
 */
import type { Container, ResourceList } from '../object/pod.ts';
import { quantityValue } from '../object/quantity.ts';

interface ResourceRef {
  /** `limits.cpu`, `requests.memory` … */
  readonly resource: string;
  readonly containerName?: string;
  /** What one stands for; absent or 0: one core, one byte. */
  readonly divisor?: string | number;
}

/** Resources of which a node's part stands for a limit that isn't set. */
const FROM_NODE = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** @param allocatable of the node @returns `undefined` where it depends on what nobody said of the node */
export function resourceValue(
  { resource, containerName, divisor }: ResourceRef,
  container: Container,
  all: readonly Container[],
  allocatable: ResourceList,
): string | undefined {
  const of = containerName === undefined ? container : all.find(({ name }) => name === containerName);
  const match = /^(limits|requests)\.(.+)$/.exec(resource);
  if (match === null || of === undefined) return undefined;
  const [, list, name] = match as unknown as [string, 'limits' | 'requests', string];
  const given = of.resources?.[list]?.[name];
  const value = given ?? (list === 'limits' && FROM_NODE.has(name) ? allocatable[name] : '0');
  if (value === undefined) return undefined;
  const one = quantityValue(divisor) || 1;
  // Thousandths are whole: what looks like a little over a number is that number.
  return String(Math.ceil(Math.round((quantityValue(value) / one) * 1e6) / 1e6));
}
