/**
 * The pod-template-hash of a ReplicaSet: FNV-32a over a dump of Go's record, so it is the one that a real cluster of that
 * release has. For a template with parts whose Go record isn't known here it is made of canonical JSON instead: as
 * stable, of the same form, but not the letters of a real cluster.
 * @see kubernetes pkg/controller/controller_utils.go ComputeHash
 */
import { canonicalText } from '../canonical.ts';
import type { PodTemplate } from '../object/pod.ts';
import { FNV_BASIS, fnv32aBytes } from './fnv.ts';
import { safeEncode } from './pod-name.ts';
import { templateDump } from './template-dump.ts';

const ENCODER = new TextEncoder();

/**
 * @param template without the hash's own label
 * @param collisionCount times that the name was taken by another template; changes the hash
 * @param minor release of the controller manager: 16 for 1.16
 * @returns up to ten letters of `456789bcdf`
 */
export function podTemplateHash(template: PodTemplate, collisionCount = 0, minor = 34): string {
  const text = templateDump(template, minor) ?? canonicalText(template);
  let hash = fnv32aBytes(ENCODER.encode(text), FNV_BASIS);
  if (collisionCount > 0) {
    const salt = new Uint8Array(8);
    new DataView(salt.buffer).setUint32(0, collisionCount, true);
    hash = fnv32aBytes(salt, hash);
  }
  return safeEncode(String(hash));
}
