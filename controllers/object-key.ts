/**
 * The key of an object within its kind: `namespace/name`, with nothing before the slash for kinds without a namespace.
 */
import type { KubeObject } from './object/kind.ts';

export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

export function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

/** @returns namespace (empty: none) and name */
export function splitKey(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
