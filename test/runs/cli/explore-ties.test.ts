/** `run --explore-ties`: several orders of one scenario, and which of them lose requests. */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exploreTies } from '../../../runs/cli/explore-ties.ts';
import type { Terminal } from '../../../runs/cli/terminal.ts';
import { styleOf } from '../../../runs/report/style.ts';
import { simulate } from '../../../runs/simulate.ts';

const test = suite('run --explore-ties');

const FILE = fileURLToPath(new URL('../../../runs/scenarios/life/scale-from-zero.yaml', import.meta.url));
const SETS = ['spec.until=12s'];

async function explored(output: 'table' | 'json'): Promise<string> {
  let text = '';
  const terminal: Terminal = {
    out: (more) => {
      text += more;
    },
    err: () => {},
    style: styleOf(process.stdout, { NO_COLOR: '1' }),
    interactive: false,
  };
  await exploreTies([FILE], 3, { set: SETS, output }, terminal);
  return text;
}

test('each order has a number, by which it is the same run again', async () => {
  const { orders } = JSON.parse(await explored('json')) as {
    orders: { order: number; lost: number; failed: Record<string, number>; digest: string; repeat: string }[];
  };
  assert.equal(
    orders.map(({ order }) => order),
    [0, 1, 2],
  );
  assert.ok(orders.every(({ lost }) => lost > 0));
  for (const { order, digest, lost } of orders) {
    const sets = order === 0 ? SETS : [...SETS, `spec.ties=${order}`];
    const { summary } = await simulate(FILE, { sets });
    assert.is(summary.digest, digest);
    const { failed } = summary.traffic[0]!;
    assert.is(
      Object.values(failed).reduce((sum, n) => sum + n, 0),
      lost,
    );
  }
  assert.match(orders[2]!.repeat, /--set spec\.ties=2$/);
});

test('the table says how many lose requests, and repeats the worst', async () => {
  const text = await explored('table');
  assert.match(text, /3 of 3 orders of what falls due at one instant lose requests, order \d the most: \d+/);
  assert.match(text, /repeat {4}npx kubehop run .* --set spec\.until=12s/);
});

test.run();
