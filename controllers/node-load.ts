/**
 * How many pods each node has that have not ended, folded from the objects written so far: what the scheduler spreads by.
 */
import type { KubeObject } from './object/kind.ts';
import { isMirror, isPodTerminal } from './object/pod.ts';

/** Changed by `evolve` alone. */
export class NodeLoads {
  readonly #loads = new Map<string, number>();
  /** Names of the nodes with each load, in code-unit order. */
  readonly #byLoad: string[][] = [];
  /** Nodes that are there; pods may be bound to others. */
  readonly #nodes = new Set<string>();
  #known = new WeakMap<ReadonlySet<string>, boolean>();

  /** Replaces the old state of an object by the new one. */
  replace(previous: KubeObject | undefined, next: KubeObject | undefined): void {
    const kind = (next ?? previous)?.kind;
    if (kind === 'Pod') {
      const from = loaded(previous);
      const to = loaded(next);
      if (from === to) return;
      if (from !== undefined) this.#add(from, -1);
      if (to !== undefined) this.#add(to, 1);
    } else if (kind === 'Node') {
      const { name } = (next ?? previous)!.metadata;
      if (this.#nodes.has(name) === (next !== undefined)) return;
      this.#known = new WeakMap();
      const load = this.#loads.get(name) ?? 0;
      if (next === undefined) {
        this.#nodes.delete(name);
        remove(this.#names(load), name);
      } else {
        this.#nodes.add(name);
        insert(this.#names(load), name);
      }
    }
  }

  /** The nodes among `free` that have the fewest pods, in code-unit order of their names. */
  least(free: ReadonlySet<string>): readonly string[] {
    let all = this.#known.get(free);
    if (all === undefined) {
      all = free.size === this.#nodes.size && [...free].every((name) => this.#nodes.has(name));
      this.#known.set(free, all);
    }
    for (const names of this.#byLoad) {
      const found = all ? names : names.filter((name) => free.has(name));
      if (found.length > 0) return found;
    }
    return [];
  }

  #add(name: string, by: number): void {
    const load = this.#loads.get(name) ?? 0;
    this.#loads.set(name, load + by);
    if (!this.#nodes.has(name)) return;
    remove(this.#names(load), name);
    insert(this.#names(load + by), name);
  }

  #names(load: number): string[] {
    while (this.#byLoad.length <= load) this.#byLoad.push([]);
    return this.#byLoad[load]!;
  }
}

/** The node that a pod counts for. Static pods count for none: nobody has chosen their node. Rests on: model. */
function loaded(object: KubeObject | undefined): string | undefined {
  if (object?.kind !== 'Pod' || isPodTerminal(object) || isMirror(object)) return undefined;
  return object.spec.nodeName || undefined;
}

/** Where a name stands in a sorted list, or belongs. */
function placeOf(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(names: string[], name: string): void {
  names.splice(placeOf(names, name), 0, name);
}

function remove(names: string[], name: string): void {
  names.splice(placeOf(names, name), 1);
}
