/**
 * `kubehop topology FILE…`
 */
import type { Command } from 'commander';
import { choice } from '../choice.ts';
import { type FileOptions, withFileOptions } from '../command-module.ts';
import { simulateTo } from '../instant.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends FileOptions {
  readonly at?: string;
  readonly output: string;
}

export function define(command: Command, terminal: Terminal): void {
  withFileOptions(command)
    .option('--at <instant>', "default: the scenario's end")
    .option('-o, --output <format>', 'json, dot or mermaid', 'json')
    .action(async (files: string[], options: Options) => {
      const output = choice('-o', options.output, ['json', 'dot', 'mermaid']);
      const { topologyOf } = await import('../../../net/view/topology-of.ts');
      const { topologyDot, topologyMermaid } = await import('../../report/topology-graph.ts');
      const topology = topologyOf(simulateTo(files, options, options.at).world.net);
      const print = {
        json: () => `${JSON.stringify(topology, undefined, 2)}\n`,
        dot: topologyDot,
        mermaid: topologyMermaid,
      };
      terminal.out(print[output](topology));
    });
}
