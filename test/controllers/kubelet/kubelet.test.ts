/** Pods on their nodes, from their sandbox to their end. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterCommandKind, WriteVerb } from '../../../controllers/command.ts';
import type { ImageBehaviour } from '../../../controllers/config.ts';
import { ClusterEventKind } from '../../../controllers/event.ts';
import { newContainer, restartDelayNs, started } from '../../../controllers/kubelet/container-record.ts';
import { isPodReady } from '../../../controllers/object/pod.ts';
import { CONTAINER_START_NS, SANDBOX_NS, SANDBOX_REMOVAL_NS } from '../../../controllers/timing.ts';
import { MILLISECOND, SECOND } from '../../../core/time.ts';
import { apply, deployment, type SmallRun, service, smallRun, until } from '../small-cluster.ts';

const test = suite('kubelet');

const USUAL: ImageBehaviour = {
  startDelayNs: CONTAINER_START_NS,
  readyDelayNs: 0,
  onTerm: 'exit',
  exitAfterNs: -1,
  exitCode: 0,
};

function pod(spec: object = {}, container: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', labels: { app: 'p' } },
    spec: {
      nodeName: 'node1',
      containers: [{ name: 'c', image: 'app:1', ports: [{ containerPort: 80 }], ...container }],
      ...spec,
    },
  };
}

function remove(at: number, gracePeriodSeconds?: number) {
  const text = JSON.stringify({ kind: 'Pod', name: 'p', gracePeriodSeconds });
  return { kind: ClusterCommandKind.WriteObject, at, verb: WriteVerb.Delete, text } as const;
}

const stored = (run: SmallRun) => run.world.cluster.store.get('Pod', 'default', 'p');

function instantOf(run: SmallRun, kind: number): number {
  return run.events.find((event) => event.kind === kind)?.at ?? -1;
}

test('a pod gets its sandbox, then its containers, then is ready', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(SECOND, pod()));
  until(run, 1.1);
  assert.is(stored(run)?.status.phase, 'Pending');
  assert.is(stored(run)?.status.containerStatuses?.[0]?.state?.waiting?.reason, 'ContainerCreating');
  until(run, 5);
  const { PodAccepted, PodSandboxCreated, ContainersStarted } = ClusterEventKind;
  const accepted = instantOf(run, PodAccepted);
  assert.ok(accepted > SECOND && accepted < SECOND + 3 * MILLISECOND);
  const created = instantOf(run, PodSandboxCreated);
  assert.ok(created - accepted - SANDBOX_NS < MILLISECOND);
  assert.ok(instantOf(run, ContainersStarted) - created - CONTAINER_START_NS < MILLISECOND);
  const status = stored(run)!.status;
  assert.is(status.phase, 'Running');
  assert.is(status.podIP, '10.244.1.2');
  assert.is(status.hostIP, '198.51.100.1');
  assert.is(status.qosClass, 'BestEffort');
  assert.ok(isPodReady(stored(run)!));
  assert.equal([...run.world.pods.keys()], ['1 default/p']);
});

test('a pod on the host network has the addresses of its node', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, pod({ hostNetwork: true })));
  until(run, 3);
  assert.is(stored(run)!.status.podIP, '198.51.100.1');
  assert.is([...run.world.pods.values()][0]!.sandbox.hostNetwork, true);
});

test('without a probe readiness follows the image', () => {
  const run = smallRun({ images: { app: { ...USUAL, readyDelayNs: 5 * SECOND } } });
  let ready = -1;
  run.engine.bus.events.subscribe(({ at }) => {
    if (ready < 0 && isPodReady(stored(run) ?? ({ status: {} } as never))) ready = at;
  });
  run.engine.bus.schedule(apply(0, pod()));
  until(run, 60);
  const waited = ready - instantOf(run, ClusterEventKind.ContainersStarted);
  assert.ok(Math.abs(waited - 5 * SECOND) < MILLISECOND, `${waited}`);
});

test('an image that is never ready leaves the pod running and not ready', () => {
  const run = smallRun({ images: { app: { ...USUAL, readyDelayNs: -1 } } });
  run.engine.bus.schedule(apply(0, pod(), service('p', { ports: [{ port: 80 }] })));
  until(run, 10);
  assert.is(stored(run)!.status.phase, 'Running');
  assert.not.ok(isPodReady(stored(run)!));
  const [subset] = run.world.cluster.store.get('Endpoints', 'default', 'p')!.subsets!;
  assert.is(subset!.addresses, undefined);
  assert.equal(
    subset!.notReadyAddresses!.map(({ ip }) => ip),
    ['10.244.1.2'],
  );
});

test('a deleted pod ends at once when its image does, and its address is free again', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, pod()));
  run.engine.bus.schedule(remove(5 * SECOND));
  until(run, 10);
  assert.is(stored(run), undefined);
  assert.is(run.world.pods.size, 0);
  const gone = instantOf(run, ClusterEventKind.PodSandboxRemoved);
  assert.ok(gone > 5 * SECOND + SANDBOX_REMOVAL_NS && gone < 5 * SECOND + SANDBOX_REMOVAL_NS + 5 * MILLISECOND);
  // host-local goes on behind the last address.
  run.engine.bus.schedule(apply(10 * SECOND, pod()));
  until(run, 15);
  assert.is(stored(run)!.status.podIP, '10.244.1.3');
});

for (const [onTerm, serving] of [
  ['serve', true],
  ['unready', false],
] as const) {
  test(`an image that answers SIGTERM with "${onTerm}" lives out its grace period`, () => {
    const run = smallRun({ images: { app: { ...USUAL, onTerm } } });
    run.engine.bus.schedule(
      apply(0, pod({ terminationGracePeriodSeconds: 10 }), service('p', { ports: [{ port: 80 }] })),
    );
    run.engine.bus.schedule(remove(5 * SECOND));
    until(run, 8);
    const { store } = run.world.cluster;
    assert.is(stored(run)!.metadata.deletionTimestamp, '2024-01-01T00:00:15Z');
    assert.ok([...run.world.pods.values()][0]!.running);
    assert.is(store.get('Endpoints', 'default', 'p')!.subsets, undefined);
    const [slice] = store.view().listBy('EndpointSlice', 'service', 'default/p');
    assert.equal(slice!.endpoints[0]!.conditions, { ready: false, serving, terminating: true });
    until(run, 16);
    assert.is(stored(run), undefined);
    const gone = instantOf(run, ClusterEventKind.PodSandboxRemoved);
    assert.ok(gone >= 15 * SECOND && gone < 16 * SECOND);
  });
}

test('a pod that is deleted without grace is killed, whatever its image does', () => {
  const run = smallRun({ images: { app: { ...USUAL, onTerm: 'serve' } } });
  run.engine.bus.schedule(apply(0, pod()));
  run.engine.bus.schedule(remove(5 * SECOND, 0));
  until(run, 5.1);
  assert.is(stored(run), undefined);
  assert.is(run.world.pods.size, 0);
});

test('a pod that has gone from its node to another under its name is none of the old kubelet any more', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, pod()));
  run.engine.bus.schedule(remove(5 * SECOND, 0));
  run.engine.bus.schedule(apply(5 * SECOND, pod({ nodeName: 'node2' })));
  until(run, 10);
  assert.equal([...run.world.pods.keys()], ['2 default/p']);
  assert.is(stored(run)!.status.podIP, '10.244.2.2');
});

test('a command that everybody knows ends as it says, whatever its pod is for', () => {
  const phaseAfter = (seconds: number, restartPolicy: string, command: object): string => {
    const run = smallRun();
    run.engine.bus.schedule(apply(0, pod({ restartPolicy }, command)));
    until(run, seconds);
    const { phase, containerStatuses } = stored(run)!.status;
    const { state = {}, restartCount } = containerStatuses![0]!;
    return `${phase} ${state.waiting?.reason ?? state.terminated?.reason ?? 'runs'} ${restartCount}`;
  };
  assert.is(phaseAfter(4, 'Never', { command: ['false'] }), 'Failed Error 0');
  assert.is(phaseAfter(4, 'Never', { args: ['sleep', '5'] }), 'Running runs 0');
  assert.is(phaseAfter(8, 'Never', { args: ['sleep', '5'] }), 'Succeeded Completed 0');
  assert.is(phaseAfter(8, 'OnFailure', { command: ['sh', '-c', 'sleep 1; exit 0'] }), 'Succeeded Completed 0');
  assert.is(phaseAfter(4, 'Always', { command: ['false'] }), 'Running CrashLoopBackOff 1');
  assert.is(phaseAfter(60, 'Always', { command: ['sleep', 'infinity'] }), 'Running runs 0');
  assert.is(phaseAfter(60, 'Always', { command: ['serve', '--port=80'] }), 'Running runs 0');
});

test('an init container whose command is known takes as long as that, and fails as it does', () => {
  const init = (command: readonly string[]) => ({ initContainers: [{ name: 'i', image: 'busybox', command }] });
  const run = smallRun();
  run.engine.bus.schedule(apply(0, pod(init(['sleep', '5']))));
  until(run, 5);
  assert.is(stored(run)!.status.phase, 'Pending');
  until(run, 8);
  assert.ok(isPodReady(stored(run)!));
  const failing = smallRun();
  failing.engine.bus.schedule(apply(0, pod({ ...init(['false']), restartPolicy: 'Never' })));
  until(failing, 8);
  assert.is(stored(failing)!.status.phase, 'Failed');
});

test('sleep as the first process of its pod is deaf to SIGTERM: it goes when it has slept, or is killed', () => {
  const goneAt = (command: readonly string[]): number => {
    const run = smallRun();
    run.engine.bus.schedule(apply(0, pod({ terminationGracePeriodSeconds: 10 }, { command })));
    run.engine.bus.schedule(remove(5 * SECOND));
    until(run, 30);
    assert.is(stored(run), undefined);
    return Math.round(instantOf(run, ClusterEventKind.PodSandboxRemoved) / SECOND);
  };
  assert.is(goneAt(['sleep', '3600']), 15);
  assert.is(goneAt(['sh', '-c', 'sleep infinity']), 15);
  assert.is(goneAt(['sleep', '7']), 8);
  assert.is(goneAt(['serve']), 5);
});

test('containers of a pod that is deleted end each in its own time', () => {
  const run = smallRun();
  const containers = [
    { name: 'web', image: 'nginx:1.25' },
    { name: 'side', image: 'busybox', command: ['sleep', 'infinity'] },
  ];
  run.engine.bus.schedule(apply(0, pod({ terminationGracePeriodSeconds: 10, containers })));
  run.engine.bus.schedule(remove(5 * SECOND));
  until(run, 6);
  const states = (): unknown[] => stored(run)!.status.containerStatuses!.map(({ state = {} }) => Object.keys(state)[0]);
  assert.equal(states(), ['terminated', 'running']);
  until(run, 14);
  assert.equal(states(), ['terminated', 'running']);
  until(run, 16);
  assert.is(stored(run), undefined);
  const codes = run.events.flatMap((event) =>
    event.kind === ClusterEventKind.ContainersExited ? [event.exitCode] : [],
  );
  assert.equal(codes, [0, 137]);
});

test('restartDelayNs() is nothing, then 10 s, doubling up to 5 min, and nothing again after ten minutes of life', () => {
  let record = newContainer('c');
  let at = 0;
  const delays: number[] = [];
  for (let n = 0; n < 8; n++) {
    record = started(record, at);
    at += SECOND;
    const delay = restartDelayNs(record, at);
    delays.push(delay / SECOND);
    record = { ...record, phase: 'waiting', exitedAt: at };
    at += delay;
  }
  assert.equal(delays, [0, 10, 20, 40, 80, 160, 300, 300]);
  record = started(record, at);
  assert.is(restartDelayNs(record, at + 599 * SECOND), 300 * SECOND);
  assert.is(restartDelayNs(record, at + 601 * SECOND), 0);
  record = started({ ...record, exitedAt: at + 601 * SECOND }, at + 601 * SECOND);
  assert.is(restartDelayNs(record, at + 602 * SECOND), 10 * SECOND);
});

test('containers that end start again, as the restart policy has it', () => {
  const images = { app: { ...USUAL, exitAfterNs: SECOND, exitCode: 1 } };
  const always = smallRun({ images });
  always.engine.bus.schedule(apply(0, pod()));
  until(always, 30);
  // Started at about 1 s, ended at 2, again at once, ended at 3, again at 13, ended at 14, again at 34.
  assert.is(stored(always)!.status.containerStatuses![0]!.restartCount, 2);
  assert.is(stored(always)!.status.containerStatuses![0]!.state!.waiting!.reason, 'CrashLoopBackOff');
  const never = smallRun({ images });
  never.engine.bus.schedule(apply(0, pod({ restartPolicy: 'Never' })));
  until(never, 30);
  assert.is(stored(never)!.status.phase, 'Failed');
  assert.is(never.world.pods.size, 0);
  const done = smallRun({ images: { app: { ...images.app, exitCode: 0 } } });
  done.engine.bus.schedule(apply(0, pod({ restartPolicy: 'OnFailure' })));
  until(done, 30);
  assert.is(stored(done)!.status.phase, 'Succeeded');
});

test('CrashPod ends the containers of a running pod, which start again', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, pod()));
  const crash = { kind: ClusterCommandKind.CrashPod, text: 'default/p' } as const;
  run.engine.bus.schedule({ ...crash, at: 5 * SECOND });
  run.engine.bus.schedule({ ...crash, at: 8 * SECOND });
  until(run, 8.5);
  assert.is(stored(run)!.status.containerStatuses![0]!.restartCount, 1);
  assert.not.ok(isPodReady(stored(run)!));
  assert.not.ok([...run.world.pods.values()][0]!.running);
  until(run, 20);
  assert.is(stored(run)!.status.containerStatuses![0]!.restartCount, 2);
  assert.ok(isPodReady(stored(run)!));
  run.engine.bus.schedule({ ...crash, at: 20 * SECOND, text: 'default/nobody' });
  const { LeaseTried, NodesMonitored } = ClusterEventKind;
  const upkeep: readonly number[] = [LeaseTried, NodesMonitored];
  const told = (): number => run.events.filter(({ kind }) => !upkeep.includes(kind)).length;
  const before = told();
  until(run, 21);
  assert.is(told(), before);
});

test('without a free address a pod waits for its sandbox', () => {
  const nodes = [{ name: 'node1', host: 1, ips: ['198.51.100.1'], podCIDRs: ['10.244.1.0/30'] }];
  const run = smallRun({ nodes });
  run.engine.bus.schedule(apply(0, deployment('web', 2)));
  until(run, 10);
  assert.is(run.world.pods.size, 1);
  assert.ok(run.world.cluster.notes.list().some(({ reason }) => reason === 'FailedCreatePodSandBox'));
});

test('Calico gives each node addresses from its own block', () => {
  const run = smallRun({ ipam: 'calico' });
  run.engine.bus.schedule(apply(0, deployment('web', 6)));
  until(run, 5);
  const blocks = new Map<string, Set<string>>();
  for (const { spec, status } of run.world.cluster.store.view().list('Pod')) {
    const [, , third, fourth] = status.podIP!.split('.').map(Number) as [number, number, number, number];
    const block = `${third}.${fourth >> 6}`;
    blocks.set(block, (blocks.get(block) ?? new Set()).add(spec.nodeName!));
  }
  assert.is(blocks.size, 3);
  for (const owners of blocks.values()) assert.is(owners.size, 1);
});

test.run();
