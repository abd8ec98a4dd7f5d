/**
 * The object store: every object with the versions that some watcher may still have to see. Each write is one revision
 * and one entry of the change log, so a watcher is nothing but a cursor. Only `evolve` writes here.
 */
import { invariant } from '../core/error.ts';
import type { EndpointSlice } from './object/endpoint-slice.ts';
import { SERVICE_NAME_LABEL } from './object/endpoint-slice.ts';
import type { Kind, KubeObject, ObjectOfKind } from './object/kind.ts';
import { KINDS } from './object/kind.ts';
import type { Pod } from './object/pod.ts';
import { keyOf, objectKey } from './object-key.ts';
import type { IndexName, ObjectView } from './view.ts';

/** One write, as the log keeps it. */
export interface Change {
  readonly revision: number;
  /** Instant of the write, in ns. */
  readonly at: number;
  /** Drawn with the write; spreads its deliveries. */
  readonly jitter: number;
  readonly key: string;
  /** The new state, or the last one of a deleted object. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
  readonly deleted: boolean;
}

interface Version {
  readonly revision: number;
  readonly object: KubeObject | undefined;
  older: Version | undefined;
}

interface Table {
  readonly versions: Map<string, Version>;
  readonly keys: KeySet;
  readonly namespaces: Map<string, KeySet>;
  readonly indexes: Readonly<Record<IndexName, Map<string, KeySet>>>;
}

/** Keys that are sorted when somebody asks. */
class KeySet {
  readonly #keys = new Set<string>();
  #sorted: readonly string[] | undefined;

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#sorted = undefined;
  }

  delete(key: string): void {
    if (this.#keys.delete(key)) this.#sorted = undefined;
  }

  /** In code-unit order. */
  inOrder(): readonly string[] {
    this.#sorted ??= [...this.#keys].sort();
    return this.#sorted;
  }
}

/** Changes that may pile up before old versions are dropped. */
const PRUNE_AFTER = 64;

export class ObjectStore {
  /** Revision of the last write. */
  #revision = 0;
  readonly #tables: Readonly<Record<Kind, Table>>;
  readonly #uids = new Map<string, { kind: Kind; key: string }>();
  #log: Change[] = [];
  /** Revision of the log's first entry. */
  #first = 1;

