/**
 * An object as a user writes it: JSON of a known kind, not yet checked, with most fields left out.
 */

export type Manifest = { readonly [field: string]: unknown };

export function isManifest(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object under `field`, or an empty one. */
export function objectAt(manifest: Manifest, field: string): Manifest {
  const value = manifest[field];
  return isManifest(value) ? value : {};
}

/** The list of objects under `field`; `undefined` when there is none. */
export function listAt(manifest: Manifest, field: string): readonly Manifest[] | undefined {
  const value = manifest[field];
  return Array.isArray(value) ? value.filter(isManifest) : undefined;
}

/** `given` with `fallbacks` for what is absent. Empty texts count as absent, as in Go. */
export function withDefaults(given: Manifest, fallbacks: Manifest): Manifest {
  const result: Record<string, unknown> = { ...given };
  for (const [field, value] of Object.entries(fallbacks)) {
    if (value !== undefined && (result[field] === undefined || result[field] === '')) result[field] = value;
  }
  return result;
}

/** Fields that are `null` are absent, as in what the API server decodes: `data:` with nothing behind it. */
export function withoutNulls(manifest: Manifest): Manifest {
  return Object.fromEntries(Object.entries(manifest).filter(([, value]) => value !== null));
}
