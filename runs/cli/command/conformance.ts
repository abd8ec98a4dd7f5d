/**
 * `kubehop conformance FILE`
 */
import type { Command } from 'commander';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

export function define(command: Command, terminal: Terminal): void {
  command
    .argument('<file>', 'recorded probes with their rule sets beside them, or DNS cases')
    .action(async (file: string) => {
      const { runVectorFile } = await import('../../conformance/conformance.ts');
      const { passed, failed, failures } = runVectorFile(file);
      for (const failure of failures) terminal.out(`${failure}\n`);
      terminal.out(`${passed} passed, ${failed} failed\n`);
      if (failed > 0) process.exitCode = ExitCode.Failed;
    });
}
