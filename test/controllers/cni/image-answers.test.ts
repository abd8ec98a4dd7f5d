/**
 * What images say: the scenario's word before ours, and nginx of the release that its tag names.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { answersOf, nginxAnswers } from '../../../controllers/cni/image-answers.ts';
import { Answer } from '../../../net/socket.ts';

const test = suite('cni/image-answers');

test('answersOf() takes the release of nginx from its tag, and else the one that is given', () => {
  const given = { nginx: nginxAnswers('1.17.8') };
  assert.is(answersOf('nginx', {}).nginxVersion, undefined);
  assert.is(answersOf('docker.io/library/nginx:latest', given).nginxVersion, '1.17.8');
  assert.is(answersOf('nginx:1.14.2', given).nginxVersion, '1.14.2');
  assert.is(answersOf('nginx:1.25-alpine@sha256:00', given).nginxVersion, '1.25');
  assert.is(answersOf('nginx:1.14.2', given).answers, Answer.Page);
});

test('answersOf() knows an image by its name with tag, then by its name, then by what pods declare', () => {
  const mirror = { answers: Answer.Mirror, status: 200, delayNs: 0, ports: [] };
  assert.is(answersOf('nginx:1.14.2', { 'nginx:1.14.2': mirror }), mirror);
  assert.is(answersOf('registry.example.com:5000/shop:2', { shop: mirror }), mirror);
  assert.equal(answersOf('nobody-knows', {}).ports, []);
});

test.run();
