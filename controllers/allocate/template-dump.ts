/**
 * A pod template as Go's spew package dumps it with `%#v`: the text that a ReplicaSet's hash is made of.
 * @see github.com/davecgh/go-spew spew/format.go, kubernetes pkg/util/hash DeepHashObject
 */
import type { PodTemplate } from '../object/pod.ts';
import { goFields, TEXT_TYPES } from './go-type.ts';

/** A part of the template whose Go type is not known here. */
const UNKNOWN = Symbol('unknown');

type Dump = string | typeof UNKNOWN;

/**
 * @param minor release of the controller manager: 16 for 1.16
 * @returns `undefined` when the template holds a part whose Go record isn't known (volumes, resource quantities, …)
 */
export function templateDump(template: PodTemplate, minor: number): string | undefined {
  const dump = dumpValue('v1.PodTemplateSpec', template, minor, true);
  return dump === UNKNOWN ? undefined : dump;
}

/** @param shown whether the type stands before the value, as it does for fields and not for elements */
function dumpValue(type: string, value: unknown, minor: number, shown: boolean): Dump {
  const head = shown ? `(${type})` : '';
  if (type.startsWith('*')) return dumpPointer(type, value, minor, shown);
  if (type.startsWith('[]')) return dumpSlice(type.slice(2), value, head, minor);
  if (type === 'map[string]string') return head + dumpMap(value);
  if (TEXT_TYPES.has(type)) return head + ((value as string | undefined) ?? '');
  if (type === 'int32' || type === 'int64') return head + String(value ?? 0);
  if (type === 'bool') return head + String(value ?? false);
  if (type === 'v1.Time') {
    const zero = `${head}{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}`;
    return value === undefined || value === null ? zero : UNKNOWN;
  }
  if (type === 'intstr.IntOrString') return head + dumpIntOrString(value);
  if (goFields(type) === undefined) return isEmpty(value) ? `${head}<nil>` : UNKNOWN;
  return dumpStruct(type, value, head, minor);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function dumpPointer(type: string, value: unknown, minor: number, shown: boolean): Dump {
  const nil = shown ? `(${type})<nil>` : '<nil>';
  if (value === undefined || value === null) return nil;
  const target = type.slice(1);
  if (goFields(target) === undefined && typeof value === 'object') return UNKNOWN;
  const dump = dumpValue(target, value, minor, false);
  return dump === UNKNOWN ? UNKNOWN : `${shown ? `(${type})` : '<*>'}${dump}`;
}

/** An empty list comes back from the store as none. */
function dumpSlice(element: string, value: unknown, head: string, minor: number): Dump {
  if (!Array.isArray(value) || value.length === 0) return `${head}<nil>`;
  const parts: string[] = [];
  for (const item of value) {
    if (typeof item === 'object' && goFields(element) === undefined) return UNKNOWN;
    const dump = dumpValue(element, item, minor, false);
    if (dump === UNKNOWN) return UNKNOWN;
    parts.push(dump);
  }
  return `${head}[${parts.join(' ')}]`;
}

function dumpMap(value: unknown): string {
  if (isEmpty(value)) return '<nil>';
  const pairs = Object.entries(value as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `map[${pairs.map(([key, text]) => `${key}:${text}`).join(' ')}]`;
}

function dumpIntOrString(value: unknown): string {
  const isText = typeof value === 'string';
  const number = isText ? 0 : ((value as number | undefined) ?? 0);
  return `{Type:(intstr.Type)${isText ? 1 : 0} IntVal:(int32)${number} StrVal:(string)${isText ? value : ''}}`;
}

function dumpStruct(type: string, value: unknown, head: string, minor: number): Dump {
  const given = (value ?? {}) as Record<string, unknown>;
  const fields = goFields(type)!.filter(({ from, to }) => from <= minor && minor <= to);
  const parts: string[] = [];
  for (const { name, json, type: fieldType } of fields) {
    const dump = dumpValue(fieldType, json === '' ? given : given[json], minor, true);
    if (dump === UNKNOWN) return UNKNOWN;
    parts.push(`${name}:${dump}`);
  }
  return `${head}{${parts.join(' ')}}`;
}
