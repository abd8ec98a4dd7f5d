/**
 * `kubehop compare RUN RUN`
 */
import type { Command } from 'commander';
import type { Comparison } from '../../compare.ts';
import { choice } from '../choice.ts';
import { withOut } from '../command-module.ts';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly out: string;
  readonly output: string;
}

/** Requests whose fates the table shows one by one. */
const MOST_FATES = 40;

export function define(command: Command, terminal: Terminal): void {
  withOut(command)
    .argument('<left>', 'an id, its beginning, latest, or a path')
    .argument('<right>', 'the same')
    .option('-o, --output <format>', 'table or json', 'table')
    .action(async (left: string, right: string, options: Options) => {
      const output = choice('-o', options.output, ['table', 'json']);
      const { findRun } = await import('../../archive/catalogue.ts');
      const { compareRuns } = await import('../../compare.ts');
      const [a, b] = [left, right].map((run) => findRun(options.out, run).ledgerPath);
      const comparison = compareRuns(a!, b!);
      terminal.out(output === 'json' ? `${JSON.stringify(comparison, undefined, 2)}\n` : tableOf(comparison));
      process.exitCode = comparison.same ? ExitCode.Success : ExitCode.Failed;
    });
}

function tableOf({ same, first, changed, requests, seeds }: Comparison): string {
  const seed = `seeds     ${seeds.join(' and ')}`;
  if (same) return `The same events, the same fate of ${requests} requests\n${seed}\n`;
  const lines =
    first === undefined
      ? ['The events are the same']
      : [
          `The first difference is event ${first.sequence}`,
          `  left   ${first.left ?? '(this run has ended)'}`,
          `  right  ${first.right ?? '(this run has ended)'}`,
        ];
  lines.push('', `Fate changed for ${changed.length} of ${requests} requests`);
  for (const { traffic, number, left, right } of changed.slice(0, MOST_FATES)) {
    lines.push(`  ${traffic} #${number}`, `    left   ${left ?? 'never made'}`, `    right  ${right ?? 'never made'}`);
  }
  if (changed.length > MOST_FATES) lines.push(`  and ${changed.length - MOST_FATES} more: -o json has them all`);
  return `${lines.join('\n')}\n${seed}\n`;
}
