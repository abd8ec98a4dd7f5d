/**
 * The writes of one decision: each sees the ones before it, and becomes an event with a revision of its own. The store
 * itself changes only when the events are folded.
 */
import type { Draw } from '../core/decider.ts';
import { BirthRegister, birthName, birthSubject, type Named } from './birth.ts';
import { type ClusterEvent, ClusterEventKind } from './event.ts';
import type { Kind, KubeObject, ObjectOfKind } from './object/kind.ts';
import type { ObjectMeta } from './object/metadata.ts';
import { keyOf, objectKey } from './object-key.ts';
import { Purpose } from './purpose.ts';
import type { ClusterState } from './state.ts';
import { timestampAt } from './timestamp.ts';

export class Transaction {
  readonly state: ClusterState;
  readonly at: number;
  readonly draw: Draw;
  /** Pod pins, cluster IPs and node ports that writes of this decision have taken. */
  readonly takenPins = new Set<number>();
  readonly takenClusterIps = new Set<string>();
  readonly takenNodePorts = new Set<number>();
  /** Number of the component that writes. */
  readonly component: number;
  readonly #emit: (event: ClusterEvent) => void;
  readonly #births = new BirthRegister();
  readonly #written = new Map<string, KubeObject | undefined>();
  #revision: number;

  constructor(state: ClusterState, component: number, at: number, draw: Draw, emit: (event: ClusterEvent) => void) {
    this.state = state;
    this.component = component;
    this.at = at;
    this.draw = draw;
    this.#emit = emit;
    this.#revision = state.store.revision;
  }

  /** Revision of the last write, its own included. */
  get revision(): number {
    return this.#revision;
  }

  /** The subject of what is drawn for an object. @param previous its stored state; absent: it is about to be made */
  subjectOf(object: Named, previous?: Named): number {
    const name = birthName(object);
    const made = this.state.births.made(name) + this.#births.made(name);
    return birthSubject(name, previous === undefined ? made : made - 1);
  }

  /** Wall-clock time in the API's notation. */
  get timestamp(): string {
    return timestampAt(this.state.config.startSeconds, this.at);
  }

  /** The newest state of an object. */
  get<K extends Kind>(kind: K, namespace: string | undefined, name: string): ObjectOfKind[K] | undefined {
    const place = `${kind} ${objectKey(namespace, name)}`;
    if (this.#written.has(place)) return this.#written.get(place) as ObjectOfKind[K] | undefined;
    return this.state.store.get(kind, namespace, name);
  }

  /** Stores an object. @param by number of the component that writes it @returns it with its resourceVersion */
  put(object: KubeObject, created: boolean, by = this.component): KubeObject {
    const revision = ++this.#revision;
    const resourceVersion = this.state.pins.object(object)?.resourceVersion ?? String(revision);
    const metadata: ObjectMeta = { ...object.metadata, resourceVersion };
    const stored = { ...object, metadata } as KubeObject;
    this.#written.set(`${object.kind} ${keyOf(object)}`, stored);
    if (created) this.#births.created(stored);
    this.#emit({
      kind: ClusterEventKind.ObjectWritten,
      at: this.at,
      revision,
      component: by,
      jitter: this.#jitter(revision),
      created: created ? 1 : 0,
      text: JSON.stringify(stored),
    });
    return stored;
  }

  remove(object: KubeObject): void {
    const revision = ++this.#revision;
    this.#written.set(`${object.kind} ${keyOf(object)}`, undefined);
    this.#emit({
      kind: ClusterEventKind.ObjectDeleted,
      at: this.at,
      revision,
      component: this.component,
      jitter: this.#jitter(revision),
      text: JSON.stringify(object),
    });
  }

  /** An int32, since it goes into a column of those. */
  #jitter(revision: number): number {
    return this.draw(Purpose.WatchJitter, revision) | 0;
  }
}
