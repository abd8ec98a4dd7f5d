/**
 * `kubehop trace FILE… --from HOST --to URL`
 */
import type { Command } from 'commander';
import { choice } from '../choice.ts';
import { DEFAULT_OUT, type FileOptions, withFileOptions, withOut } from '../command-module.ts';
import { parseInstant } from '../instant.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends FileOptions {
  readonly out: string;
  readonly from: string;
  readonly to: string;
  readonly at?: string;
  readonly output: string;
  readonly packets: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  withOut(withFileOptions(command))
    .requiredOption('--from <host>', 'host/NAME, node/NAME, pod/[NS/]NAME or deployment/[NS/]NAME')
    .requiredOption('--to <url>', 'such as http://web/')
    .option('--at <instant>', "default: the scenario's end")
    .option('--packets', 'every packet of the connection, not only the first way there and back', false)
    .option('-o, --output <format>', 'table, json or mermaid', 'table')
    .action(async (files: string[], options: Options) => {
      const output = choice('-o', options.output, ['table', 'json', 'mermaid']);
      const at = parseInstant(options.at);
      const { knownCost } = await import('../../cost/known-cost.ts');
      const { readRunInput } = await import('../../run-input.ts');
      const { traceRequest } = await import('../../trace/request.ts');
      const { printTrace } = await import('../print-trace.ts');
      const { kubehopLine } = await import('../command-line.ts');
      const { scenario } = readRunInput(files, { sets: options.set, seed: options.seed });
      const { from, to } = options;
      const trace = traceRequest(scenario, { from, to, ...(at === undefined ? {} : { at }) });
      const sets = options.set.flatMap((text) => ['--set', text]);
      const when = options.at === undefined ? [] : ['--at', options.at];
      const words = ['trace', ...files, '--from', from, '--to', to, ...when, '--seed', scenario.seed, ...sets];
      if (options.out !== DEFAULT_OUT) words.push('--out', options.out);
      printTrace(
        trace,
        { output, packets: options.packets, repeat: kubehopLine(words), cost: knownCost(options.out) },
        terminal,
      );
    });
}
