/**
 * ConfigMap and Secret: texts by name, which containers are given as variables.
 */
import { equalContent } from '../canonical.ts';
import type { FieldError } from './field-error.ts';
import { forbidden, invalid } from './field-error.ts';
import type { Manifest } from './manifest.ts';
import { objectAt } from './manifest.ts';
import type { ObjectMeta, StringMap } from './metadata.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import { dns1123Subdomain } from './name.ts';

export interface ConfigMap {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: ObjectMeta;
  readonly data?: StringMap;
  /** Base64. */
  readonly binaryData?: StringMap;
  readonly immutable?: boolean;
}

export interface Secret {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: ObjectMeta;
  readonly type: string;
  /** Base64. */
  readonly data?: StringMap;
  readonly immutable?: boolean;
}

/** What was given as text is kept as base64, over what was given so already. @see kubernetes pkg/apis/core/v1/conversion.go */
export function defaultSecret({ stringData, ...manifest }: Manifest): Secret {
  const texts = Object.entries(objectAt({ stringData }, 'stringData'));
  const given = objectAt(manifest, 'data');
  const data = { ...given, ...Object.fromEntries(texts.map(([key, text]) => [key, toBase64(String(text))])) };
  return {
    ...manifest,
    type: manifest['type'] || 'Opaque',
    ...(Object.keys(data).length === 0 ? {} : { data }),
  } as unknown as Secret;
}

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The texts of a Secret or ConfigMap, by key; binary data of a ConfigMap is none. */
export function textsOf(object: ConfigMap | Secret): ReadonlyMap<string, string> {
  const entries = Object.entries(object.data ?? {});
  if (object.kind === 'ConfigMap') return new Map(entries);
  return new Map(entries.map(([key, value]) => [key, fromBase64(value)]));
}

function fromBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}

/** Bytes that a base64 text stands for. */
export function decodedBytes(text: string): number {
  return atob(text).length;
}

/** @see kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation IsConfigMapKey */
const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

export function validateConfig(object: ConfigMap | Secret): FieldError[] {
  return [
    ...validateMetadata(object.metadata, true, dns1123Subdomain),
    ...validateKeys(object.data, 'data'),
    ...validateKeys(binaryOf(object), 'binaryData'),
  ];
}

function validateKeys(texts: StringMap = {}, path: string): FieldError[] {
  const wrong = Object.keys(texts).filter((key) => !KEY.test(key));
  return wrong.map((key) => invalid(`${path}[${key}]`, key, KEY_TEXT));
}

const HELD = 'field is immutable when `immutable` is set';

/** What is immutable stays as it is, and a Secret keeps its type. */
export function validateConfigUpdate(next: ConfigMap | Secret, previous: ConfigMap | Secret): FieldError[] {
  const errors = validateMetadataUpdate(next.metadata, previous.metadata);
  if (next.kind === 'Secret' && previous.kind === 'Secret' && next.type !== previous.type)
    errors.push(invalid('type', next.type, 'field is immutable'));
  if (previous.immutable === true) {
    if (next.immutable !== true) errors.push(forbidden('immutable', HELD));
    if (!equalContent(next.data ?? {}, previous.data ?? {})) errors.push(forbidden('data', HELD));
    if (!equalContent(binaryOf(next), binaryOf(previous))) errors.push(forbidden('binaryData', HELD));
  }
  return [...errors, ...validateConfig(next)];
}

function binaryOf(object: ConfigMap | Secret): StringMap {
  return (object.kind === 'ConfigMap' ? object.binaryData : undefined) ?? {};
}
