/** Law 7: memory stays flat as a run grows. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wholeRunScenario } from '../../bench/whole-run-scenario.ts';

const test = suite('flat memory');

const FULL = process.env['KUBEHOP_FULL'] === '1';
const MEBIBYTE = 1 << 20;
const LIMIT_MIB = 300;
/** Each request is some 45 events; 60 s of TIME_WAIT at this rate stay below the ports of one client. */
const REQUESTS = FULL ? 47_000 : 9_000;
const RATE = 300;

test(`a run of ${FULL ? 'two million' : 'four hundred thousand'} events stays under ${LIMIT_MIB} MiB`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-memory-'));
  try {
    writeFileSync(join(folder, 'scenario.yaml'), wholeRunScenario({ requests: REQUESTS, rate: RATE }));
    const peak = join(folder, 'peak.mjs');
    writeFileSync(
      peak,
      "process.on('exit', () => process.stderr.write('PEAK ' + process.resourceUsage().maxRSS * 1024));",
    );
    const args = [
      '--import',
      peak,
      'dist/bundle/main.js',
      'run',
      join(folder, 'scenario.yaml'),
      '--out',
      folder,
      '-o',
      'json',
    ];
    const child = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    assert.is(child.status, 0, child.stderr);
    const { events, packets } = JSON.parse(child.stdout) as { events: number; packets: Record<string, number> };
    const peakMib = Number(/PEAK (\d+)/.exec(child.stderr)![1]) / MEBIBYTE;
    process.stdout.write(`${events} events, ${peakMib.toFixed(0)} MiB at the peak\n`);
    assert.ok(events >= (FULL ? 2_000_000 : 390_000), `${events} events`);
    assert.ok(peakMib < LIMIT_MIB, `${peakMib.toFixed(0)} MiB`);
    assert.is(packets['sent'], packets['delivered']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
