/** When kube-proxies write. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterCommandKind, WriteVerb } from '../../../controllers/command.ts';
import type { ClusterConfig } from '../../../controllers/config.ts';
import { planCanary } from '../../../controllers/decider.ts';
import { ClusterEventKind, SyncState } from '../../../controllers/event.ts';
import { nextSyncAt, proxyRunner, ranSync, requestSync } from '../../../controllers/kube-proxy/runner.ts';
import { HOUR, MILLISECOND, SECOND } from '../../../core/time.ts';
import { apply, type SmallRun, service, smallRun, until } from '../small-cluster.ts';

const test = suite('kube-proxy/runner');

function timing(burst: number): ClusterConfig['syncTiming'] {
  return { minSyncNs: SECOND, syncNs: 30 * SECOND, burst, upkeep: 'canary' };
}

/** Instants of syncs, in ms, when changes are asked for at these instants. */
function syncs(burst: number, asksMs: readonly number[]): readonly number[] {
  const runner = proxyRunner(timing(burst), 'EndpointSlice');
  const ran: number[] = [];
  const run = (upTo: number): void => {
    if (runner.dueAt < 0 || runner.dueAt > upTo) return;
    const at = runner.dueAt;
    ranSync(runner, at);
    ran.push(at / MILLISECOND);
  };
  for (const ask of asksMs) {
    run(ask * MILLISECOND);
    requestSync(runner, ask * MILLISECOND);
  }
  run(Number.POSITIVE_INFINITY);
  return ran;
}

test('nextSyncAt() without a burst holds changes back until a second has passed since the last sync', () => {
  assert.equal(syncs(1, [0, 100, 200, 900, 5_000]), [0, 1_000, 5_000]);
});

test('nextSyncAt() with a burst of two lets the second change through and makes the third wait', () => {
  assert.equal(syncs(2, [0, 100, 200, 300, 5_000, 5_100, 5_200]), [0, 100, 1_100, 5_000, 5_100, 6_100]);
});

test('nextSyncAt() never waits when there is no minimum', () => {
  const runner = proxyRunner({ ...timing(1), minSyncNs: 0 }, 'EndpointSlice');
  ranSync(runner, 5);
  assert.is(nextSyncAt(runner, 5), 5);
});

function syncEvents(run: SmallRun, host = 1) {
  return run.events.flatMap((event) =>
    event.kind === ClusterEventKind.ProxyRulesSynced && event.host === host ? [event] : [],
  );
}

test('changes within a second are merged into one sync, which writes the changed services only', () => {
  const run = smallRun({ syncTiming: timing(1) });
  run.engine.bus.schedule(apply(0, service('a'), service('b')));
  for (let i = 0; i < 8; i++) run.engine.bus.schedule(apply(5 * SECOND + i * 100 * MILLISECOND, service(`c${i}`)));
  until(run, 10);
  const late = syncEvents(run).filter(({ at }) => at >= 5 * SECOND);
  assert.is(late.length, 2);
  assert.ok(late[1]!.at - late[0]!.at >= SECOND);
  assert.equal(
    late.map(({ state }) => state & SyncState.Full),
    [0, 0],
  );
});

test('a change that no rule shows asks for no sync', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, service('a')));
  until(run, 5);
  const before = syncEvents(run).length;
  const text = JSON.stringify({ kind: 'Service', name: 'a', patch: { metadata: { annotations: { x: 'y' } } } });
  run.engine.bus.schedule({ kind: ClusterCommandKind.WriteObject, at: 5 * SECOND, verb: WriteVerb.Patch, text });
  until(run, 10);
  assert.is(syncEvents(run).length, before);
});

test('a node writes everything at first, when its own labels change, and each hour', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, service('a')));
  const text = JSON.stringify({ kind: 'Node', name: 'node1', patch: { metadata: { labels: { zone: 'a' } } } });
  run.engine.bus.schedule({ kind: ClusterCommandKind.WriteObject, at: 10 * SECOND, verb: WriteVerb.Patch, text });
  until(run, 2 * 3600 + 1);
  const at = (host: number) =>
    syncEvents(run, host)
      .filter(({ state }) => state & SyncState.Full)
      .map((event) => Math.floor(event.at / SECOND));
  assert.equal(at(1), [0, 10, 3600, 7200]);
  assert.equal(at(2), [0, 3600, 7200]);
  assert.is(syncEvents(run).at(-1)!.at, 2 * HOUR);
});

test('planCanary() has the rules written again within the sync period once the canary is gone', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, service('a')));
  until(run, 40);
  const before = syncEvents(run).length;
  const edit = (): void => planCanary(run.world.cluster, 1, 40 * SECOND, (command) => run.engine.bus.schedule(command));
  edit();
  until(run, 65);
  assert.is(syncEvents(run).length, before, 'the canary was there');
  run.world.lost.add(1);
  planCanary(run.world.cluster, 1, 65 * SECOND, (command) => run.engine.bus.schedule(command));
  until(run, 95);
  const after = syncEvents(run);
  assert.is(after.length, before + 1);
  assert.is(after.at(-1)!.at, 90 * SECOND);
  assert.is(after.at(-1)!.state, SyncState.Full);
  assert.is(syncEvents(run, 2).length, before);
});

test('a release from before the canary writes everything each sync period, from Endpoints', () => {
  const run = smallRun({ minor: 16 });
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'a' },
    subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 8080 }] }],
  };
  run.engine.bus.schedule(
    apply(0, service('a', { selector: undefined, ports: [{ port: 80, targetPort: 8080 }] }), endpoints),
  );
  until(run, 95);
  const all = syncEvents(run);
  assert.ok(all.every(({ state }) => state & SyncState.Full));
  assert.equal(
    all.slice(-3).map(({ at }) => at / SECOND),
    [30, 60, 90],
  );
  assert.match(run.world.programs.get(1)!.at(-1)!.steps[0]!.input, '--to-destination 192.0.2.9:8080');
});

test.run();
