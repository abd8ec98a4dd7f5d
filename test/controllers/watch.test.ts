/** Watches: late, in order, and one event for all that has come together. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterEventKind } from '../../controllers/event.ts';
import { WATCH_DELAY_NS, WATCH_JITTER_NS } from '../../controllers/timing.ts';
import { deliveryAt } from '../../controllers/watch.ts';
import { MICROSECOND, SECOND } from '../../core/time.ts';
import { apply, deployment, type SmallRun, service, smallRun, until } from './small-cluster.ts';

const test = suite('watch');

function componentNumber(run: SmallRun, name: string): number {
  return run.world.cluster.components.find((component) => component.name === name)!.number;
}

/** Whatever tells a kube-proxy: a watch that asks for a sync, or the sync, which takes in what came meanwhile. */
function tidings(run: SmallRun, name: string) {
  const number = componentNumber(run, name);
  return run.events.flatMap((event) =>
    (event.kind === ClusterEventKind.WatchDelivered || event.kind === ClusterEventKind.ProxyRulesSynced) &&
    event.component === number
      ? [event]
      : [],
  );
}

function deliveries(run: SmallRun, name: string) {
  const number = componentNumber(run, name);
  return run.events.flatMap((event) =>
    event.kind === ClusterEventKind.WatchDelivered && event.component === number ? [event] : [],
  );
}

test('a hundred objects written at once reach a watcher as one event', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(SECOND, ...Array.from({ length: 100 }, (_, i) => service(`s${i}`))));
  until(run, 1.0016);
  assert.is(deliveries(run, 'endpoints').length, 1);
  assert.is(deliveries(run, 'kube-proxy@node1').length, 1);
  // Nothing of a service concerns them.
  assert.is(deliveries(run, 'deployment').length, 0);
  assert.is(deliveries(run, 'kubelet@node1').length, 0);
});

test('a kubelet is told of the pods of its own node only', () => {
  const run = smallRun({ pins: { pods: [{ of: 'web', node: 'node2' }] } });
  run.engine.bus.schedule(apply(SECOND, deployment('web', 1)));
  until(run, 5);
  assert.ok(deliveries(run, 'kubelet@node2').length > 0);
  assert.is(deliveries(run, 'kubelet@node1').length, 0);
});

test('a delivery comes between the least delay and that plus the jitter', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(SECOND, service('web')));
  until(run, 1.1);
  const first = deliveries(run, 'endpoints')[0]!;
  assert.ok(first.at >= SECOND + WATCH_DELAY_NS && first.at <= SECOND + WATCH_DELAY_NS + WATCH_JITTER_NS);
});

test('deliveryAt() gives watchers of one write different shares of its jitter', () => {
  const run = smallRun();
  const change = {
    revision: 1,
    at: 0,
    jitter: -12345,
    key: '',
    object: {} as never,
    previous: undefined,
    deleted: false,
  };
  const instants = run.world.cluster.components.map((component) => deliveryAt(change, component));
  assert.is(new Set(instants).size, instants.length);
  for (const at of instants) assert.ok(at >= WATCH_DELAY_NS && at < WATCH_DELAY_NS + WATCH_JITTER_NS);
});

test('a watcher learns of every write once, in order, and of none too early', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 40 }), (gapsUs) => {
      const run = smallRun();
      let at = SECOND;
      gapsUs.forEach((gap, i) => {
        at += gap * MICROSECOND;
        run.engine.bus.schedule(apply(at, service(`s${i}`, { selector: undefined })));
      });
      const writtenAt = new Map<number, number>();
      run.engine.bus.events.subscribe((event) => {
        if (event.kind === ClusterEventKind.ObjectWritten) writtenAt.set(event.revision, event.at);
      });
      until(run, 10);
      const [told, synced] = [deliveries(run, 'endpoints'), tidings(run, 'kube-proxy@node1')];
      for (const list of [told, synced]) {
        let cursor = 0;
        for (const { kind, at: instant, revision } of list) {
          const isNews = kind === ClusterEventKind.WatchDelivered ? revision > cursor : revision >= cursor;
          assert.ok(isNews, `revision ${revision} after ${cursor}`);
          for (let r = Math.max(1, cursor + 1); r <= revision; r++) {
            const written = writtenAt.get(r);
            if (written !== undefined && written > 0) assert.ok(instant >= written + WATCH_DELAY_NS);
          }
          cursor = revision;
        }
        assert.is(cursor, run.world.cluster.store.revision);
      }
    }),
    { numRuns: 15, seed: 5 },
  );
});

test('a kube-proxy that waits for its sync is not told again before it', () => {
  const run = smallRun();
  for (let i = 0; i < 50; i++) {
    run.engine.bus.schedule(apply(5 * SECOND + i * 10 * MICROSECOND * 1000, service(`s${i}`, { selector: undefined })));
  }
  until(run, 10);
  const kinds = tidings(run, 'kube-proxy@node1').map(({ kind, at }) => [kind, at >= 5 * SECOND] as const);
  const late: number[] = kinds.filter(([, isLate]) => isLate).map(([kind]) => kind);
  // The bucket lets two through at once; the other 48 come together with the third.
  const pair = [ClusterEventKind.WatchDelivered, ClusterEventKind.ProxyRulesSynced];
  assert.equal(late, [...pair, ...pair, ...pair]);
});

test('the store forgets what every watcher has been told', () => {
  const run = smallRun();
  for (let i = 0; i < 500; i++) {
    run.engine.bus.schedule(
      apply(SECOND + (i * SECOND) / 100, { ...service('web'), metadata: { name: 'web', labels: { n: `${i}` } } }),
    );
  }
  until(run, 20);
  const { store } = run.world.cluster;
  assert.ok(store.revision > 500);
  assert.ok(store.revision - store.oldestRevision < 300, `${store.revision - store.oldestRevision} revisions kept`);
});

test.run();
