/**
 * A strategic merge patch made into a plain one: lists whose elements have keys are merged element by element, all others
 * are replaced.
 * @see https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
 */
import { equalContent } from '../../controllers/canonical.ts';
import { isManifest, type Manifest } from '../../controllers/object/manifest.ts';

/** By field, what tells the elements of its list apart; the first that they have. */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port'],
  imagePullSecrets: ['name'],
  hostAliases: ['ip'],
  conditions: ['type'],
  ownerReferences: ['uid'],
};

/** @returns a JSON merge patch with the same effect on `current` */
export function strategicMerge(current: Manifest, given: Manifest): Manifest {
  return Object.fromEntries(
    Object.entries(given).map(([field, value]) => {
      const before = current[field];
      if (isManifest(value)) return [field, strategicMerge(isManifest(before) ? before : {}, value)];
      if (!Array.isArray(value) || !Array.isArray(before)) return [field, value];
      const key = MERGE_KEYS[field]?.find((one) => value.every((item) => isManifest(item) && item[one] !== undefined));
      return [field, key === undefined ? value : mergedList(before, value, key)];
    }),
  );
}

/** New elements come first, as the API server puts them. */
function mergedList(before: readonly unknown[], given: readonly Manifest[], key: string): readonly unknown[] {
  const isSame = (a: unknown, b: Manifest): boolean => isManifest(a) && equalContent(a[key], b[key]);
  const removed = given.filter((item) => item['$patch'] === 'delete');
  const kept = before.filter((item) => !removed.some((one) => isSame(item, one)));
  const changes = given.filter((item) => !removed.includes(item));
  const added = changes.filter((item) => !kept.some((one) => isSame(one, item)));
  return [
    ...added,
    ...kept.map((item) => {
      const change = changes.find((one) => isSame(item, one));
      return change === undefined ? item : { ...(item as Manifest), ...strategicMerge(item as Manifest, change) };
    }),
  ];
}
