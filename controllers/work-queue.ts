/**
 * The work queue of one controller: keys to look at, each at most once, in order of arrival; with the failures of each
 * key, from which its back-off follows.
 * @see client-go util/workqueue
 */
import { BACKOFF_BASE_NS, BACKOFF_MAX_NS } from './timing.ts';

export class WorkQueue {
  readonly #keys = new Set<string>();
  readonly #failures = new Map<string, number>();
  /** Revision of a key's own last write: the key waits until it can be seen. */
  readonly #expected = new Map<string, number>();
  readonly #waiting = new Set<string>();

  get size(): number {
    return this.#keys.size;
  }

  /** The key whose turn it is. */
  get head(): string | undefined {
    return this.#keys.values().next().value;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  remove(key: string): void {
    this.#keys.delete(key);
  }

  failed(key: string): void {
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** Back-off that the next failure of a key brings, in ns. */
  backoffNs(key: string): number {
    return Math.min(BACKOFF_MAX_NS, BACKOFF_BASE_NS * 2 ** (this.#failures.get(key) ?? 0));
  }

  expect(key: string, revision: number): void {
    this.#expected.set(key, revision);
  }

  /** Whether the key's own writes can be seen at `revision`. */
  isCaughtUp(key: string, revision: number): boolean {
    return (this.#expected.get(key) ?? 0) <= revision;
  }

  /** Sets a key aside until `revision` has been seen. */
  wait(key: string): void {
    this.#waiting.add(key);
  }

  /** Takes back the keys whose writes can be seen now. */
  catchUp(revision: number): void {
    for (const key of this.#waiting) {
      if (!this.isCaughtUp(key, revision)) continue;
      this.#waiting.delete(key);
      this.#keys.add(key);
    }
    for (const [key, expected] of this.#expected) if (expected <= revision) this.#expected.delete(key);
  }

  clear(): void {
    this.#keys.clear();
    this.#failures.clear();
    this.#expected.clear();
    this.#waiting.clear();
  }
}
