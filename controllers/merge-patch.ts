/**
 * JSON merge patches: objects are merged, everything else is replaced, null takes a member away.
 * @see https://www.rfc-editor.org/rfc/rfc7386
 */
import type { Manifest } from './object/manifest.ts';
import { isManifest } from './object/manifest.ts';

export function mergePatch(target: Manifest, patch: Manifest): Manifest {
  const result: Record<string, unknown> = { ...target };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field];
    else if (isManifest(value)) result[field] = mergePatch(isManifest(result[field]) ? result[field] : {}, value);
    else if (value !== undefined) result[field] = value;
  }
  return result;
}

/** The merge patch that takes away what `previous` had and `next` has no more. */
export function removalPatch(previous: Manifest, next: Manifest): Manifest {
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(previous)) {
    if (!(field in next)) patch[field] = null;
    else if (isManifest(value) && isManifest(next[field])) {
      const inner = removalPatch(value, next[field]);
      if (Object.keys(inner).length > 0) patch[field] = inner;
    }
  }
  return patch;
}
