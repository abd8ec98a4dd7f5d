import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyTable } from '../../../runs/verify/report.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import { verifyFiles } from '../../../runs/verify/verify.ts';

/** With `KUBEHOP_VERIFY=all` the fixed probes are sent too, and more of each row: some minutes. */
const all = process.env.KUBEHOP_VERIFY === 'all';
const folder = fileURLToPath(new URL('../../../runs/scenarios/', import.meta.url));

const test = suite('verify: shipped scenarios');
const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP verify on the shipped scenarios: ${missing}`);
else {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
    test(`verifyFiles() finds no difference in ${name}`, async () => {
      const file = `${folder}${name}`;
      const result = await verifyFiles([file], all ? {} : { probes: false, perRow: 2 });
      assert.ok(result.flows > 0);
      assert.equal(result.differences, [], verifyTable(result, [file]));
    });
  }
}

test.run();
