/**
 * The layout of 1.16.
 * @evidence upstream: kube-proxy's rules of the layouts that are written, as a kernel loads them
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { restoreProgram } from '../../../../controllers/kube-proxy/iptables/proxier.ts';
import { chainsOf, mill, none, rulesOf } from './mill.ts';
import { config, NODE, service, slice } from './sample.ts';

const test = suite('kube-proxy/iptables/early-layout');

const HASH = '7ZRZ4YHVEURQM4Z4';

test('restoreProgram() of 1.16 marks and jumps in KUBE-SERVICES, and knows no internal policy', () => {
  const text = restoreProgram(mill(16));
  const rules = rulesOf(text, 'nat', 'KUBE-SERVICES');
  const head = '-m comment --comment "mill/sack: cluster IP" -m tcp -p tcp -d 10.96.4.2/32 --dport 7001';
  assert.equal(
    rules.filter((rule) => rule.includes('mill/sack')),
    [`${head} ! -s 10.20.0.0/16 -j KUBE-MARK-MASQ`, `${head} -j KUBE-SVC-ITPL4AK7JDKF4WMP`],
  );
  assert.equal(rulesOf(text, 'nat', 'KUBE-SEP-S7XR27QDC2I5L5HP'), [
    '-s 10.20.2.7/32 -j KUBE-MARK-MASQ',
    '-m tcp -p tcp -j DNAT --to-destination 10.20.2.7:7000',
  ]);
});

test('restoreProgram() of 1.16 writes five digits, and no comment in the chains of a service', () => {
  const rules = rulesOf(restoreProgram(mill(16)), 'nat', `KUBE-SVC-${HASH}`);
  assert.is(rules[3], '-m statistic --mode random --probability 0.33333 -j KUBE-SEP-6CLAH4ESHHNTYPHP');
  assert.is(rules.filter((rule) => rule.includes('comment')).length, 0);
});

test('restoreProgram() of 1.16 sends external traffic of a Local service to KUBE-XLB', () => {
  const text = restoreProgram(mill(16));
  assert.equal(rulesOf(text, 'nat', 'KUBE-NODEPORTS'), [
    '-m comment --comment mill/flour:http -m tcp -p tcp --dport 30180 -s 127.0.0.0/8 -j KUBE-MARK-MASQ',
    `-m comment --comment mill/flour:http -m tcp -p tcp --dport 30180 -j KUBE-XLB-${HASH}`,
  ]);
  assert.equal(rulesOf(text, 'nat', `KUBE-XLB-${HASH}`).slice(-2), [
    '-m comment --comment "Balancing rule 0 for mill/flour:http" -m statistic --mode random --probability 0.50000 -j KUBE-SEP-6CLAH4ESHHNTYPHP',
    '-m comment --comment "Balancing rule 1 for mill/flour:http" -j KUBE-SEP-BKXSKT5WFG5GKUJR',
  ]);
  assert.is(rulesOf(text, 'nat', `KUBE-FW-${HASH}`).at(-1)?.split('-j ')[1], 'KUBE-MARK-DROP');
});

test('restoreProgram() of 1.16 masquerades node ports under policy Cluster', () => {
  const web = service(
    'default/web',
    '10.96.0.9',
    { port: 80, nodePort: 30080 },
    { type: 'NodePort', externalTrafficPolicy: 'Cluster' },
  );
  const inputs = {
    services: [web],
    endpointSlices: [slice(web, 80, ['10.20.0.1'])],
    node: NODE,
    config: config({}, 16),
  };
  assert.equal(
    rulesOf(restoreProgram(inputs), 'nat', 'KUBE-NODEPORTS').map((rule) => rule.split('-j ')[1]!.slice(0, 9)),
    ['KUBE-MARK', 'KUBE-SVC-'],
  );
  assert.equal(rulesOf(restoreProgram({ ...inputs, endpointSlices: [] }), 'filter', 'KUBE-EXTERNAL-SERVICES'), [
    '-m comment --comment "default/web: has no endpoints" -m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j REJECT',
  ]);
});

test('restoreProgram() of 1.16 writes a conntrack rule each way only with a cluster CIDR', () => {
  assert.is(rulesOf(restoreProgram(mill(16)), 'filter', 'KUBE-FORWARD').length, 4);
  const inputs = { ...mill(16), config: config({}, 16) };
  assert.is(rulesOf(restoreProgram(inputs), 'filter', 'KUBE-FORWARD').length, 2);
});

test('restoreProgram() of 1.16 has no fallback to terminating endpoints', () => {
  const ending = { addresses: ['10.20.1.9'], conditions: { ready: false, serving: true, terminating: true } };
  const inputs = (minor: number) => ({ ...mill(minor), services: [none], endpointSlices: [slice(none, 53, [ending])] });
  assert.ok(restoreProgram(inputs(16)).includes('has no endpoints'));
  assert.not.ok(restoreProgram(inputs(34)).includes('has no endpoints'));
  assert.is(chainsOf(restoreProgram(inputs(16)), 'nat').length, 4);
});

test.run();
