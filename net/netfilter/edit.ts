/**
 * One call of iptables: changes or lists the rules, and answers with the real tool's texts and exit codes.
 * @see iptables/iptables.c do_command4, iptables/iptables-standalone.c
 */
import type { Command } from './command.ts';
import { Draft } from './draft.ts';
import { Failure } from './failure.ts';
import { type TableId, tableIdOf } from './hook.ts';
import { listRules, listTable } from './list.ts';
import { commit, loaded, type RuleState } from './restore.ts';
import { NO_DROP_IN_NAT } from './rule-draft.ts';
import { type CommandLine, parseCommandLine } from './rule-line.ts';
import { RulesetError } from './ruleset-error.ts';
import { emptyTable } from './table.ts';

export interface EditResult extends RuleState {
  /** 0 done, 1 refused, 2 bad usage, 3 no such table */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The release whose texts are given. */
const VERSION = 'v1.8.9 (legacy)';
/** Failures with errno EINVAL, behind which the tool points to the kernel's log. */
const INVALID: readonly string[] = [Failure.Invalid, Failure.BadPolicy];
const FAILURES: readonly string[] = Object.values(Failure);

/** @param argv the words behind `iptables` */
export function edit(state: RuleState, argv: readonly string[]): EditResult {
  const program = state.ruleset.family === 6 ? 'ip6tables' : 'iptables';
  const tableName = tableOf(argv);
  const table = tableIdOf(tableName);
  if (table === undefined) {
    const reason = `can't initialize ${program} table \`${tableName}': Table does not exist (do you need to insmod?)`;
    const stderr = `${program} ${VERSION}: ${reason}\nPerhaps ${program} or your kernel needs to be upgraded.\n`;
    return { ...state, exitCode: 3, stdout: '', stderr };
  }
  try {
    const words = argv.map((text, at) => ({ text, column: at + 1, quoted: false }));
    const context = { file: program, line: 1, family: state.ruleset.family, table, restoring: false };
    return carryOut(loaded(state, table), table, parseCommandLine(words, context), program);
  } catch (error) {
    if (!(error instanceof RulesetError)) throw error;
    const { exitCode, stderr } = error.byKernel ? refused(program, Failure.Invalid) : misused(program, error.reason);
    return { ...state, exitCode, stdout: '', stderr };
  }
}

function carryOut(state: RuleState, table: TableId, line: CommandLine, program: string): EditResult {
  const draft = new Draft(state.ruleset, state.counters, state.ruleset.table(table) ?? emptyTable(table));
  const failure = draft.apply(line.command, true, true);
  if (failure !== undefined) {
    const said = FAILURES.includes(failure) ? refused(program, failure) : misused(program, failure);
    return { ...state, ...said, stdout: '' };
  }
  const stdout = listing(state, table, line);
  if (line.thenZero && 'chain' in line.command) {
    draft.apply({ kind: 'zero', chain: line.command.chain, position: 0, line: 1, column: 1 }, false, true);
  }
  const refusal = draft.changed ? draft.refused() : undefined;
  if (refusal !== undefined) return { ...state, ...refused(program, refusal.failure), stdout: '' };
  return { ...commit(state, draft, table), exitCode: 0, stdout, stderr: '' };
}

function listing(state: RuleState, table: TableId, line: CommandLine): string {
  const command: Command = line.command;
  if (command.kind === 'list') return listTable(state, table, command, line);
  if (command.kind === 'list-rules') return listRules(state, table, command, line.verbose);
  return '';
}

/** `-t NAME`, wherever it stands. */
function tableOf(argv: readonly string[]): string {
  const at = argv.findIndex((word) => word === '-t' || word === '--table');
  const joined = argv.find((word) => word.startsWith('--table='));
  return (at >= 0 ? argv[at + 1] : joined?.slice('--table='.length)) ?? 'filter';
}

function refused(program: string, failure: string): { exitCode: number; stderr: string } {
  const hint = INVALID.includes(failure) ? " Run `dmesg' for more information." : '';
  return { exitCode: 1, stderr: `${program}: ${failure}.${hint}\n` };
}

function misused(program: string, reason: string): { exitCode: number; stderr: string } {
  const help = `Try \`${program} -h' or '${program} --help' for more information.\n`;
  if (reason.startsWith('Bad argument ')) return { exitCode: 2, stderr: `${reason}\n${help}` };
  if (reason === NO_DROP_IN_NAT) return { exitCode: 2, stderr: `${program} ${VERSION}: \n${reason}\n\n\n${help}` };
  return { exitCode: 2, stderr: `${program} ${VERSION}: ${reason}\n${endsItsLine(reason) ? '\n' : ''}${help}` };
}

/** Some of the tool's messages bring a line end of their own, which leaves an empty line. */
function endsItsLine(reason: string): boolean {
  return /^Couldn't load |^Can't use -|option "--[\w-]+" (must be|can only|cannot|also)|bad (integer )?value for option/.test(
    reason,
  );
}
