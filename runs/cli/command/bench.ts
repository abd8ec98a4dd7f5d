/**
 * `kubehop bench`
 */
import type { Command } from 'commander';
import { InputError } from '../../input-error.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  command.option('-o, --output <form>', 'table or json', 'table').action(async ({ output }: { output: string }) => {
    const { formatBench, runBench } = await loadBench();
    const report = await runBench(process.argv[1]!, (part) => terminal.err(`${part}…\n`));
    terminal.out(output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : formatBench(report));
  });
}

/** The one door to bench. What it races against comes with a checkout, not with the installed package. */
async function loadBench() {
  try {
    return await import('../../../bench/main.ts');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new InputError(
      undefined,
      'bench races against packages that only a checkout has: run it there, after npm ci',
    );
  }
}
