/**
 * `kubehop schema`
 */
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  command.action(async () => {
    const { scenarioJsonSchema } = await import('../../scenario/schema/scenario.ts');
    terminal.out(`${JSON.stringify(scenarioJsonSchema(), undefined, 2)}\n`);
  });
}
