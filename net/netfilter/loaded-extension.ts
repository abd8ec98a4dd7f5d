/**
 * The extensions that a rule line has named so far, and which of their options a word means: as getopt_long(3) does
 * it, the extension that was new last comes first, in full or by an unambiguous beginning.
 * @see libxtables/xtables.c xtables_merge_options
 */
import type { MatchExtension, TargetExtension } from './extension/extension.ts';
import type { Fail, GivenOption, OptionSpec } from './extension/options.ts';
import type { Word } from './word.ts';

export interface LoadedExtension {
  readonly at: Word;
  readonly name: string;
  readonly options: readonly OptionSpec[];
  readonly match: MatchExtension | undefined;
  readonly target: TargetExtension | undefined;
  readonly given: GivenOption[];
  /** Not known: takes every word that nobody else understands. */
  readonly words: string[] | undefined;
}

export interface FoundOption {
  readonly loaded: LoadedExtension;
  readonly spec: OptionSpec;
}

export class LoadedExtensions {
  readonly list: LoadedExtension[] = [];

  /** @param keeping an extension that is not known is kept as text */
  load(
    at: Word,
    match: MatchExtension | undefined,
    target: TargetExtension | undefined,
    keeping: boolean,
  ): LoadedExtension {
    const known = match ?? target;
    const words = known === undefined && keeping ? [] : undefined;
    const name = known?.name ?? at.text;
    const loaded = { at, name, options: known?.options ?? [], match, target, given: [], words };
    this.list.push(loaded);
    return loaded;
  }

  /** The words of the latest extension that is kept as text. */
  get open(): string[] | undefined {
    return this.list.findLast((loaded) => loaded.words !== undefined)?.words;
  }

  named(name: string): FoundOption | undefined {
    return this.#find((candidate) => candidate === name);
  }

  /** The options of all extensions that begin so; several spellings of one option count once. */
  beginning(name: string): readonly FoundOption[] {
    const found = new Map<OptionSpec, FoundOption>();
    for (const loaded of this.#inOrder()) {
      for (const spec of loaded.options) {
        if (!found.has(spec) && startsSo(spec, name)) found.set(spec, { loaded, spec });
      }
    }
    return [...found.values()];
  }

  #find(fits: (name: string) => boolean): FoundOption | undefined {
    for (const loaded of this.#inOrder()) {
      const spec = loaded.options.find((option) => fits(option.name) || option.aliases?.some(fits));
      if (spec !== undefined) return { loaded, spec };
    }
    return undefined;
  }

  /**
   * The latest of each name. One that is named again keeps the place of its first mention: behind
   * `-m mark -m connmark -m mark`, `--mark` is connmark's.
   */
  #inOrder(): LoadedExtension[] {
    const latest = new Map<string, LoadedExtension>();
    for (const loaded of this.list) latest.set(loaded.name, loaded);
    return [...latest.values()].reverse();
  }
}

/** Whether one of an option's spellings begins so. */
export function startsSo(spec: OptionSpec, name: string): boolean {
  return spec.name.startsWith(name) || (spec.aliases?.some((alias) => alias.startsWith(name)) ?? false);
}

/** Notes an option with its words. */
export function give(
  { loaded, spec }: FoundOption,
  at: Word,
  words: readonly Word[],
  inverted: boolean,
  fail: Fail,
): void {
  if (inverted && !spec.invertible) fail(at, `${loaded.name}: option "--${spec.name}" cannot be inverted.`);
  if (!spec.repeatable && loaded.given.some((given) => given.spec === spec)) {
    fail(at, `${loaded.name}: option "--${spec.name}" can only be used once.`);
  }
  loaded.given.push({ spec, at, words, inverted });
}
