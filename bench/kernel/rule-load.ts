/**
 * Loading rules on a lab's node as kube-proxy does, and how long that takes: by the wall clock, and of processors.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../../runs/cost/cost-model.ts';
import type { CostLab } from './cost-lab.ts';

export interface LoadTime {
  readonly wallMs: number;
  /** In the tool and in the kernel, in steps of 10 ms. */
  readonly cpuMs: number;
}

/**
 * The lock of the namespace itself instead of the machine's: rules of others are loaded at the same time, and nobody else
 * comes here. @see iptables-restore(8) --wait, XTABLES_LOCKFILE in iptables' iptables/xshared.c
 */
const LOCK = 'XTABLES_LOCKFILE=/proc/self/ns/net';

/** Restores a text on the node, beside what it has. @throws {Error} the tool's complaint */
export async function loadRulesOf(lab: CostLab, backend: Backend, text: string): Promise<LoadTime> {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-rules-'));
  try {
    const file = join(folder, 'rules');
    writeFileSync(file, text);
    // Open, it needs no name any more: whatever ends this process leaves no file behind.
    await lab.node(`exec 3< ${file}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const before = cpuMs(await lab.node('times'));
  const startedAt = performance.now();
  await lab.node(`${LOCK} ${backend}-restore -w 30 --noflush --counters <&3`);
  const wallMs = performance.now() - startedAt;
  return { wallMs, cpuMs: Math.max(0, cpuMs(await lab.node('times')) - before) };
}

/** User and system time of the shell's children. @param times its second line has them: `1m2.345s 0m0.678s` */
function cpuMs(times: string): number {
  const [, children = ''] = times.split('\n');
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(([, m, s]) => Number(m) * 60 + Number(s));
  return Math.round(seconds.reduce((sum, value) => sum + value, 0) * 1000);
}
