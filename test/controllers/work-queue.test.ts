/** Work queues. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WorkQueue } from '../../controllers/work-queue.ts';
import { MILLISECOND, SECOND } from '../../core/time.ts';

const test = suite('WorkQueue');

test('add() keeps a key once, where it first stood', () => {
  const queue = new WorkQueue();
  for (const key of ['a', 'b', 'a']) queue.add(key);
  assert.is(queue.size, 2);
  assert.is(queue.head, 'a');
  queue.remove('a');
  assert.is(queue.head, 'b');
  queue.add('a');
  assert.is(queue.head, 'b');
});

test('backoffNs() doubles from 5 ms with each failure, up to 1000 s, and starts anew after a success', () => {
  const queue = new WorkQueue();
  const seen: number[] = [];
  for (let i = 0; i < 20; i++) {
    seen.push(queue.backoffNs('a'));
    queue.failed('a');
  }
  assert.equal(
    seen.slice(0, 4),
    [5, 10, 20, 40].map((ms) => ms * MILLISECOND),
  );
  assert.is(seen.at(-1), 1000 * SECOND);
  assert.is(queue.backoffNs('b'), 5 * MILLISECOND);
  queue.succeeded('a');
  assert.is(queue.backoffNs('a'), 5 * MILLISECOND);
});

test('a key whose own write has not come back waits for it', () => {
  const queue = new WorkQueue();
  queue.add('a');
  queue.expect('a', 7);
  assert.is(queue.isCaughtUp('a', 6), false);
  assert.is(queue.isCaughtUp('a', 7), true);
  assert.is(queue.isCaughtUp('b', 0), true);
  queue.remove('a');
  queue.wait('a');
  queue.catchUp(6);
  assert.is(queue.size, 0);
  queue.catchUp(7);
  assert.is(queue.head, 'a');
});

test.run();
