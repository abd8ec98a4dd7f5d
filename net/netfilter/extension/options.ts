/**
 * The options that one `-m NAME` or `-j NAME` was given, as its extension reads them, with errors that point at the
 * word that is wrong.
 */
import type { Family } from '../../address.ts';
import type { TableId } from '../hook.ts';
import type { Word } from '../word.ts';

export interface OptionSpec {
  readonly name: string;
  /** Other spellings that mean the same. */
  readonly aliases?: readonly string[];
  /** How many words follow it. */
  readonly words: 0 | 1 | 2;
  /** May stand behind `!`. */
  readonly invertible?: boolean;
  /** May be given again. */
  readonly repeatable?: boolean;
}

/** What stands before the extensions of a rule and decides what they may be. */
export interface Head {
  readonly family: Family;
  readonly table: TableId;
  readonly protocol: number;
  readonly protocolInverted: boolean;
}

export interface GivenOption {
  readonly spec: OptionSpec;
  /** The option as it was written. */
  readonly at: Word;
  readonly words: readonly Word[];
  readonly inverted: boolean;
}

/** Ends the reading of a line with an error at a word. */
export type Fail = (at: Word | undefined, message: string) => never;

export class Options {
  /** Name of the extension. */
  readonly name: string;
  readonly given: readonly GivenOption[];
  readonly #fail: Fail;
  readonly #at: Word;

  constructor(name: string, at: Word, given: readonly GivenOption[], fail: Fail) {
    this.name = name;
    this.given = given;
    this.#at = at;
    this.#fail = fail;
  }

  find(name: string): GivenOption | undefined {
    return this.given.find((option) => option.spec.name === name);
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  inverted(name: string): boolean {
    return this.find(name)?.inverted ?? false;
  }

  text(name: string): string | undefined {
    return this.find(name)?.words[0]?.text;
  }

  /** The word of an option that can't be left out. */
  required(name: string): string {
    return this.text(name) ?? this.fail(undefined, `${this.name}: option "--${name}" must be specified`);
  }

  /** An unsigned integer (decimal, 0x or octal), at most `most`. */
  integer(name: string, most = 0xffffffff): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return integerOf(text, most) ?? this.bad(name);
  }

  /** `VALUE[/MASK]` as two int32; the mask is all ones when left out. */
  masked(name: string): { value: number; mask: number } | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const slash = text.indexOf('/');
    const value = integerOf(slash < 0 ? text : text.slice(0, slash), 0xffffffff);
    const mask = slash < 0 ? 0xffffffff : integerOf(text.slice(slash + 1), 0xffffffff);
    if (value === undefined || mask === undefined) return this.bad(name);
    return { value: value | 0, mask: mask | 0 };
  }

  bad(name: string): never {
    return this.fail(name, `${this.name}: bad integer value for option "--${name}", or out of range.`);
  }

  /** @param name the option whose word is wrong; undefined: the extension as a whole */
  fail(name: string | undefined, message: string): never {
    const option = name === undefined ? undefined : this.find(name);
    return this.#fail(option?.words[0] ?? option?.at ?? this.#at, message);
  }
}

/** Reads what strtoul(3) with base 0 reads whole. */
export function integerOf(text: string, most: number): number | undefined {
  let value: number;
  if (/^0[xX][0-9a-fA-F]+$/.test(text)) value = Number(text);
  else if (/^0[0-7]*$/.test(text)) value = Number.parseInt(text, 8);
  else if (/^[1-9]\d*$/.test(text)) value = Number(text);
  else return undefined;
  return value <= most ? value : undefined;
}

/** An int32 as iptables prints marks. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** `VALUE` or `VALUE/MASK`. */
export function printMasked(value: number, mask: number): string {
  return mask === -1 ? hex(value) : `${hex(value)}/${hex(mask)}`;
}
