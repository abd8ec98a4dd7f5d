/**
 * What the figures were taken on, without which they say nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolVersion } from '../runs/tool-version.ts';

export interface Machine {
  readonly cpu: string;
  /** Those that this process may use, of all. */
  readonly cores: string;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
  /** Of kubehop and of the packages that take part in a race. */
  readonly versions: Readonly<Record<string, string>>;
}

const PACKAGES = ['tinybench', 'rxjs', 'apache-arrow', 'tinyqueue'] as const;

export function machine(): Machine {
  const all = cpus();
  const versions = Object.fromEntries(PACKAGES.map((name) => [name, packageVersion(name)]));
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: `${availableParallelism()} of ${all.length}`,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    kernel: `${platform()} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
    versions: { kubehop: toolVersion(), ...versions },
  };
}

/** Load average of the last minute: what others did beside. */
export function load(): number {
  return loadavg()[0]!;
}

function packageVersion(name: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
    if (folder === dirname(folder)) return 'unknown';
  }
}
