/** StatefulSets. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { apply, type SmallRun, service, smallRun, until } from '../small-cluster.ts';
import { podLines, podsOf, workload } from '../workload-sample.ts';

const test = suite('stateful-set-controller');

function started(spec: object, seconds = 20, pod: object = {}): SmallRun {
  const run = smallRun();
  const headless = service('web', { clusterIP: 'None', ports: [{ port: 80 }] });
  run.engine.bus.schedule(apply(0, headless, workload('StatefulSet', 'web', { serviceName: 'web', ...spec }, pod)));
  until(run, seconds);
  return run;
}

function write(run: SmallRun, atSeconds: number, verb: number, body: object): void {
  run.engine.bus.schedule({ kind: 65, at: atSeconds * 1e9, verb, text: JSON.stringify(body) });
}

const SET = { kind: 'StatefulSet', namespace: 'default', name: 'web' };

test('pods come one after the other, each once the one before is ready', () => {
  assert.equal(podLines(started({ replicas: 3 }, 0.7)), ['web-0 Pending']);
  const starts = podsOf(started({ replicas: 3 })).map(({ metadata }) => metadata.creationTimestamp);
  assert.equal(podLines(started({ replicas: 3 })), ['web-0 Running', 'web-1 Running', 'web-2 Running']);
  assert.ok(starts[0]! < starts[1]! && starts[1]! < starts[2]!);
  const images = {
    nginx: { startDelayNs: 0, readyDelayNs: -1, onTerm: 'exit', exitAfterNs: -1, exitCode: 0 } as const,
  };
  const stuck = smallRun({ images });
  stuck.engine.bus.schedule(apply(0, workload('StatefulSet', 'web', { replicas: 3 })));
  until(stuck, 30);
  assert.equal(podLines(stuck), ['web-0 Running']);
});

test('Parallel makes all pods at once', () => {
  assert.is(podLines(started({ replicas: 3, podManagementPolicy: 'Parallel' }, 0.7)).length, 3);
});

test('a pod has a name that lasts: host name, subdomain and the labels of its number', () => {
  const [pod] = podsOf(started({ replicas: 2 }));
  const { hostname, subdomain } = pod!.spec;
  assert.equal([hostname, subdomain], ['web-0', 'web']);
  const { labels = {} } = pod!.metadata;
  assert.is(labels['statefulset.kubernetes.io/pod-name'], 'web-0');
  assert.is(labels['apps.kubernetes.io/pod-index'], '0');
  assert.match(labels['controller-revision-hash']!, /^web-[0-9a-z]+$/);
});

test('the governing Service lists the pods with their host names', () => {
  const run = started({ replicas: 2 });
  const [slice] = run.world.cluster.store.view().list('EndpointSlice', 'default');
  assert.equal(slice!.endpoints.map(({ hostname }) => hostname).sort(), ['web-0', 'web-1']);
});

test('scaling down takes the highest number first, and waits for each', () => {
  const run = started({ replicas: 3 }, 20, { terminationGracePeriodSeconds: 5 });
  write(run, 20, 4, { ...SET, replicas: 1 });
  until(run, 20.05);
  const leaving = podLines(run).filter((line) => line.endsWith('!'));
  assert.equal(
    leaving.map((line) => line.split(' ')[0]),
    ['web-2'],
  );
  until(run, 60);
  assert.equal(podLines(run), ['web-0 Running']);
});

test('a pod that is deleted comes back under its name', () => {
  const run = started({ replicas: 2 });
  const [{ metadata: before }] = podsOf(run) as unknown as [{ metadata: { uid: string } }];
  write(run, 20, 3, { kind: 'Pod', namespace: 'default', name: 'web-0' });
  until(run, 60);
  assert.equal(podLines(run), ['web-0 Running', 'web-1 Running']);
  assert.is.not(podsOf(run)[0]!.metadata.uid, before.uid);
});

test('a rolling update goes from the highest number down to its partition', () => {
  const run = started({ replicas: 3 });
  const strategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
  const containers = [{ name: 'web', image: 'nginx:1.26' }];
  const spec = { serviceName: 'web', replicas: 3, updateStrategy: strategy };
  run.engine.bus.schedule(apply(20e9, workload('StatefulSet', 'web', spec, { containers })));
  until(run, 120);
  assert.equal(
    podsOf(run).map(({ spec: { containers: list } }) => list[0]!.image),
    ['nginx:1.25', 'nginx:1.26', 'nginx:1.26'],
  );
  const made = podsOf(run).map(({ metadata }) => metadata.creationTimestamp!);
  assert.ok(made[2]! < made[1]!);
});

test('the status counts, and tells which revision is where', () => {
  const { status } = started({ replicas: 2 }).world.cluster.store.get('StatefulSet', 'default', 'web')!;
  const { currentRevision, updateRevision, ...counts } = status;
  assert.is(currentRevision, updateRevision);
  assert.equal(counts, {
    observedGeneration: 1,
    replicas: 2,
    availableReplicas: 2,
    collisionCount: 0,
    readyReplicas: 2,
    currentReplicas: 2,
    updatedReplicas: 2,
  });
});

test.run();
