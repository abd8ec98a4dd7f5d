/** What containers of Jobs do that nobody has said anything of. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endOfWork } from '../../../controllers/kubelet/job-command.ts';
import { SECOND } from '../../../core/time.ts';

const test = suite('job-command');

test('endOfWork() lets unknown work succeed after a second, and what serves by itself go on', () => {
  const unknown = { exitAfterNs: SECOND, exitCode: 0 };
  assert.equal(endOfWork({ name: 'c', image: 'migrate:1' }, false), unknown);
  assert.equal(endOfWork({ name: 'c', image: 'migrate:1', command: ['migrate', 'up'] }, false), unknown);
  assert.equal(endOfWork({ name: 'c', image: 'busybox', args: ['sleep', '3'] }, true), {
    exitAfterNs: 3 * SECOND,
    exitCode: 0,
  });
  assert.is(endOfWork({ name: 'c', image: 'nginx:1.25' }, true), undefined);
});

test.run();
