/**
 * Checks of Nodes and Namespaces.
 * @see kubernetes pkg/apis/core/validation/validation.go ValidateNode, ValidateNamespace
 */
import { familyOf, validateCidr } from './address-validation.ts';
import type { FieldError } from './field-error.ts';
import { duplicate, forbidden, invalid, notSupported, required } from './field-error.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import { dns1123Label, dns1123Subdomain, labelKey, labelValue } from './name.ts';
import type { Namespace } from './namespace.ts';
import type { Node, Taint } from './node.ts';

const EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

export function validateNamespace(namespace: Namespace): FieldError[] {
  return validateMetadata(namespace.metadata, false, dns1123Label);
}

export function validateNode(node: Node): FieldError[] {
  const errors = validateMetadata(node.metadata, false, dns1123Subdomain);
  errors.push(...validateTaints(node.spec.taints ?? [], 'spec.taints'));
  const cidrs = node.spec.podCIDRs ?? (node.spec.podCIDR ? [node.spec.podCIDR] : []);
  cidrs.forEach((cidr, i) => {
    errors.push(...validateCidr(cidr, `spec.podCIDRs[${i}]`));
  });
  const families = cidrs.map((cidr) => familyOf(cidr.split('/')[0] as string));
  if (cidrs.length > 2 || (cidrs.length === 2 && families[0] === families[1])) {
    errors.push(invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  return errors;
}

function validateTaints(taints: readonly Taint[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  taints.forEach(({ key, value = '', effect }, i) => {
    const at = `${path}[${i}]`;
    errors.push(...labelKey(key).map((text) => invalid(`${at}.key`, key, text)));
    errors.push(...labelValue(value).map((text) => invalid(`${at}.value`, value, text)));
    if (!effect) errors.push(required(`${at}.effect`));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
    if (seen.has(`${effect} ${key}`)) errors.push(duplicate(at, { key, value, effect }));
    seen.add(`${effect} ${key}`);
  });
  return errors;
}

export function validateNodeUpdate(next: Node, previous: Node): FieldError[] {
  const errors = validateMetadataUpdate(next.metadata, previous.metadata);
  errors.push(...validateNode(next));
  const before = previous.spec.podCIDRs ?? [];
  const after = next.spec.podCIDRs ?? [];
  if (before.length > 0 && before.join() !== after.join()) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  return errors;
}
