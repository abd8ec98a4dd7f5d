/**
 * Checks of `metadata`, common to all kinds.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go
 */
import type { FieldError } from './field-error.ts';
import { forbidden, invalid, required } from './field-error.ts';
import type { LabelSelector } from './label-selector.ts';
import type { ObjectMeta, StringMap } from './metadata.ts';
import type { NameCheck } from './name.ts';
import { dns1123Label, labelKey, labelValue } from './name.ts';

const ANNOTATIONS_MOST_BYTES = 256 * 1024;

/** @param isName the form of the kind's names */
export function validateMetadata(metadata: ObjectMeta, namespaced: boolean, isName: NameCheck): FieldError[] {
  const errors: FieldError[] = [];
  if (!metadata.name && !metadata.generateName) {
    errors.push(required('metadata.name', 'name or generateName is required'));
  }
  if (metadata.generateName) {
    // A generated name keeps its form only if what comes before the suffix does; a final hyphen is masked.
    const masked = metadata.generateName.replace(/-$/, 'a');
    errors.push(...isName(masked).map((text) => invalid('metadata.generateName', metadata.generateName, text)));
  }
  if (metadata.name) errors.push(...isName(metadata.name).map((text) => invalid('metadata.name', metadata.name, text)));
  if (namespaced) {
    if (!metadata.namespace) errors.push(required('metadata.namespace'));
    else {
      const { namespace } = metadata;
      errors.push(...dns1123Label(namespace).map((text) => invalid('metadata.namespace', namespace, text)));
    }
  } else if (metadata.namespace) {
    errors.push(forbidden('metadata.namespace', 'not allowed on this type'));
  }
  errors.push(...validateLabels(metadata.labels, 'metadata.labels'));
  errors.push(...validateAnnotations(metadata.annotations, 'metadata.annotations'));
  return errors;
}

export function validateLabels(labels: StringMap | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.push(...labelKey(key).map((text) => invalid(path, key, text)));
    errors.push(...labelValue(value).map((text) => invalid(path, value, text)));
  }
  return errors;
}

export function validateAnnotations(annotations: StringMap | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    errors.push(...labelKey(key.toLowerCase()).map((text) => invalid(path, key, text)));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > ANNOTATIONS_MOST_BYTES) {
    errors.push(`${path}: Too long: may not be more than ${ANNOTATIONS_MOST_BYTES} bytes`);
  }
  return errors;
}

export function validateLabelSelector(selector: LabelSelector, path: string): FieldError[] {
  const errors = validateLabels(selector.matchLabels, `${path}.matchLabels`);
  (selector.matchExpressions ?? []).forEach(({ key, operator, values }, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    const count = values?.length ?? 0;
    if (operator === 'In' || operator === 'NotIn') {
      if (count === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (count > 0) {
        errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
    } else {
      errors.push(invalid(`${at}.operator`, operator, 'not a valid selector operator'));
    }
    errors.push(...labelKey(key).map((text) => invalid(`${at}.key`, key, text)));
    (values ?? []).forEach((value, j) => {
      errors.push(...labelValue(value).map((text) => invalid(`${at}.values[${j}]`, value, text)));
    });
  });
  return errors;
}

/** What may not change once an object is there. */
export function validateMetadataUpdate(next: ObjectMeta, previous: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    if (next[field] !== undefined && previous[field] !== undefined && next[field] !== previous[field]) {
      errors.push(invalid(`metadata.${field}`, next[field], 'field is immutable'));
    }
  }
  return errors;
}
