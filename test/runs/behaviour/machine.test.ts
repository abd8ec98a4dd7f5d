/**
 * Machines that go down, come back, or are cut off: what stood still goes on, and what lies inside a machine does not
 * need the network.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NetEventKind, type NetEventOf } from '../../../net/event.ts';
import { deployment, pod, Stage, scenario, service } from './stage.ts';

const test = suite('machines');

const OBJECTS =
  deployment('web', 1, 'node2') + deployment('near', 1, 'node1') + service('near', 'near') + pod('client', 'node1');

function stage(timeline: string, traffic: string): Stage {
  return new Stage(
    scenario(
      OBJECTS,
      `until: 120s\nnodes: 2\nhosts: [{ name: outside, ip: 198.51.100.7 }]\ntimeline: [${timeline}]\ntraffic: [${traffic}]`,
    ),
  ).run(120);
}

const row = (name: string, from: string, to: string, requests: number) =>
  `{ name: ${name}, at: 5s, from: ${from}, to: "${to}", requests: ${requests}, rate: 2/s, timeout: 2s }`;

test('a machine that was down while it asked for a neighbour asks again when it is back', () => {
  const at = stage(
    '{ at: 9500ms, fault: { node: node2, state: down } }, { at: 10050ms, fault: { node: node1, state: down } }, { at: 20s, fault: { node: node1, state: up } }, { at: 20s, fault: { node: node2, state: up } }',
    row('in', 'node/node1', 'http://node/node2:9/', 100).replace('at: 5s', 'at: 10s'),
  );
  // Nobody listens there: a refusal says that the node was reached.
  assert.equal(at.outcomes('in', 24), { refused: at.requests('in', 24).length });
  assert.ok(at.requests('in', 24).length > 50);
});

test('a neighbour that is used by several packets at once is asked once, and again a second later by the timer wheel', () => {
  const at = stage(
    '{ at: 4s, fault: { node: node2, state: down } }',
    '{ name: in, at: 5s, from: pod/client, to: "udp://node/node2:9", requests: 3, rate: 20/s, timeout: 20s }',
  );
  const questions = at.events.filter(
    (event): event is NetEventOf<'NeighbourSolicited'> => event.kind === NetEventKind.NeighbourSolicited,
  );
  const asked = questions.map((event) => `${event.at} ${event.host} ${event.address}`);
  assert.ok(asked.length >= 5);
  assert.is(new Set(asked).size, asked.length);
  const node2 = at.net.interfaceNamed(at.net.hostNamed('node2')!, 'eth0')!.addresses[0]!.address;
  const instants = questions.flatMap((event) => (event.address === node2 ? [event.at] : []));
  assert.is(instants.length, 3);
  for (const i of [1, 2]) {
    const gapNs = instants[i]! - instants[i - 1]!;
    assert.ok(gapNs > 1_000_000_000 && gapNs <= 1_036_000_000, `${gapNs} ns`);
  }
});

test('timers that fell due while a machine was down fire when it is back, its pods included', () => {
  const at = new Stage(
    scenario(
      OBJECTS,
      `until: 60s
nodes: 2
timeline: [{ at: 9s, fault: { drop: { from: pod/client, to: node/node2, flags: SYN, count: 1 } } }, { at: 10500ms, fault: { node: node1, state: down } }, { at: 20s, fault: { node: node1, state: up } }]
traffic: [{ name: in, at: 10s, from: pod/client, to: "tcp://node/node2:9" }]`,
    ),
  ).run(60);
  const [request] = at.requests('in');
  assert.equal(at.outcomes('in'), { refused: 1 });
  assert.ok(request!.at >= 20e9 && request!.at < 20.1e9, `${request!.at} ns`);
});

test('a partitioned machine: nothing crosses its link either way, its own pods go on talking', () => {
  const at = stage(
    '{ at: 10s, fault: { node: node1, state: partitioned } }, { at: 40s, fault: { node: node1, state: up } }',
    [
      row('inside', 'pod/client', 'http://$NEAR_SERVICE_HOST/', 180),
      row('out', 'pod/client', 'http://node/node2:9/', 180),
      row('into', 'host/outside', 'http://node/node1:9/', 180),
    ].join(', '),
  );
  assert.equal(at.outcomes('inside', 10, 39), { answered: at.requests('inside', 10, 39).length });
  for (const name of ['out', 'into']) {
    assert.equal(at.outcomes(name, 5, 9), { refused: 8 }, name);
    assert.is(at.outcomes(name, 10, 37)['refused'], undefined, name);
    assert.equal(at.outcomes(name, 45), { refused: at.requests(name, 45).length }, name);
  }
});

test.run();
