/**
 * One suite for every way to find a service's endpoint, and what the rules of kube-proxy are counted as.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serviceCluster } from '../../bench/service-cluster.ts';
import { IptablesChain } from '../../bench/service-lookup/iptables-chain.ts';
import { ServiceHash } from '../../bench/service-lookup/service-hash.ts';
import { VerdictMap } from '../../bench/service-lookup/verdict-map.ts';
import { fullSync } from '../../bench/services.bench.ts';
import { xorshift } from '../../bench/xorshift.ts';
import { TableId } from '../../net/netfilter/hook.ts';
import { Protocol } from '../../net/packet.ts';

const test = suite('service look-up');

const SERVICES = 40;
const ENDPOINTS = 4;
const cluster = serviceCluster(SERVICES, ENDPOINTS);
const { table } = cluster;
const source = table.addresses.intern('198.51.100.7');
const walked = new IptablesChain(table, fullSync(cluster).ruleset, false);
const compiled = new IptablesChain(table, fullSync(cluster).ruleset, true);
const map = new VerdictMap(table);
const ways = [walked, compiled, map, new ServiceHash(table)];

for (const way of ways) {
  test(`${way.name}: a packet to a service gets one of that service's endpoints, each as often`, () => {
    const draw = xorshift(1);
    const counts = new Array<number>(ENDPOINTS).fill(0);
    const packets = 4_000;
    for (let i = 0; i < packets; i++) {
      const { protocol, address, port, first, count } = table.services[i % SERVICES]!;
      const endpoint = way.lookup(protocol, source, address, port, draw() >>> 1);
      assert.ok(endpoint >= first && endpoint < first + count, `${i}: ${endpoint}`);
      counts[endpoint - first]!++;
    }
    // Five deviations of a binomial.
    for (const count of counts)
      assert.ok(Math.abs(count - packets / ENDPOINTS) < 5 * Math.sqrt(packets * 0.25 * 0.75), String(counts));
  });

  test(`${way.name}: another address, port or protocol is nobody's`, () => {
    const { address, port } = table.services[3]!;
    assert.is(way.lookup(Protocol.Tcp, source, table.addresses.intern('203.0.113.9'), port, 1), -1);
    assert.is(way.lookup(Protocol.Tcp, source, address, port + 1, 1), -1);
    assert.is(way.lookup(Protocol.Udp, source, address, port, 1), -1);
    assert.is.not(way.lookup(Protocol.Tcp, source, address, port, 1), -1);
  });
}

test('with short cuts and without, the same endpoints are chosen and the same count of rules looked at', () => {
  const draw = xorshift(2);
  for (let i = 0; i < 300; i++) {
    const { address } = table.services[draw() % SERVICES]!;
    const to = i % 5 === 0 ? source : address;
    const one = draw() >>> 1;
    assert.is(walked.lookup(6, source, to, 80, one), compiled.lookup(6, source, to, 80, one));
    assert.is(walked.examinedFor(6, source, to, 80, one, table), compiled.examinedFor(6, source, to, 80, one, table));
  }
});

test('the count of rules looked at grows by one with each service before the one that is asked', () => {
  const { nat } = { nat: fullSync(cluster).ruleset.table(TableId.Nat)! };
  const inOrder = nat.chain('KUBE-SERVICES')!.rules.flatMap(({ destination }) => {
    const word = destination?.family === 4 ? destination.words[0]! : undefined;
    return table.services.filter(({ address }) => table.addresses.word(address) === word);
  });
  assert.is(inOrder.length, SERVICES);
  // The same draw each time, so that the way behind the jump is the same.
  const counts = inOrder.map(({ address }) => compiled.examinedFor(6, source, address, 80, 0, table));
  counts.forEach((count, i) => {
    assert.is(count, counts[0]! + i);
  });
});

test('the verdict map looks at as many rules whatever the number of services, and marks hairpins alone', () => {
  const large = new VerdictMap(serviceCluster(500, ENDPOINTS).table);
  const { address, first } = table.services[0]!;
  map.lookup(6, source, address, 80, 0);
  assert.equal([map.examined, map.marked], [4, false]);
  map.lookup(6, table.endpointAddresses[first]!, address, 80, 0);
  assert.equal([map.examined, map.marked], [4, true]);
  const other = serviceCluster(500, ENDPOINTS).table;
  large.lookup(6, other.addresses.intern('198.51.100.7'), other.services[499]!.address, 80, 3);
  assert.is(large.examined, 4);
  map.lookup(6, source, source, 80, 0);
  assert.is(map.examined, 1);
});

test.run();
