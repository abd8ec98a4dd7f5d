/**
 * `kubehop verify FILE…`, `kubehop verify FILE… --time`, `kubehop verify --random N`, `kubehop verify --clean`
 */
import type { Command } from 'commander';
import { InputError } from '../../input-error.ts';
import { plural } from '../../report/number-text.ts';
import { choice } from '../choice.ts';
import { type FileOptions, repeated } from '../command-module.ts';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends FileOptions {
  readonly output: string;
  readonly random?: number;
  readonly minCell?: number;
  readonly save?: string;
  readonly clean?: true;
  readonly time?: true;
}

/** Where nothing else is said, the clusters are the same each time. */
const DEFAULT_SEED = '1';

export function define(command: Command, terminal: Terminal): void {
  command
    .argument('[files...]', 'YAML or JSON files or folders, - for standard input; each Scenario is verified by itself')
    .option('--seed <seed>', "instead of the scenario's own seed; --random: S, or S:INDEX to begin at that cluster")
    .option('--set <path=value>', 'change one value of the scenario; may be repeated', repeated, [])
    .option('--time', 'compare instants instead: what timers repeat, what is given up, limited and forgotten')
    .option('--random <n>', 'verify so many clusters that chance draws', (text) => count('--random', text))
    .option('--min-cell <k>', 'with --random: fail when a cell has fewer flows', (text) => count('--min-cell', text))
    .option('--save <folder>', 'with --random: write the files of each disagreement there')
    .option('--clean', 'remove what verify left behind when it was killed')
    .option('-o, --output <format>', 'table or json', 'table')
    .action(async (files: string[], options: Options) => {
      const output = choice('-o', options.output, ['table', 'json']);
      const ways = [files.length > 0, options.random !== undefined, options.clean === true];
      if (ways.filter(Boolean).length !== 1)
        throw new InputError(undefined, 'verify wants FILEs, or --random N, or --clean: exactly one of them');
      const wrong = options.random === undefined ? ['minCell', 'save'] : ['time'];
      for (const option of wrong)
        if (options[option as keyof Options] !== undefined)
          throw new InputError(
            { file: `--${option === 'minCell' ? 'min-cell' : option}` },
            options.random === undefined ? 'goes with --random alone' : 'goes with FILEs, not with --random',
          );
      if (options.clean) return clean(terminal);
      if (options.random !== undefined) return verifyAtRandom(options.random, output, options, terminal);
      return options.time ? verifyTime(files, output, options, terminal) : verify(files, output, options, terminal);
    });
}

/** @throws {InputError} for anything but a whole number from 1 */
function count(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InputError({ file: `${option} ${text}` }, 'wanted is a number from 1');
  return Number(text);
}

async function verify(files: string[], output: string, options: Options, terminal: Terminal): Promise<void> {
  const { verifyFiles } = await import('../../verify/verify.ts');
  const { verifyTable } = await import('../../verify/report.ts');
  const result = await verifyFiles(files, {
    sets: options.set,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ended: (text) => terminal.err(terminal.interactive ? `\r\x1b[K${text}\n` : `${text}\n`),
    progress: (done, total, { name }) => {
      if (terminal.interactive) terminal.err(`\r\x1b[K ${done + 1} of ${total}: ${name}`);
    },
  });
  if (terminal.interactive) terminal.err('\r\x1b[K');
  for (const notice of result.notices) terminal.err(`${notice}\n`);
  terminal.out(output === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : verifyTable(result, files));
  if (result.differences.length > 0) process.exitCode = ExitCode.Failed;
}

async function verifyTime(files: string[], output: string, options: Options, terminal: Terminal): Promise<void> {
  const { verifyTimes } = await import('../../verify/time/verify-time.ts');
  const { timesTable } = await import('../../verify/time/time-report.ts');
  const result = await verifyTimes(files, {
    sets: options.set,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  terminal.out(output === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : timesTable(result));
  if (result.differing > 0) process.exitCode = ExitCode.Failed;
}

async function verifyAtRandom(clusters: number, output: string, options: Options, terminal: Terminal): Promise<void> {
  const { verifyRandom } = await import('../../verify/random/random.ts');
  const { randomTable, thinCells } = await import('../../verify/random/random-report.ts');
  const result = await verifyRandom({
    clusters,
    seed: options.seed ?? DEFAULT_SEED,
    ...(options.save === undefined ? {} : { save: options.save }),
    progress: (text) => terminal.err(terminal.interactive ? `\r\x1b[K ${text}` : `${text}\n`),
  });
  if (terminal.interactive) terminal.err('\r\x1b[K');
  for (const notice of result.notices) terminal.err(`${notice}\n`);
  terminal.out(output === 'json' ? `${JSON.stringify(result, undefined, 2)}\n` : randomTable(result, clusters));
  const thin = options.minCell === undefined ? [] : thinCells(result.cells, options.minCell);
  for (const [cell, flows] of thin) terminal.err(`${cell}: ${plural(flows, 'flow')}, wanted are ${options.minCell}\n`);
  if (result.differences.length > 0 || thin.length > 0) process.exitCode = ExitCode.Failed;
}

async function clean(terminal: Terminal): Promise<void> {
  if (process.getuid?.() !== 0) throw new InputError({ file: 'verify --clean' }, 'root is needed to remove namespaces');
  const { removeLeftovers } = await import('../../verify/leftovers.ts');
  const removed = removeLeftovers();
  for (const name of removed) terminal.out(`${name}\n`);
  terminal.err(`${removed.length} namespaces removed\n`);
}
