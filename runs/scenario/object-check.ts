/**
 * Whether the cluster would take an object that a scenario brings: decoded, defaulted and validated as the API server
 * does, and refused at the place of the field that is wrong, in the API server's own words.
 */
import { outsideRange } from '../../controllers/allocate/node-port.ts';
import { decodeManifest, decodeMessage } from '../../controllers/object/decode.ts';
import { defaultObject } from '../../controllers/object/default.ts';
import { type FieldError, invalid } from '../../controllers/object/field-error.ts';
import { type KindInfo, kindInfo } from '../../controllers/object/kind.ts';
import type { Service } from '../../controllers/object/service.ts';
import { validateObject } from '../../controllers/object/validation.ts';
import { InputError, type Where } from '../input-error.ts';
import type { Locator } from '../manifest/locator.ts';
import type { ManifestObject } from './object.ts';
import type { Cluster } from './scenario.ts';

/** What the API server checks only once it knows the objects that are there. */
const NEEDS_CLUSTER = /provided (port|IP) is/;

/** @throws {InputError} at the first object that would be refused */
export function checkObjects(objects: readonly ManifestObject[], cluster: Cluster): void {
  for (const object of objects) checkObject(object, cluster);
}

function checkObject({ object, where, locator }: ManifestObject, cluster: Cluster): void {
  const info = kindInfo(String(object['kind']));
  if (info === undefined) return;
  const decoded = decodeManifest(info, object);
  const undecodable = decodeMessage(info, decoded);
  if (undecodable !== undefined)
    throw new InputError(placeOf(decoded.typeErrorAt ?? decoded.unknownFields[0] ?? '', where, locator), undecodable);
  const complete = named(info, decoded.manifest);
  refuseUnmodelled(complete, where, locator);
  const stored = defaultObject(info.kind, complete, cluster.profile.minor);
  const [error] = [
    ...validateObject(stored, cluster.profile.minor).filter((found) => !NEEDS_CLUSTER.test(found)),
    ...(stored.kind === 'Service' ? rangeErrors(stored, cluster) : []),
  ];
  if (error === undefined) return;
  const metadata = object['metadata'] as { readonly name?: string } | undefined;
  throw new InputError(
    placeOf(fieldOf(error), where, locator),
    `The ${info.kind} "${metadata?.name ?? ''}" is invalid: ${error}`,
  );
}

/** Node ports that no cluster of this range would grant, whatever else is in it. */
function rangeErrors({ spec }: Service, { nodePortRange }: Cluster): FieldError[] {
  return (spec.ports ?? []).flatMap(({ nodePort }, i) => {
    const why = nodePort ? outsideRange(nodePortRange, nodePort) : undefined;
    return why === undefined ? [] : [invalid(`spec.ports[${i}].nodePort`, nodePort, why)];
  });
}

/** What a cluster would take and the model would silently leave out. */
function refuseUnmodelled(manifest: ReturnType<typeof named>, where: Where, locator: Locator): void {
  const spec = (manifest['spec'] ?? {}) as {
    readonly ipFamilies?: readonly string[];
  };
  if (manifest['kind'] === 'Service' && spec.ipFamilies?.includes('IPv6')) {
    throw new InputError(placeOf('spec.ipFamilies', where, locator), 'IPv6 in a scenario is not modelled yet');
  }
}

/** The API server fills in the namespace before it validates. */
function named(info: KindInfo, manifest: ReturnType<typeof decodeManifest>['manifest']): typeof manifest {
  if (!info.namespaced) return manifest;
  const metadata = (manifest['metadata'] ?? {}) as Record<string, unknown>;
  return { ...manifest, metadata: { namespace: 'default', ...metadata } };
}

/** The path that a field error begins with. */
function fieldOf(error: string): string {
  return /^[A-Za-z][\w.[\]"/-]*(?=: )/.exec(error)?.[0] ?? '';
}

/** Where a field stands, or the nearest of its parents that is written down. */
function placeOf(field: string, where: Where, locator: Locator): Where {
  const path = [...field.matchAll(/\[(\d+)\]|\[([^\]]+)\]|([^.[\]]+)/g)].map(([, index, key, word]): string | number =>
    index === undefined ? (key ?? word!) : Number(index),
  );
  for (let length = path.length; length > 0; length--) {
    const place = locator.value(path.slice(0, length));
    if (place.line !== undefined) return place;
  }
  return where;
}
