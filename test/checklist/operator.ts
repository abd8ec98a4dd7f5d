/**
 * Somebody who sits at a simulated cluster and types: at an instant, a line, and what the tools print to it.
 */
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../runs/cli/program.ts';
import { exec } from '../../runs/exec/exec.ts';
import type { ExecResult } from '../../runs/exec/exec-world.ts';
import { PLAIN } from '../../runs/report/style.ts';
import { readRunInput } from '../../runs/run-input.ts';
import type { Scenario } from '../../runs/scenario/scenario.ts';
import { Simulation } from '../../runs/simulation.ts';

/** Path of a scenario file beside the tests. */
export function besideTests(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

export class Operator {
  readonly simulation: Simulation;

  /** @param from a scenario, or the name of a file beside the tests */
  constructor(from: Scenario | string) {
    this.simulation = new Simulation(typeof from === 'string' ? readRunInput([besideTests(from)]).scenario : from, {
      keepLogs: true,
    });
  }

  /** Lets time pass until an instant, in seconds; it never goes back. */
  at(seconds: number): this {
    this.simulation.runUntil(seconds * 1e9);
    this.simulation.check();
    return this;
  }

  /** @param on `pod/NAME`, `host/NAME`; absent: the first node @param files what `-f` reads, by name */
  run(line: string, on?: string, files: Readonly<Record<string, string>> = {}): ExecResult {
    return exec(this.simulation, {
      argv: ['sh', '-c', line],
      on,
      readFiles: (name) => [{ name, text: files[name]! }],
    });
  }

  /** Lines of standard output. */
  lines(line: string, on?: string): string[] {
    return this.run(line, on).stdout.split('\n').slice(0, -1);
  }

  /** Lines of a table, its columns two blanks apart. */
  table(line: string): string[] {
    return this.lines(line).map((row) => row.trim().replace(/ {2,}/g, '  '));
  }
}

/** Standard output of a command of ours. @param behind the words behind `--` */
export async function kubehop(words: readonly string[], behind: readonly string[] = []): Promise<string> {
  let text = '';
  const out = (part: string): void => {
    text += part;
  };
  const program = await buildProgram(words, behind, { out, err: () => {}, style: PLAIN, interactive: false });
  await program.parseAsync(words, { from: 'user' });
  return text;
}

/** A line as a terminal's copy keeps it: runs of blanks count as one, and those at its end not at all. */
export function plain(line: string): string {
  return line.trimEnd().replace(/\s+/g, ' ');
}
