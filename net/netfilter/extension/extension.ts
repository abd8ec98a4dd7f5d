/**
 * What an extension of iptables is here: the options that it reads, how it prints them back, and what it means.
 */
import type { TableName } from '../hook.ts';
import type { Evaluate, Match } from '../match.ts';
import type { Target } from '../target.ts';
import type { Head, OptionSpec, Options } from './options.ts';

export interface MatchExtension {
  readonly name: string;
  readonly options: readonly OptionSpec[];
  /** Hooks from which it may be reached, as a bit mask; every hook when left out. */
  readonly hooks?: number;
  readonly parse: (options: Options, head: Head) => Match;
  /** The options as iptables-save prints them: each starts with a blank. */
  readonly print: (match: Match) => string;
  /** The same as `iptables -L` shows it; where it is left out, as in a saved rule. */
  readonly list?: (match: Match, numeric: boolean) => string;
  readonly evaluate: Evaluate;
  /** It remembers something from packet to packet, in `MatchStore`: its path says that it was evaluated. */
  readonly stateful?: boolean;
}

export interface TargetExtension {
  readonly name: string;
  readonly options: readonly OptionSpec[];
  /** The tables that accept it; every table when left out. */
  readonly tables?: readonly TableName[];
  /** Hooks from which it may be reached, as a bit mask; every hook when left out. */
  readonly hooks?: number;
  readonly parse: (options: Options, head: Head) => Target;
  readonly print: (target: Target) => string;
  /** What `iptables -L` shows behind the matches. */
  readonly list?: (target: Target, numeric: boolean) => string;
}

interface Typed<M extends Match> extends Omit<MatchExtension, 'parse' | 'print' | 'list' | 'evaluate'> {
  readonly parse: (options: Options, head: Head) => M;
  readonly print: (match: M) => string;
  readonly list?: (match: M, numeric: boolean) => string;
  readonly evaluate: (match: M, ...rest: Parameters<Evaluate> extends [Match, ...infer R] ? R : never) => 0 | 1 | 2;
}

/** Declares a match whose functions see its own record type. The registry hands them nothing else. */
export function matchExtension<M extends Match>(extension: Typed<M>): MatchExtension {
  return extension as unknown as MatchExtension;
}

/** Declares a target whose functions see its own record type. */
export function targetExtension<T extends Target>(
  extension: Omit<TargetExtension, 'parse' | 'print' | 'list'> & {
    readonly parse: (options: Options, head: Head) => T;
    readonly print: (target: T) => string;
    readonly list?: (target: T, numeric: boolean) => string;
  },
): TargetExtension {
  return extension as unknown as TargetExtension;
}

/** ` ! --name` or ` --name`. */
export function flag(inverted: boolean, name: string): string {
  return inverted ? ` ! --${name}` : ` --${name}`;
}

/** The answer of a condition that is known. */
export function known(condition: boolean): 0 | 1 {
  return condition ? 1 : 0;
}
