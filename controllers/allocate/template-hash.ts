/**
 * The pod-template-hash of a ReplicaSet. Upstream hashes a dump of Go's record, which has a field list of its own in each
 * release; here it is the FNV-32a hash of canonical JSON: as stable, of the same form, but not the same letters as a real
 * cluster's. Pins say those.
 * @see kubernetes pkg/controller/controller_utils.go ComputeHash
 */
import type { PodTemplate } from '../object/pod.ts';
import { fnv32a } from './fnv.ts';
import { safeEncode } from './pod-name.ts';

/**
 * @param collisionCount times that the name was taken by another template; changes the hash
 * @returns up to ten letters of `456789bcdf`, as in a real cluster
 */
export function podTemplateHash(template: PodTemplate, collisionCount = 0): string {
  const salt = collisionCount > 0 ? `#${collisionCount}` : '';
  return safeEncode(String(fnv32a(canonicalJson(template) + salt)));
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
}
