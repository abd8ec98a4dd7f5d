/**
 * The object store: every object with the versions that some watcher may still have to see. Each write is one revision
 * and one entry of the change log, so a watcher is nothing but a cursor. Only `evolve` writes here.
 */
import { invariant } from '../core/error.ts';
import type { Kind, KubeObject, ObjectOfKind } from './object/kind.ts';
import { KINDS } from './object/kind.ts';
import { indexValues } from './object-index.ts';
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
  /** Revision of the last write to an object of the kind. */
  revision: number;
  /** Revisions of the writes that are in the log, and of the last one before it, ascending. */
  revisions: number[];
  /** All objects as of that revision, once somebody has asked. */
  all: readonly KubeObject[] | undefined;
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
  /** Length of the log at which old versions are looked for next. */
  #pruneAt = PRUNE_AFTER;

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

  /** Takes in what stood before the first write: no revision of its own, nobody is told. */
  seed(object: KubeObject): void {
    invariant(this.#revision === 0, 'Only an empty store is furnished');
    const key = keyOf(object);
    const table = this.#tables[object.kind];
    this.#add(table, key);
    table.versions.set(key, { revision: 0, object, older: undefined });
    this.#file(table, key, object);
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
    table.revision = revision;
    table.revisions.push(revision);
    table.all = undefined;
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

  /**
   * Revision of the last write to an object of one kind up to `revision`, which is not pruned; 0: none. Views as of
   * revisions with the same answer show the same objects of the kind.
   */
  lastWrite(kind: Kind, revision: number): number {
    const { revisions } = this.#tables[kind];
    let low = 0;
    let high = revisions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (revisions[middle]! <= revision) low = middle + 1;
      else high = middle;
    }
    return revisions[low - 1] ?? 0;
  }

  /** Revision of the last write up to an instant, in ns; of those that are not pruned. */
  revisionAt(at: number): number {
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#log[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    return this.#first - 1 + low;
  }

  /** The objects as of `revision`. @param since leaves out those that stood unchanged before that revision */
  view(revision: number = this.#revision, since = 0): ObjectView {
    invariant(revision >= this.oldestRevision, `Revision ${revision} is pruned up to ${this.oldestRevision}`);
    const at = (table: Table, key: string): KubeObject | undefined => {
      let version = table.versions.get(key);
      while (version !== undefined && version.revision > revision) version = version.older;
      return version === undefined || version.revision < since ? undefined : version.object;
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
        if (namespace !== undefined) return pick(table, keysIn(table.namespaces, namespace)) as never;
        if (revision < table.revision || since > 0) return pick(table, table.keys.inOrder()) as never;
        table.all ??= pick(table, table.keys.inOrder());
        return table.all as never;
      },
      listBy: (kind, index, value) => {
        const table = tables[kind];
        const found = pick(table, keysIn(table.indexes[index], value));
        return found.filter((object) => indexValues(index, object).includes(value)) as never;
      },
      byUid: (uid) => {
        const place = this.#uids.get(uid);
        const object = place === undefined ? undefined : at(tables[place.kind], place.key);
        return object?.metadata.uid === uid ? object : undefined;
      },
    };
  }

  /**
   * Drops what nobody can see any more, once enough has piled up.
   * @param slowest tells the oldest revision that somebody still needs; asked for only then
   */
  prune(slowest: () => number): void {
    if (this.#log.length < this.#pruneAt) return;
    const cursor = slowest();
    const kept = cursor + 1 - this.#first;
    this.#pruneAt = Math.max(PRUNE_AFTER, (this.#log.length - kept) * 2);
    for (let i = 0; i < kept; i++) this.#trim(this.#log[i]!, cursor);
    this.#log = this.#log.slice(kept);
    this.#first = cursor + 1;
    for (const { kind } of KINDS) {
      const table = this.#tables[kind];
      const past = table.revisions.lastIndexOf(this.lastWrite(kind, cursor));
      if (past > 0) table.revisions = table.revisions.slice(past);
    }
  }

  #trim({ object, previous, key, deleted }: Change, cursor: number): void {
    const table = this.#tables[object.kind];
    const newest = table.versions.get(key);
    let version = newest;
    while (version !== undefined && version.revision > cursor) version = version.older;
    if (version === undefined) return;
    version.older = undefined;
    if (previous !== undefined) this.#unfile(table, key, previous, newest);
    if (deleted) this.#unfile(table, key, object, newest);
    if (version.object === undefined && newest === version) this.#drop(table, key);
  }

  #add(table: Table, key: string): void {
    table.keys.add(key);
    bucket(table.namespaces, key.slice(0, key.indexOf('/'))).add(key);
  }

  #file(table: Table, key: string, object: KubeObject): void {
    for (const index of INDEX_NAMES) {
      for (const value of indexValues(index, object)) bucket(table.indexes[index], value).add(key);
    }
    if (object.metadata.uid !== undefined) this.#uids.set(object.metadata.uid, { kind: object.kind, key });
  }

  /** Takes an old state out of the indexes, but for what a version that is kept shares with it. */
  #unfile(table: Table, key: string, object: KubeObject, newest: Version | undefined): void {
    for (const index of INDEX_NAMES) {
      for (const value of indexValues(index, object)) {
        if (isFiled(newest, index, value)) continue;
        const keys = table.indexes[index].get(value);
        keys?.delete(key);
        if (keys?.size === 0) table.indexes[index].delete(value);
      }
    }
    const { uid } = object.metadata;
    if (uid === undefined) return;
    for (let version = newest; version !== undefined; version = version.older) {
      if (version.object?.metadata.uid === uid) return;
    }
    this.#uids.delete(uid);
  }

  #drop(table: Table, key: string): void {
    table.versions.delete(key);
    table.keys.delete(key);
    table.namespaces.get(key.slice(0, key.indexOf('/')))?.delete(key);
  }
}

const INDEX_NAMES: readonly IndexName[] = ['owner', 'node', 'service', 'label', 'selector', 'unowned'];

function isFiled(newest: Version | undefined, index: IndexName, value: string): boolean {
  for (let version = newest; version !== undefined; version = version.older) {
    if (version.object !== undefined && indexValues(index, version.object).includes(value)) return true;
  }
  return false;
}

function emptyTable(): Table {
  const indexes = Object.fromEntries(INDEX_NAMES.map((name) => [name, new Map()])) as unknown as Table['indexes'];
  return {
    versions: new Map(),
    keys: new KeySet(),
    namespaces: new Map(),
    indexes,
    revision: 0,
    revisions: [],
    all: undefined,
  };
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
