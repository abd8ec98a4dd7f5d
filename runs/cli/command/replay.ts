/**
 * `kubehop replay RUN`
 */
import type { Command } from 'commander';
import { choice } from '../choice.ts';
import { runWords, withOut } from '../command-module.ts';
import { ExitCode } from '../exit-code.ts';
import { parseInstant } from '../instant.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly out: string;
  readonly at?: string;
  readonly show?: string;
  readonly node?: string;
  readonly verify: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  withOut(command)
    .argument('<run>', 'an id, its beginning, latest, or a path')
    .option('--at <instant>', 'fold up to there; default: all of it')
    .option('--show <part>', 'api, endpoints, conntrack, ruleset or sockets')
    .option('--node <name>', 'only that node; any host will do')
    .option('--verify', 'simulate again from the inputs in the ledger and compare digests', false)
    .action(async (run: string, options: Options) => {
      const { findRun } = await import('../../archive/catalogue.ts');
      const { ledgerPath, record } = findRun(options.out, run);
      const words = runWords(run, record?.id, options.out);
      process.exitCode = options.verify
        ? await verify(ledgerPath, terminal)
        : await replay(words, ledgerPath, options, terminal);
    });
}

async function verify(path: string, terminal: Terminal): Promise<number> {
  const { verifyLedger } = await import('../../replay/verify-digest.ts');
  const { recorded, simulated, events, difference, seed } = await verifyLedger(path);
  const repeat = `seed      ${seed}\n`;
  if (difference === undefined) {
    terminal.out(`Simulated again: ${events} events, the same bytes\ndigest    ${recorded}\n${repeat}`);
    return ExitCode.Success;
  }
  terminal.out(
    [
      `The first difference is event ${difference.sequence}`,
      `recorded  ${difference.recorded ?? '(the ledger has ended)'}`,
      `simulated ${difference.simulated ?? '(the run has ended)'}`,
      `digests   ${recorded} recorded, ${simulated} simulated up to the difference`,
      repeat,
    ].join('\n'),
  );
  return ExitCode.Failed;
}

async function replay(run: readonly string[], path: string, options: Options, terminal: Terminal): Promise<number> {
  const { Replay } = await import('../../replay/replay.ts');
  const { PARTS, showState } = await import('../../replay/show.ts');
  const atNs = parseInstant(options.at);
  const part = options.show === undefined ? undefined : choice('--show', options.show, PARTS);
  const replayed = new Replay(path);
  try {
    if (part !== undefined) {
      replayed.foldUntil(atNs ?? Number.POSITIVE_INFINITY);
      if (atNs === undefined) replayed.foldUntil(replayed.endNs);
      terminal.out(showState(replayed.simulation, part, options.node));
    } else {
      const { replayTable } = await import('../replay-table.ts');
      terminal.out(replayTable(replayed, atNs, run, terminal.style));
    }
    if (replayed.reader.torn) terminal.err(`The ledger is cut off: ${replayed.events} events are whole\n`);
  } finally {
    replayed.close();
  }
  return ExitCode.Success;
}
