/**
 * The command, in a process of its own or, where only its words and codes matter, in this one.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { perform } from '../../../runs/cli/perform.ts';
import { PLAIN } from '../../../runs/report/style.ts';

export const MAIN = fileURLToPath(new URL('../../../runs/cli/main.ts', import.meta.url));
/** What lets Node read TypeScript. */
export const LOADER = ['--import', import.meta.resolve('tsx')];

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** @param cwd folder that it runs in */
export function kubehop(args: readonly string[], cwd: string): Ended {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...LOADER, MAIN, ...args], {
    cwd,
    encoding: 'utf8',
    input: '',
    maxBuffer: 1 << 28,
    env: { ...process.env, CI: '1', FORCE_COLOR: '0' },
  });
  return { stdout, stderr, code: status };
}

/** The same without a process of its own: starting one costs more than most commands take. */
export async function kubehopHere(args: readonly string[], cwd: string): Promise<Ended> {
  const before = process.cwd();
  process.chdir(cwd);
  let stdout = '';
  let stderr = '';
  try {
    const code = await perform(args, {
      out: (text) => {
        stdout += text;
      },
      err: (text) => {
        stderr += text;
      },
      style: PLAIN,
      interactive: false,
    });
    return { stdout, stderr, code };
  } finally {
    process.exitCode = 0;
    process.chdir(before);
  }
}
