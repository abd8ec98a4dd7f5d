/**
 * `kubehop bench [PART...]`
 */
import type { Command } from 'commander';
import { InputError } from '../../input-error.ts';
import { choice } from '../choice.ts';
import { withOut } from '../command-module.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly output: string;
  readonly out: string;
  readonly full: boolean;
  readonly quick: boolean;
  readonly kernel: boolean;
  readonly compare?: string;
  readonly show?: string;
  readonly list: boolean;
}

export function define(command: Command, terminal: Terminal): void {
  withOut(command)
    .argument('[parts...]', 'routes, services, conntrack or engine; all of them if none is named')
    .option('-o, --output <form>', 'table, json or html', 'table')
    .option('--full', 'up to a million prefixes and connections, and longer rounds', false)
    .option('--quick', 'small and short: shows that it works, no figures to quote', false)
    .option('--kernel', "first packets on this machine's own kernel, by rules looked at; needs root", false)
    .option('--compare <run>', 'against an earlier one: an id, its beginning, latest, or a path')
    .option('--show <run>', 'print, or compare, one that is kept instead of racing anew')
    .option('--list', 'list those that are kept', false)
    .action(async (parts: string[], options: Options) => {
      const output = choice('-o', options.output, ['table', 'json', 'html']);
      if (options.full && options.quick) throw new InputError(undefined, '--full and --quick: wanted is one of them');
      if (options.list) {
        await list(options.out, terminal);
        return;
      }
      const { findBench } = await import('../../archive/bench-catalogue.ts');
      // Before the races, so that a misspelt name does not cost their time.
      const earlier = options.compare === undefined ? undefined : findBench(options.out, options.compare);
      const bench = await loadBench();
      const read = ({ id, report }: { readonly id: string; readonly report: unknown }) => {
        try {
          return bench.readReport(report);
        } catch (error) {
          throw new InputError({ file: id }, (error as Error).message);
        }
      };
      const before = earlier && read(earlier);
      const shown = options.show === undefined ? undefined : findBench(options.out, options.show);
      const { report, id } =
        shown === undefined ? await perform(bench, parts, options, terminal) : { report: read(shown), id: shown.id };
      if (before === undefined || output === 'html') {
        const text = { table: bench.reportTable, json: asJson, html: () => bench.reportPage(id, report) }[output];
        terminal.out(text(report));
      } else if (output === 'json') terminal.out(asJson(bench.compareReports(before, report)));
      else terminal.out(bench.comparisonTable(earlier!.id, before, report));
    });
}

type Bench = Awaited<ReturnType<typeof loadBench>>;

/** Races, and keeps what comes out. */
async function perform(bench: Bench, parts: readonly string[], options: Options, terminal: Terminal) {
  const sections = parts.map((part) => choice('bench', part, bench.SECTION_NAMES));
  if (options.kernel) await requireKernel();
  const scale = options.full ? 'full' : options.quick ? 'quick' : 'usual';
  const progress = (part: string): void => terminal.err(`${part}…\n`);
  const report = await bench.runBench({ sections, kernel: options.kernel, scale, main: process.argv[1]!, progress });
  const { keepBench } = await import('../../archive/bench-catalogue.ts');
  const { record, folder } = keepBench(options.out, report, (id) => bench.reportPage(id, report));
  terminal.err(`Kept as ${record.id}: ${folder}\n`);
  return { report, id: record.id };
}

/** @throws {InputError} what is missing to measure this machine's kernel */
async function requireKernel(): Promise<void> {
  const { isInPath, missingRequirements } = await import('../../verify/requirements.ts');
  const { BACKENDS } = await import('../../cost/cost-model.ts');
  const missing = missingRequirements()?.replace(/^verify/, 'bench --kernel');
  if (missing !== undefined) throw new InputError(undefined, missing);
  const tools = BACKENDS.map((backend) => `${backend}-restore`);
  if (!tools.some(isInPath))
    throw new InputError(undefined, `bench --kernel needs ${tools.join(' or ')} (Debian package iptables)`);
}

async function list(out: string, terminal: Terminal): Promise<void> {
  const { listBenches } = await import('../../archive/bench-catalogue.ts');
  for (const { id, finishedAt, report } of listBenches(out)) {
    const { scale, sections, machine } = report as {
      readonly scale?: string;
      readonly sections?: readonly { readonly name: string }[];
      readonly machine?: { readonly cpu: string; readonly node: string };
    };
    const names = sections?.map(({ name }) => name).join(',') ?? '';
    terminal.out(`${[id, finishedAt, scale, names, machine?.node, machine?.cpu].join('  ')}\n`);
  }
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
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
