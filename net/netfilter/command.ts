/**
 * What a line of a restore text, or one call of iptables, asks for.
 */
import type { TableId } from './hook.ts';
import type { Rule } from './rule.ts';

/** Where a command was written: for errors that show only when it is carried out. */
export interface Place {
  /** 1 and up */
  readonly line: number;
  readonly column: number;
}

/** Packets and bytes that a rule or policy starts with. */
export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

/** `:CHAIN POLICY [packets:bytes]`; '-' as policy for a user chain. */
export interface DeclareCommand extends Place {
  readonly kind: 'declare';
  readonly chain: string;
  readonly policy: string;
  readonly count: Count | undefined;
}

/** `-A`, `-I`, `-R`, `-D` by rule, `-C`. More rules than one where `-s` or `-d` has a list of addresses. */
export interface RuleCommand extends Place {
  readonly kind: 'append' | 'insert' | 'replace' | 'delete' | 'check';
  readonly chain: string;
  /** `insert` and `replace`: 1 and up; else 0. */
  readonly position: number;
  readonly rules: readonly Rule[];
  readonly count: Count | undefined;
}

/** `-D CHAIN N`. */
export interface DeletePositionCommand extends Place {
  readonly kind: 'delete-position';
  readonly chain: string;
  readonly position: number;
}

/** `-F`, `-X`, `-Z`, `-L`, `-S`: of one chain, or of all of them ('' as chain). */
export interface ChainCommand extends Place {
  readonly kind: 'flush' | 'delete-chain' | 'zero' | 'list' | 'list-rules';
  readonly chain: string;
  /** `zero`, `list` and `list-rules`: only the rule at this position; 0: all. */
  readonly position: number;
}

/** `-N`. */
export interface CreateCommand extends Place {
  readonly kind: 'create';
  readonly chain: string;
}

/** `-E OLD NEW`. */
export interface RenameCommand extends Place {
  readonly kind: 'rename';
  readonly chain: string;
  readonly to: string;
}

/** `-P CHAIN POLICY`. */
export interface PolicyCommand extends Place {
  readonly kind: 'policy';
  readonly chain: string;
  readonly policy: string;
}

export type Command =
  | DeclareCommand
  | RuleCommand
  | DeletePositionCommand
  | ChainCommand
  | CreateCommand
  | RenameCommand
  | PolicyCommand;

/** `*TABLE` to `COMMIT`: carried out as a whole or not at all. */
export interface TableBlock {
  readonly table: TableId;
  readonly commands: readonly Command[];
  /** Line of the COMMIT. */
  readonly line: number;
}

/** A restore text, read. */
export interface RestoreProgram {
  /** Name of the text in errors. */
  readonly file: string;
  readonly blocks: readonly TableBlock[];
}
