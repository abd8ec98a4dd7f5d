/**
 * Notes that components leave for operators: what `kubectl describe` lists as Events.
 */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
}

/** A note as kept: equal ones are counted, not repeated. */
export interface KeptNote extends EventNote {
  /** Name of the component that left it. */
  readonly source: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
}

/** Notes that are told at most; the oldest go first. An API server keeps them for an hour. */
const MOST_NOTES = 10_000;
/** So many more may pile up: going past those that were deleted before is dear, and is done for all of them at once. */
const SLACK_NOTES = 1_000;

/** Changed by `evolve` alone. */
export class NoteLog {
  readonly #notes = new Map<string, KeptNote>();

  add(note: EventNote, source: string, at: number): void {
    const { kind, namespace, name, uid, reason, message } = note;
    const key = [kind, namespace, name, uid, reason, message].join('\n');
    const known = this.#notes.get(key);
    this.#notes.delete(key);
    this.#notes.set(key, {
      ...note,
      source,
      firstAt: known?.firstAt ?? at,
      lastAt: at,
      count: (known?.count ?? 0) + 1,
    });
    if (this.#notes.size < MOST_NOTES + SLACK_NOTES) return;
    for (const oldest of this.#notes.keys()) {
      if (this.#notes.size <= MOST_NOTES) break;
      this.#notes.delete(oldest);
    }
  }

  /** Notes about one object, in the order of their last appearance. */
  about(kind: string, namespace: string, name: string): readonly KeptNote[] {
    return this.list().filter((note) => note.kind === kind && note.namespace === namespace && note.name === name);
  }

  list(): readonly KeptNote[] {
    return [...this.#notes.values()].slice(-MOST_NOTES);
  }
}
