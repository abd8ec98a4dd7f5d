/**
 * The garbage collector: deletes objects whose owner is gone. Keys are the owners' uids.
 * @see kubernetes pkg/controller/garbagecollector/garbagecollector.go
 */
import type { Controller, ReconcileResult } from '../controller.ts';
import type { Kind, KubeObject } from '../object/kind.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';

/** Kinds whose objects have owners here. */
const DEPENDENTS: readonly Kind[] = ['ReplicaSet', 'Pod', 'EndpointSlice', 'Job'];

function reconcile(uid: string, view: ObjectView): ReconcileResult {
  if (view.byUid(uid) !== undefined) return { writes: [] };
  const writes = DEPENDENTS.flatMap((kind) =>
    view
      .listBy(kind, 'owner', uid)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(removal),
  );
  return { writes };
}

function removal({ kind, metadata }: KubeObject): Write {
  const { namespace, name, uid } = metadata;
  return { verb: 'delete', kind, namespace, name, ...(uid === undefined ? {} : { uid }) };
}

function ownerUid({ metadata }: KubeObject): readonly string[] {
  const uid = metadata.ownerReferences?.[0]?.uid;
  return uid === undefined ? [] : [uid];
}

export const garbageCollector: Controller = {
  kind: 'garbage-collector',
  watches: ({ object, previous, deleted }) => deleted || (previous === undefined && ownerUid(object).length > 0),
  // An owner may have gone before its dependent came.
  keysOf: ({ object, deleted }, view) => {
    if (deleted) return object.metadata.uid === undefined ? [] : [object.metadata.uid];
    return ownerUid(object).filter((uid) => view.byUid(uid) === undefined);
  },
  allKeys: (view) => {
    const owners = new Set(DEPENDENTS.flatMap((kind) => view.list(kind).flatMap(ownerUid)));
    return [...owners].filter((uid) => view.byUid(uid) === undefined);
  },
  reconcile,
};
