/**
 * `kubehop explain RUN`
 */
import type { Command } from 'commander';
import { InputError } from '../../input-error.ts';
import { choice } from '../choice.ts';
import { runWords, withOut } from '../command-module.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly out: string;
  readonly flow?: string;
  readonly packet?: string;
  readonly output: string;
  readonly packets: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  withOut(command)
    .argument('<run>', 'an id, its beginning, latest, or a path')
    .option('--flow <number>', 'default: the first request that failed, else the first')
    .option('--packet <number>', 'that one packet')
    .option('--packets', 'every packet of the connection, not only the first way there and back', false)
    .option('-o, --output <format>', 'table, json or mermaid', 'table')
    .action(async (run: string, options: Options) => {
      const output = choice('-o', options.output, ['table', 'json', 'mermaid']);
      const flow = numberOf('--flow', options.flow);
      const packet = numberOf('--packet', options.packet);
      const { knownCost } = await import('../../cost/known-cost.ts');
      const { findRun } = await import('../../archive/catalogue.ts');
      const { explainRun } = await import('../../replay/explain-run.ts');
      const { printTrace } = await import('../print-trace.ts');
      const { kubehopLine } = await import('../command-line.ts');
      const { ledgerPath, record } = findRun(options.out, run);
      const trace = explainRun(ledgerPath, { flow, packet });
      const words = ['explain', ...runWords(run, record?.id, options.out)];
      if (options.packet === undefined) words.push('--flow', String(trace.request.flow));
      else words.push('--packet', options.packet);
      printTrace(
        trace,
        { output, packets: options.packets, repeat: kubehopLine(words), cost: knownCost(options.out) },
        terminal,
      );
    });
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new InputError({ file: `${option} ${text}` }, 'wanted is a number from 1');
  return Number(text);
}