  constructor() {
    this.#tables = Object.fromEntries(KINDS.map(({ kind }) => [kind, emptyTable()])) as Record<Kind, Table>;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Oldest revision whose view is still whole. */
  get oldestRevision(): number {
    return this.#first - 1;
  }

  /** The newest state of an object. */
  get<K extends Kind>(kind: K, namespace: string | undefined, name: string): ObjectOfKind[K] | undefined {
    return this.#tables[kind].versions.get(objectKey(namespace, name))?.object as ObjectOfKind[K] | undefined;
  }

  /** Takes in one write; `revision` is the next one. */
  write(revision: number, at: number, jitter: number, object: KubeObject, deleted: boolean): Change {
    invariant(revision === this.#revision + 1, `Revision ${revision} after ${this.#revision}`);
    const key = keyOf(object);
    const table = this.#tables[object.kind];
    const older = table.versions.get(key);
    if (older === undefined) this.#add(table, key);
    table.versions.set(key, { revision, object: deleted ? undefined : object, older });
    this.#file(table, key, object);
    this.#revision = revision;
    const change = { revision, at, jitter, key, object, previous: older?.object, deleted };
    this.#log.push(change);
    return change;
  }

  /** The log's entry of a revision. @throws {InvariantError} when it is pruned or not yet written */
  change(revision: number): Change {
    const change = this.#log[revision - this.#first];
    invariant(change !== undefined, `Revision ${revision} is not in the log`);
    return change;
  }

  /** The objects as of `revision`. */
  view(revision: number = this.#revision): ObjectView {
    invariant(revision >= this.oldestRevision, `Revision ${revision} is pruned up to ${this.oldestRevision}`);
    const at = (table: Table, key: string): KubeObject | undefined => {
      let version = table.versions.get(key);
      while (version !== undefined && version.revision > revision) version = version.older;
      return version?.object;
    };
    const pick = (table: Table, keys: Iterable<string>): KubeObject[] => {
      const objects: KubeObject[] = [];
      for (const key of keys) {
        const object = at(table, key);
        if (object !== undefined) objects.push(object);
      }
      return objects;
    };
    const tables = this.#tables;
    return {
      revision,
      get: (kind, namespace, name) => at(tables[kind], objectKey(namespace, name)) as never,
      list: (kind, namespace) => {
        const table = tables[kind];
        return pick(
          table,
          namespace === undefined ? table.keys.inOrder() : keysIn(table.namespaces, namespace),
        ) as never;
      },
      listBy: (kind, index, value) => {
        const table = tables[kind];
        const found = pick(table, keysIn(table.indexes[index], value));
        return found.filter((object) => indexValue(index, object) === value) as never;
      },
      byUid: (uid) => {
        const place = this.#uids.get(uid);
        const object = place === undefined ? undefined : at(tables[place.kind], place.key);
        return object?.metadata.uid === uid ? object : undefined;
      },
    };
  }

  /** Drops what nobody at or above `cursor` can see, once enough has piled up. */
  prune(cursor: number): void {
    if (cursor - this.#first < Math.max(PRUNE_AFTER, this.#log.length / 2)) return;
    const kept = cursor + 1 - this.#first;
    for (let i = 0; i < kept; i++) this.#trim(this.#log[i]!, cursor);
    this.#log = this.#log.slice(kept);
    this.#first = cursor + 1;
  }

  #trim({ object, key, deleted }: Change, cursor: number): void {
    const table = this.#tables[object.kind];
    if (deleted) this.#unfile(table, key, object, table.versions.get(key)?.object);
    let version = table.versions.get(key);
    while (version !== undefined && version.revision > cursor) version = version.older;
    if (version === undefined) return;
    version.older = undefined;
    if (version.object === undefined && table.versions.get(key) === version) this.#drop(table, key);
  }

  #add(table: Table, key: string): void {
    table.keys.add(key);
    bucket(table.namespaces, key.slice(0, key.indexOf('/'))).add(key);
  }

  #file(table: Table, key: string, object: KubeObject): void {
    for (const index of INDEX_NAMES) {
      const value = indexValue(index, object);
      if (value !== undefined) bucket(table.indexes[index], value).add(key);
    }
    if (object.metadata.uid !== undefined) this.#uids.set(object.metadata.uid, { kind: object.kind, key });
  }

  /** Takes a deleted object out of the indexes, but for what its successor of the same name shares with it. */
  #unfile(table: Table, key: string, object: KubeObject, successor: KubeObject | undefined): void {
    for (const index of INDEX_NAMES) {
      const value = indexValue(index, object);
      if (value === undefined || (successor !== undefined && indexValue(index, successor) === value)) continue;
      const keys = table.indexes[index].get(value);
      keys?.delete(key);
      if (keys?.size === 0) table.indexes[index].delete(value);
    }
    if (object.metadata.uid !== undefined) this.#uids.delete(object.metadata.uid);
  }

  #drop(table: Table, key: string): void {
    table.versions.delete(key);
    table.keys.delete(key);
    table.namespaces.get(key.slice(0, key.indexOf('/')))?.delete(key);
  }
}

const INDEX_NAMES: readonly IndexName[] = ['owner', 'node', 'service'];

function indexValue(index: IndexName, object: KubeObject): string | undefined {
  if (index === 'owner') return object.metadata.ownerReferences?.[0]?.uid;
  if (index === 'node') return object.kind === 'Pod' ? (object as Pod).spec.nodeName : undefined;
  const service =
    object.kind === 'EndpointSlice' ? (object as EndpointSlice).metadata.labels?.[SERVICE_NAME_LABEL] : undefined;
  return service === undefined ? undefined : objectKey(object.metadata.namespace, service);
}

function emptyTable(): Table {
  const indexes = { owner: new Map(), node: new Map(), service: new Map() };
  return { versions: new Map(), keys: new KeySet(), namespaces: new Map(), indexes };
}

function bucket(map: Map<string, KeySet>, value: string): KeySet {
  let keys = map.get(value);
  if (keys === undefined) {
    keys = new KeySet();
    map.set(value, keys);
  }
  return keys;
}

function keysIn(map: ReadonlyMap<string, KeySet>, value: string): readonly string[] {
  return map.get(value)?.inOrder() ?? [];
}
