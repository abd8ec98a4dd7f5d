/** What containers of Jobs do that nobody has said anything of. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commandEnd, endOfWork } from '../../../controllers/kubelet/job-command.ts';
import { SECOND } from '../../../core/time.ts';

const test = suite('job-command');

const told = (...words: string[]): string => {
  const end = commandEnd(words);
  return end === undefined ? 'unknown' : `${end.exitAfterNs / SECOND}s ${end.exitCode}`;
};

test('commandEnd() knows how long sleep sleeps and what true, false and echo say', () => {
  assert.is(told('sleep', '30'), '30s 0');
  assert.is(told('/bin/sleep', '1m', '0.5'), '60.5s 0');
  assert.is(told('/bin/false'), '0s 1');
  assert.is(told('echo', 'sleep', '5'), '0s 0');
  assert.is(commandEnd(['sleep', 'infinity'])?.exitAfterNs, -1);
});

test('commandEnd() follows a shell through ;, && and ||, up to its exit', () => {
  assert.is(told('sh', '-c', 'echo begin; sleep 5 && exit 3'), '5s 3');
  assert.is(told('/bin/bash', '-ec', 'false && sleep 5'), '0s 1');
  assert.is(told('sh', '-c', 'false || sleep 5'), '5s 0');
  assert.is(told('sh', '-c', 'exit 2; sleep 5'), '0s 2');
  assert.is(told('sh', '-c', 'sleep 1\nsleep 2\n'), '3s 0');
});

test('commandEnd() does not know what it has not been told of', () => {
  assert.is(told('perl', '-Mbignum=bpi', '-wle', 'print bpi(2000)'), 'unknown');
  assert.is(told('sh', '-c', 'migrate up; sleep 5'), 'unknown');
  assert.is(told('sh', '-c', 'sleep $SECONDS'), 'unknown');
  assert.is(told('sh', '-c', 'sleep 5 | cat'), 'unknown');
  assert.is(told('sleep', 'five'), 'unknown');
  assert.is(told('sh', 'script.sh'), 'unknown');
});

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
