/**
 * Traffic goes on whatever happens to those who send it: a row loses no request, and counts each once.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Outcome } from '../../../net/request.ts';
import { RunEventKind, type RunEventOf } from '../../../runs/world/event.ts';
import { deployment, pod, Stage, scenario, service } from './stage.ts';

const test = suite('traffic');

const OBJECTS = deployment('web', 2, 'node2') + service('web', 'web') + pod('client', 'node1');

/** Requests of the one row that could not begin. */
function failed(stage: Stage): RunEventOf<'RequestFailed'>[] {
  return stage.events.filter(
    (event): event is RunEventOf<'RequestFailed'> => event.kind === RunEventKind.RequestFailed,
  );
}

for (const arrivals of ['even', 'poisson']) {
  test(`a client's machine is down for a while: its requests fail meanwhile and go on after (${arrivals})`, () => {
    const stage = new Stage(
      scenario(
        OBJECTS,
        `until: 60s
nodes: 2
timeline: [{ at: 10s, fault: { node: node1, state: down } }, { at: 20s, fault: { node: node1, state: up } }]
traffic: [{ name: in, at: 5s, from: node/node1, to: "http://pod/client:80/", requests: 300, rate: 10/s, arrivals: ${arrivals} }]`,
      ),
    ).run(60);
    const down = failed(stage);
    assert.ok(down.length > 60, `${down.length} while it was down`);
    assert.ok(down.every(({ at, outcome }) => at >= 10e9 && at < 20e9 && outcome === Outcome.Unresolved));
    const ended = stage.requests('in').length + stage.net.requests.size;
    assert.is(ended + down.length, 300);
    assert.ok(stage.requests('in', 20).length > 60);
  });
}

test('without a rate, the next request begins when the last has ended', () => {
  const stage = new Stage(
    scenario(
      OBJECTS,
      'until: 20s\nnodes: 2\ntraffic: [{ name: in, at: 5s, from: pod/client, to: "http://web/", requests: 50 }]',
    ),
  ).run(20);
  const all = stage.requests('in');
  assert.equal(stage.outcomes('in'), { answered: 50 });
  for (let i = 1; i < all.length; i++) assert.is(all[i]!.startedAt, all[i - 1]!.at);
});

test('requests of a Deployment come from its pods in turn', () => {
  const stage = new Stage(
    scenario(
      OBJECTS,
      'until: 20s\nnodes: 2\ntraffic: [{ name: in, at: 5s, from: deployment/web, to: "http://pod/client:80/", requests: 6 }]',
    ),
  ).run(20);
  assert.equal(stage.outcomes('in'), { refused: 6 });
  const senders = stage.requests('in').map(({ host }) => host);
  assert.is(new Set(senders).size, 2);
  assert.is(senders[0], senders[2]);
  assert.is.not(senders[0], senders[1]);
});

test('a name that leads nowhere is counted, and the next request comes all the same', () => {
  const stage = new Stage(
    scenario(
      OBJECTS,
      'until: 20s\nnodes: 2\ntimeline: [{ at: 4s, kubectl: delete service web }]\ntraffic: [{ name: in, at: 5s, from: pod/client, to: "http://web/", requests: 5 }]',
    ),
  ).run(20);
  assert.equal(stage.outcomes('in'), { unresolved: 5 });
});

test.run();
