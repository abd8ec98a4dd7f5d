/**
 * Reads the text of iptables-save and iptables-restore. What only shows when the commands are carried out (a chain
 * that isn't there, a loop) is found by `restore`.
 * @see iptables/iptables-restore.c ip46tables_restore_main
 */
import type { Family } from '../address.ts';
import type { Command, Count, DeclareCommand, RestoreProgram, TableBlock } from './command.ts';
import { type TableId, tableIdOf } from './hook.ts';
import { parseCommandLine } from './rule-line.ts';
import { RulesetError } from './ruleset-error.ts';
import { splitWords } from './word.ts';

export interface ParseOptions {
  /** 4 unless said otherwise */
  readonly family?: Family;
}

const CHAIN_NAME_LENGTH = 28;

/**
 * @param file the text's name in errors
 * @throws {RulesetError} at the first line that iptables-restore would refuse
 */
export function parseRules(text: string, file: string, options: ParseOptions = {}): RestoreProgram {
  const { program, error } = readRules(text, file, options);
  if (error !== undefined) throw error;
  return program;
}

/** The blocks before the first wrong line, and what is wrong there. */
export function readRules(
  text: string,
  file: string,
  { family = 4 }: ParseOptions = {},
): { readonly program: RestoreProgram; readonly error: RulesetError | undefined } {
  const blocks: TableBlock[] = [];
  try {
    readBlocks(text, file, family, blocks);
    return { program: { file, blocks }, error: undefined };
  } catch (error) {
    if (error instanceof RulesetError) return { program: { file, blocks }, error };
    throw error;
  }
}

function readBlocks(text: string, file: string, family: Family, blocks: TableBlock[]): void {
  let table: TableId | undefined;
  let commands: Command[] = [];
  let line = 0;
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const to = newline < 0 ? text.length : newline;
    const content = text.slice(from, text[to - 1] === '\r' && to > from ? to - 1 : to);
    from = to + 1;
    line++;
    if (content.startsWith('#') || content.trim() === '') continue;
    if (table === undefined) {
      table = tableLine(content, file, line);
      commands = [];
    } else if (content === 'COMMIT') {
      blocks.push({ table, commands, line });
      table = undefined;
    } else {
      commands.push(commandLine(content, file, line, family, table));
    }
  }
  if (table !== undefined) throw new RulesetError(file, line + 1, 1, `COMMIT expected at line ${line + 1}`);
}

function commandLine(content: string, file: string, line: number, family: Family, table: TableId): Command {
  if (content.startsWith(':')) return declaration(content, file, line);
  const { count, start } = leadingCount(content, file, line);
  const context = { file, line, family, table, restoring: true };
  return parseCommandLine(splitWords(content, start), context, count).command;
}

function tableLine(content: string, file: string, line: number): TableId {
  if (!content.startsWith('*')) {
    throw new RulesetError(file, line, 1, `line ${line} failed: \`${shortened(content)}' stands outside of a table`);
  }
  const name = splitWords(content, 1)[0];
  if (name === undefined) throw new RulesetError(file, line, 1, `line ${line} table name invalid`);
  const table = tableIdOf(name.text);
  if (table === undefined) throw new RulesetError(file, line, name.column, `unknown table \`${name.text}'`);
  return table;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

/** `:CHAIN POLICY [packets:bytes]` */
function declaration(content: string, file: string, line: number): DeclareCommand {
  const [chain, policy, counters] = splitWords(content, 1);
  if (chain === undefined) throw new RulesetError(file, line, 1, `line ${line} chain name invalid`);
  if (chain.text.length > CHAIN_NAME_LENGTH) {
    const message = `Invalid chain name \`${chain.text}' (${CHAIN_NAME_LENGTH} chars max)`;
    throw new RulesetError(file, line, chain.column, message);
  }
  if (policy === undefined) throw new RulesetError(file, line, 1, `line ${line} policy invalid`);
  const count = counters === undefined ? undefined : countOf(counters.text);
  if (policy.text !== '-' && counters !== undefined && count === undefined) {
    const message = `invalid policy counters for chain '${chain.text}'`;
    throw new RulesetError(file, line, counters.column, message);
  }
  return { kind: 'declare', chain: chain.text, policy: policy.text, count, line, column: chain.column };
}

/** `[packets:bytes]` */
function countOf(text: string): Count | undefined {
  const parts = /^\[(\d+):(\d+)\]$/.exec(text);
  return parts === null ? undefined : { packets: Number(parts[1]), bytes: Number(parts[2]) };
}

/** `[packets:bytes]` before a command; what is no pair of numbers is passed over, as iptables-restore does. */
function leadingCount(content: string, file: string, line: number): { count: Count | undefined; start: number } {
  if (!content.startsWith('[')) return { count: undefined, start: 0 };
  const end = content.indexOf(']');
  if (end < 0) throw new RulesetError(file, line, 1, `Bad line ${line}: need ]`);
  return { count: countOf(content.slice(0, end + 1)), start: end + 1 };
}
