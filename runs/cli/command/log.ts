/**
 * `kubehop log RUN`
 */
import { setImmediate } from 'node:timers/promises';
import type { Command } from 'commander';
import type { EventLine } from '../../replay/event-line.ts';
import { choice } from '../choice.ts';
import { withOut } from '../command-module.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly out: string;
  readonly output: string;
  readonly kind?: string;
  readonly host?: string;
  readonly flow?: string;
  readonly rules: boolean;
}

/** Characters that are gathered for one write. */
const CHUNK = 1 << 16;

export function define(command: Command, terminal: Terminal): void {
  withOut(command)
    .argument('<run>', 'an id, its beginning, latest, or a path')
    .option('-o, --output <format>', 'jsonl or table', 'table')
    .option('--kind <kind>', 'only events of that kind, such as PacketDropped')
    .option('--host <name>', 'only what happened on that host')
    .option('--flow <number>', 'only what belongs to that request')
    .option('--rules', 'with the rules that each packet took', false)
    .action((run: string, options: Options) => log(run, options, terminal));
}

async function log(run: string, options: Options, terminal: Terminal): Promise<void> {
  const { findRun } = await import('../../archive/catalogue.ts');
  const { EventLines } = await import('../../replay/event-line.ts');
  const { LOG_HEADER, logRow } = await import('../../replay/event-row.ts');
  const { Replay } = await import('../../replay/replay.ts');
  const output = choice('-o', options.output, ['jsonl', 'table']);
  const wanted = await filterOf(options);
  const replay = new Replay(findRun(options.out, run).ledgerPath);
  try {
    const lines = new EventLines(replay.simulation.world, { rules: options.rules });
    let text = output === 'table' ? `${LOG_HEADER}\n` : '';
    let seq = 0;
    const hosts = new Set<string>();
    replay.simulation.events.subscribe((event) => {
      const line = lines.line(event, seq++);
      if (options.host !== undefined && line.host !== undefined) hosts.add(line.host);
      if (wanted(line)) text += `${output === 'jsonl' ? JSON.stringify(line) : logRow(line)}\n`;
    });
    while (replay.step() !== undefined) {
      replay.simulation.check();
      if (text.length < CHUNK) continue;
      terminal.out(text);
      text = '';
      // A reader that has gone is heard of between turns.
      await setImmediate();
    }
    replay.simulation.check();
    // Pods come and go: who was there is known at the end, and until somebody is found nothing is printed.
    if (options.host !== undefined)
      await knowHost(options.host, [...hosts, ...replay.simulation.world.net.hostByName.keys()]);
    terminal.out(text);
    if (replay.reader.torn) terminal.err(`The ledger is cut off: ${replay.events} events are whole\n`);
  } finally {
    replay.close();
  }
}

/** @throws {InputError} when nobody of that name was there */
async function knowHost(host: string, names: readonly string[]): Promise<void> {
  const known = names.flatMap((name) => [name, name.replace(/^default\//, '')]);
  if (known.includes(host)) return;
  const { InputError } = await import('../../input-error.ts');
  const { didYouMean } = await import('../../scenario/suggestion.ts');
  throw new InputError({ file: `--host ${host}` }, `There is no such host in this run${didYouMean(host, known)}`);
}

async function filterOf({ kind, host, flow }: Options): Promise<(line: EventLine) => boolean> {
  const { worldCodec } = await import('../../world/event.ts');
  const kinds = worldCodec.nameOf.filter((name) => name !== undefined);
  const known = kind === undefined ? undefined : kinds.find((name) => name.toLowerCase() === kind.toLowerCase());
  if (kind !== undefined && known === undefined) {
    const { InputError } = await import('../../input-error.ts');
    const { didYouMean } = await import('../../scenario/suggestion.ts');
    throw new InputError({ file: `--kind ${kind}` }, `There is no such kind of event${didYouMean(kind, kinds)}`);
  }
  const number = flow === undefined ? undefined : Number(flow);
  if (number !== undefined && !(Number.isInteger(number) && number >= 0)) {
    const { InputError } = await import('../../input-error.ts');
    throw new InputError({ file: `--flow ${flow}` }, 'wanted is the number of a request');
  }
  return (line) =>
    (known === undefined || line.kind === known) &&
    (host === undefined || line.host === host || line.host === `default/${host}`) &&
    (number === undefined || line.flow === number);
}
