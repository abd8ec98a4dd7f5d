/**
 * `kubehop ruleset FILE… --node N` and `kubehop ruleset --load FILE.rules`
 */
import type { Command } from 'commander';
import { InputError } from '../../input-error.ts';
import { choice } from '../choice.ts';
import { type FileOptions, repeated } from '../command-module.ts';
import { simulateTo } from '../instant.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends FileOptions {
  readonly at?: string;
  readonly node?: string;
  readonly format: string;
  readonly counters: boolean;
  readonly load?: string;
}

export function define(command: Command, terminal: Terminal): void {
  command
    .argument('[files...]', 'YAML or JSON files or folders, - for standard input; one holds the Scenario')
    .option('--seed <seed>', "instead of the scenario's own seed")
    .option('--set <path=value>', 'change one value of the scenario; may be repeated', repeated, [])
    .option('--node <name>', 'whose rules; any host will do')
    .option('--at <instant>', "default: the scenario's end")
    .option('--format <format>', 'iptables-save', 'iptables-save')
    .option('--counters', 'with packets and bytes of each rule', false)
    .option('--load <file>', 'read a saved rule set instead, and print it as the kernel would')
    .action(async (files: string[], options: Options) => {
      const format = choice('--format', options.format, ['iptables-save', 'nft', 'ipvsadm']);
      if (format !== 'iptables-save') {
        throw new InputError({ file: `--format ${format}` }, `Rule sets of ${format} are not modelled yet`);
      }
      terminal.out(options.load === undefined ? await ofNode(files, options) : await loaded(files, options));
    });
}

async function ofNode(files: readonly string[], options: Options): Promise<string> {
  if (files.length === 0) throw new InputError(undefined, 'Wanted are FILEs and --node NODE, or --load FILE.rules');
  if (options.node === undefined)
    throw new InputError(
      { file: '--node' },
      'wanted is the name of a node; a saved rule set is read by --load FILE.rules',
    );
  const { world } = simulateTo(files, options, options.at);
  const { printRuleset } = await import('../../../net/netfilter/print.ts');
  const host = world.net.hostNamed(options.node);
  if (host === undefined) {
    const { didYouMean } = await import('../../scenario/suggestion.ts');
    const names = [...world.net.hostByName.keys()];
    throw new InputError({ file: `--node ${options.node}` }, `There is no such host${didYouMean(options.node, names)}`);
  }
  return printRuleset(host.ruleset, host.counters, { withCounters: options.counters });
}

/** A saved rule set as a kernel lists it that has loaded it. */
async function loaded(files: readonly string[], { load, counters }: Options): Promise<string> {
  if (files.length > 0) throw new InputError({ file: files[0]! }, 'no FILE is wanted beside --load');
  const { readSource } = await import('../../manifest/source.ts');
  const { emptyCounters } = await import('../../../net/netfilter/counters.ts');
  const { restore } = await import('../../../net/netfilter/restore.ts');
  const { emptyRuleset } = await import('../../../net/netfilter/ruleset.ts');
  const { printRuleset } = await import('../../../net/netfilter/print.ts');
  const source = readSource(load!);
  const empty = emptyRuleset();
  const state = { ruleset: empty, counters: emptyCounters(empty) };
  // As iptables-restore has it: without -c the counters of the text count for nothing.
  const result = restore(state, source.text, { counters }, source.name);
  if (result.error !== undefined) throw result.error;
  return printRuleset(result.ruleset, result.counters, { withCounters: counters });
}
