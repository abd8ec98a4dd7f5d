/** How commands end that everybody knows. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { commandEnd } from '../../../controllers/kubelet/known-command.ts';
import { SECOND } from '../../../core/time.ts';

const test = suite('known-command');

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

test('commandEnd() takes env for what it prints, or for the command behind its variables', () => {
  assert.is(told('env'), '0s 0');
  assert.is(told('env', 'A=b', 'sleep', '7'), '7s 0');
  assert.is(told('env', 'A=b', 'serve'), 'unknown');
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

test.run();
