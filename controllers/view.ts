/**
 * What a controller sees: the objects as of one revision. A view that lags is the normal case.
 */
import type { Kind, KubeObject, ObjectOfKind } from './object/kind.ts';

/**
 * Ways to find objects of one kind: by the uid of the first owner, a pod's node (empty: none yet), a slice's service
 * (`namespace/name`), a pod's labels and the first pair of a Service's selector (`namespace/key=value`), and pods
 * without a controller by their namespace.
 */
export type IndexName = 'owner' | 'node' | 'service' | 'label' | 'selector' | 'unowned';

export interface ObjectView {
  readonly revision: number;
  /** `namespace` is empty or absent for kinds without one. */
  get<K extends Kind>(kind: K, namespace: string | undefined, name: string): ObjectOfKind[K] | undefined;
  /** All objects of a kind, or those of a namespace, in the code-unit order of their keys. */
  list<K extends Kind>(kind: K, namespace?: string): readonly ObjectOfKind[K][];
  /** Objects that an index files under `value`, in the code-unit order of their keys. */
  listBy<K extends Kind>(kind: K, index: IndexName, value: string): readonly ObjectOfKind[K][];
  byUid(uid: string): KubeObject | undefined;
}
