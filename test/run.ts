/**
 * Runs every test file, each in a process of its own, and closes with `N passed, N failed`. A file that fails to call
 * `.run()` reports no total and counts as failed.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

function testFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory()
        ? testFiles(join(folder, entry.name))
        : entry.name.endsWith('.test.ts')
          ? [join(folder, entry.name)]
          : [],
    )
    .sort();
}

/** Longest time that a test file may take. */
const LIMIT_MS = (process.env['KUBEHOP_FULL'] === '1' ? 40 : 9) * 60_000;

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly output: string;
}

function runFile(file: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    let output = '';
    // A test that hangs fails with its file's name, not with the whole run.
    const late = setTimeout(() => {
      output += `\nStill running after ${LIMIT_MS / 1000} s: killed\n`;
      child.kill('SIGKILL');
    }, LIMIT_MS);
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => {
      clearTimeout(late);
      const total = Number(/Total:\s+(\d+)/.exec(output)?.[1] ?? 0);
      const passed = Number(/Passed:\s+(\d+)/.exec(output)?.[1] ?? 0);
      const skipped = Number(/Skipped:\s+(\d+)/.exec(output)?.[1] ?? 0) + (output.match(/^SKIP /gm)?.length ?? 0);
      const failed =
        total === 0 || code !== 0 ? Math.max(1, total - passed - Number(/Skipped:\s+(\d+)/.exec(output)?.[1] ?? 0)) : 0;
      resolve({ file, passed, failed, skipped, output });
    });
  });
}

const wanted = process.argv.slice(2);
const files = testFiles('test').filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
const outcomes: Outcome[] = [];

/** Tests that ask the kernel run alone, behind all others: it keeps real time, and a busy machine would look slow. */
const alone = files.filter((file) => /verify\/|kernel|live\.test/.test(file));
const together = files.filter((file) => !alone.includes(file));
await runAll(together, availableParallelism());
await runAll(alone, 1);

async function runAll(queue: string[], workers: number): Promise<void> {
  const work = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const outcome = await runFile(file);
      outcomes.push(outcome);
      process.stdout.write(`${outcome.failed > 0 ? 'FAIL' : 'ok  '} ${file} (${outcome.passed})\n`);
      if (outcome.failed > 0) process.stdout.write(`${outcome.output}\n`);
      for (const line of outcome.output.match(/^SKIP .*$/gm) ?? []) process.stdout.write(`     ${line}\n`);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + pick(outcome), 0);
const skipped = sum((outcome) => outcome.skipped);
const failed = sum((outcome) => outcome.failed) + (process.env.KUBEHOP_REQUIRE === 'all' ? skipped : 0);
process.stdout.write(
  `${sum((outcome) => outcome.passed)} passed, ${failed} failed${skipped > 0 && failed === 0 ? `, ${skipped} skipped` : ''}\n`,
);
process.exitCode = failed > 0 || files.length === 0 ? 1 : 0;
