/**
 * Who an object is, as far as luck goes: its kind, what it was to be called, and how many of that name came before it.
 * What is drawn for it hangs on that alone, so one object more shifts nobody else's name, address or port.
 */
import { fnv32a } from './allocate/fnv.ts';
import { objectKey } from './object-key.ts';

/** What of an object tells who it is. */
export interface Named {
  readonly kind: string;
  readonly metadata: {
    readonly namespace?: string | undefined;
    readonly name: string;
    readonly generateName?: string | undefined;
  };
}

/** What an object was to be called: its name, or what its generateName begins with. */
export function birthName({ kind, metadata }: Named): string {
  return `${kind} ${objectKey(metadata.namespace, metadata.generateName ?? metadata.name)}`;
}

/** Objects made so far, by what they were to be called. Changed by `evolve` alone. */
export class BirthRegister {
  readonly #made = new Map<string, number>();

  made(name: string): number {
    return this.#made.get(name) ?? 0;
  }

  created(object: Named): void {
    const name = birthName(object);
    this.#made.set(name, this.made(name) + 1);
  }
}

/** The subject of the draws for one object. @returns an integer in [0, 2^52) */
export function birthSubject(name: string, ordinal: number): number {
  return fnv32a(`${name} ${ordinal}`) + (fnv32a(`${ordinal} ${name}`) & 0xfffff) * 0x100000000;
}
