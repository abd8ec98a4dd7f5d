/**
 * Each shipped scenario on this machine's kernel: no difference.
 * @evidence kernel: Whole flows over every CNI: outcome, server, source and TTL seen, connections, packets and bytes of every rule
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyTable } from '../../../runs/verify/report.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import { type VerifyResult, verifyFiles } from '../../../runs/verify/verify.ts';

/** With `KUBEHOP_VERIFY=all` the fixed probes are sent too, and more of each row: some minutes. */
const all = process.env.KUBEHOP_VERIFY === 'all';
/** Labs that stand at the same time. */
const AT_ONCE = 3;
const folder = fileURLToPath(new URL('../../../runs/scenarios/', import.meta.url));

const test = suite('verify: shipped scenarios');
const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP verify on the shipped scenarios: ${missing}`);
else {
  // The lab stands for one instant: what a cluster's life brings over minutes is nothing that it could be held against.
  // What goes on longer than a flow is followed here is compared by its instants, in a test of its own.
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.yaml') && !/^(life|time)\//.test(file),
  );
  const results = new Map<string, Promise<VerifyResult>>();
  // Most of the time is spent waiting for the kernel's timers: several labs stand beside each other.
  const begin = (place: number): void => {
    const name = names[place];
    if (name === undefined || results.has(name)) return;
    const result = verifyFiles([`${folder}${name}`], all ? {} : { probes: false, perRow: 2 });
    results.set(name, result);
    result.then(
      () => {},
      () => {},
    );
  };
  for (const [place, name] of names.entries()) {
    test(`verifyFiles() finds no difference in ${name}`, async () => {
      for (let ahead = 0; ahead < AT_ONCE; ahead++) begin(place + ahead);
      const file = `${folder}${name}`;
      const result = await results.get(name)!;
      assert.ok(result.flows > 0);
      assert.equal(result.differences, [], verifyTable(result, [file]));
    });
  }
}

test.run();
