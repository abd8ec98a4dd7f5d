/**
 * Reads a manifest as the API server's decoder does: unknown fields and values of a wrong type are errors, `null` stands
 * for a field that is absent.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/runtime/serializer/json
 */
import type { FieldType, Scalar, Struct } from './field-list.ts';
import { FIELD_LISTS } from './field-list.ts';
import type { KindInfo } from './kind.ts';
import type { Manifest } from './manifest.ts';
import { isManifest } from './manifest.ts';

export interface Decoded {
  /** Without nulls, and without what was not understood. */
  readonly manifest: Manifest;
  /** Paths with the API's notation: `spec.ports[0].foo`. */
  readonly unknownFields: readonly string[];
  /** The first value of a wrong type, in the words of Go's JSON package, and its path. */
  readonly typeError: string | undefined;
  readonly typeErrorAt: string | undefined;
}

interface Findings {
  readonly unknown: string[];
  typeError: string | undefined;
  typeErrorAt: string | undefined;
}

const INT_RANGE = { int32: 2 ** 31, int64: 2 ** 53 } as const;

export function decodeManifest(info: KindInfo, value: unknown): Decoded {
  const findings: Findings = { unknown: [], typeError: undefined, typeErrorAt: undefined };
  const list = FIELD_LISTS[info.kind];
  const manifest = isManifest(value) ? decodeStruct(value, list, '', '', findings) : {};
  const { unknown: unknownFields, typeError, typeErrorAt } = findings;
  return { manifest, unknownFields, typeError, typeErrorAt };
}

/**
 * What kubectl prints when the server can't decode, without the leading `Error from server (BadRequest): `.
 * @returns nothing when all was understood
 */
export function decodeMessage(info: KindInfo, decoded: Decoded): string | undefined {
  const version = info.apiVersion.split('/').at(-1);
  const head = `${info.kind} in version "${version}" cannot be handled as a ${info.kind}: `;
  if (decoded.typeError !== undefined) return `${head}${decoded.typeError}`;
  if (decoded.unknownFields.length === 0) return undefined;
  return `${head}strict decoding error: ${decoded.unknownFields.map((path) => `unknown field "${path}"`).join(', ')}`;
}

/** @param at path with indexes @param plain path as Go's JSON package prints it, without them */
function decodeStruct(value: Manifest, list: Struct, at: string, plain: string, findings: Findings): Manifest {
  const result: Record<string, unknown> = {};
  for (const [field, part] of Object.entries(value)) {
    const path = at === '' ? field : `${at}.${field}`;
    const type = Object.hasOwn(list.fields, field) ? list.fields[field] : undefined;
    if (type === undefined) findings.unknown.push(path);
    else if (part !== null && part !== undefined) {
      const deep = plain === '' ? field : `${plain}.${field}`;
      result[field] = decodePart(part, type, list.type, path, deep, findings);
    }
  }
  return result;
}

function decodePart(
  part: unknown,
  type: FieldType,
  owner: string,
  at: string,
  plain: string,
  findings: Findings,
): unknown {
  const refuse = (wanted: string): undefined => {
    findings.typeErrorAt ??= at;
    findings.typeError ??= `json: cannot unmarshal ${jsonKind(part)} into Go struct field ${owner}.${plain} of type ${wanted}`;
    return undefined;
  };
  if (typeof type === 'string') return isScalar(part, type) ? part : refuse(goName(type));
  if ('list' in type) {
    if (!Array.isArray(part)) return refuse(goName(type));
    return part.map((item: unknown, i) =>
      item === null ? item : decodePart(item, type.list, owner, `${at}[${i}]`, plain, findings),
    );
  }
  if (!isManifest(part)) return refuse(goName(type));
  if ('map' in type) {
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(part)) {
      result[key] = item === null ? '' : decodePart(item, type.map, owner, `${at}.${key}`, plain, findings);
    }
    return result;
  }
  return decodeStruct(part, type, at, plain, findings);
}

function isScalar(value: unknown, type: Scalar): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'int32':
    case 'int64':
      return Number.isInteger(value) && Math.abs(value as number) < INT_RANGE[type];
    case 'intOrString':
      return typeof value === 'string' || isScalar(value, 'int32');
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number';
  }
}

function goName(type: FieldType): string {
  if (typeof type === 'string') return type === 'intOrString' ? 'int32' : type;
  if ('list' in type) return `[]${goName(type.list)}`;
  if ('map' in type) return `map[string]${goName(type.map)}`;
  return `v1.${type.type}`;
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'number' : `number ${value}`;
  return typeof value === 'string' ? 'string' : 'object';
}
