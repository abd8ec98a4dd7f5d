/** Requests from outside, and what the API server makes of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterCommandKind, type WriteObject, WriteVerb } from '../../controllers/command.ts';
import type { ClusterConfig } from '../../controllers/config.ts';
import { type ClusterEvent, ClusterEventKind } from '../../controllers/event.ts';
import type { KubeObject } from '../../controllers/object/kind.ts';
import { LAST_APPLIED } from '../../controllers/request.ts';
import { SECOND } from '../../core/time.ts';
import { specify } from '../specification.ts';
import {
  apply,
  decider,
  deployment,
  nodeObject,
  service,
  smallConfig,
  smallRun,
  smallWorld,
  until,
} from './small-cluster.ts';

const test = suite('request');

const given = (overrides: Partial<ClusterConfig> = {}) => specify(decider, () => smallWorld(smallConfig(overrides)));

function write(verb: number, body: object, at = 0): WriteObject {
  return { kind: ClusterCommandKind.WriteObject, at, verb, text: JSON.stringify(body) };
}

const create = (body: object): WriteObject => write(WriteVerb.Create, body);

function stored(events: readonly ClusterEvent[]): KubeObject {
  const event = events.find(({ kind }) => kind === ClusterEventKind.ObjectWritten);
  assert.ok(event?.kind === ClusterEventKind.ObjectWritten, 'nothing was written');
  return JSON.parse(event.text) as KubeObject;
}

test('Create stores the object with name, uid, version, time and defaults', () => {
  const decision = given().when({ ...create(service('web')), at: 3 * SECOND });
  decision.yields({ kind: ClusterEventKind.ObjectWritten, revision: 1, created: 1, component: 0 });
  const { metadata, spec } = stored(decision.events) as ReturnType<typeof JSON.parse>;
  assert.is(metadata.namespace, 'default');
  assert.match(metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.is(metadata.resourceVersion, '1');
  assert.is(metadata.creationTimestamp, '2024-01-01T00:00:03Z');
  assert.match(spec.clusterIP, /^10\.(9[6-9]|10\d|11[01])\./);
  assert.equal(spec.clusterIPs, [spec.clusterIP]);
  assert.is(spec.sessionAffinity, 'None');
});

test('Create of what is there is refused as AlreadyExists', () => {
  given()
    .after(create(deployment('web', 1)))
    .when(create(deployment('web', 2)))
    .yields({ kind: ClusterEventKind.RequestRefused, code: 409, text: 'deployments.apps "web" already exists' });
});

test('Create of an invalid object is refused in the words of the API server', () => {
  given()
    .when(create(service('web', { ports: [{ port: 0 }] })))
    .yields({
      kind: ClusterEventKind.RequestRefused,
      code: 422,
      text: /^Service "web" is invalid: .*spec\.ports\[0\]\.port: Invalid value: 0: must be between 1 and 65535, inclusive/,
    });
});

test('Create takes a generateName and draws what follows it', () => {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'x-' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  assert.match(stored(given().when(create(body)).events).metadata.name, /^x-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test('a cluster IP or node port that is taken is refused', () => {
  const first = given().after(
    create(service('web', { type: 'NodePort', clusterIP: '10.96.1.1', ports: [{ port: 80, nodePort: 30080 }] })),
  );
  first
    .when(create(service('two', { clusterIP: '10.96.1.1' })))
    .yields({ kind: ClusterEventKind.RequestRefused, code: 422, text: /provided IP is already allocated/ });
  first.when(create(service('two', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }))).yields({
    kind: ClusterEventKind.RequestRefused,
    code: 422,
    text: 'Service "two" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
  });
});

test('two Services of one request get different addresses', () => {
  const config = { serviceCIDRs: ['10.96.0.0/29'] };
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const decision = given(config).when(apply(0, ...names.map((name) => service(name))));
  const ips = decision.events.map((event) => JSON.parse((event as { text: string }).text).spec.clusterIP);
  assert.is(new Set(ips).size, 6);
  given(config)
    .after(apply(0, ...names.map((name) => service(name))))
    .when(create(service('g')))
    .yields({ kind: ClusterEventKind.RequestRefused, code: 500, text: /range is full/ });
});

test('Apply creates, then merges, then finds nothing to change', () => {
  const base = given().after(write(WriteVerb.Apply, deployment('web', 1)));
  const more = base.when(write(WriteVerb.Apply, deployment('web', 3)));
  more.yields({ kind: ClusterEventKind.ObjectWritten, created: 0, revision: 2 });
  const object = stored(more.events);
  assert.is(object.kind === 'Deployment' && object.spec.replicas, 3);
  assert.is(object.metadata.generation, 2);
  base
    .when(write(WriteVerb.Apply, deployment('web', 1)))
    .yields({ kind: ClusterEventKind.RequestChangedNothing, text: 'Deployment default/web' });
});

test('Apply takes away what the manifest applied last had', () => {
  const labelled = (labels: object, last: object) => ({
    ...service('web'),
    metadata: { name: 'web', labels, annotations: { [LAST_APPLIED]: JSON.stringify(last) } },
  });
  const decision = given()
    .after(write(WriteVerb.Apply, labelled({ a: '1', b: '2' }, { metadata: { labels: { a: '1', b: '2' } } })))
    .when(write(WriteVerb.Apply, labelled({ b: '2' }, { metadata: { labels: { b: '2' } } })));
  assert.equal(stored(decision.events).metadata.labels, { b: '2' });
});

test('a change keeps the cluster IP and the node port', () => {
  const before = given().after(create(service('web', { type: 'NodePort' })));
  const kept = before.when(
    write(WriteVerb.Patch, { kind: 'Service', name: 'web', patch: { metadata: { labels: { x: 'y' } } } }),
  );
  const old = kept.state.cluster.store.get('Service', 'default', 'web')!;
  const next = stored(kept.events);
  assert.ok(next.kind === 'Service');
  assert.is(next.spec.clusterIP, old.spec.clusterIP);
  assert.equal(next.spec.ports, old.spec.ports);
});

test('Update with an old resourceVersion is a conflict', () => {
  const base = given().after(
    create(deployment('web', 1)),
    write(WriteVerb.Scale, { kind: 'Deployment', name: 'web', replicas: 2 }),
  );
  const body = deployment('web', 5) as { metadata: object };
  base.when(write(WriteVerb.Update, { ...body, metadata: { name: 'web', resourceVersion: '1' } })).yields({
    kind: ClusterEventKind.RequestRefused,
    code: 409,
    text: 'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
  });
  base
    .when(write(WriteVerb.Update, { ...body, metadata: { name: 'web', resourceVersion: '2' } }))
    .yields({ kind: ClusterEventKind.ObjectWritten, created: 0 });
});

test('Scale changes the replicas alone, and holds to the number that the user expects', () => {
  const base = given().after(create(deployment('web', 1)));
  const scaled = stored(base.when(write(WriteVerb.Scale, { kind: 'Deployment', name: 'web', replicas: 4 })).events);
  assert.is(scaled.kind === 'Deployment' && scaled.spec.replicas, 4);
  base
    .when(write(WriteVerb.Scale, { kind: 'Deployment', name: 'web', replicas: 4, currentReplicas: 2 }))
    .yields({ kind: ClusterEventKind.RequestRefused, text: 'Expected replicas to be 2, was 1' });
  base
    .when(write(WriteVerb.Scale, { kind: 'Deployment', name: 'nowhere', replicas: 4 }))
    .yields({ kind: ClusterEventKind.RequestRefused, code: 404, text: 'deployments.apps "nowhere" not found' });
});

test('Delete takes an object at once, but only marks a pod that runs on a node', () => {
  given()
    .after(create(service('web')))
    .when(write(WriteVerb.Delete, { kind: 'Service', name: 'web' }))
    .yields({ kind: ClusterEventKind.ObjectDeleted, revision: 2 });
  const pod = (nodeName?: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
  });
  given()
    .after(create(pod()))
    .when(write(WriteVerb.Delete, { kind: 'Pod', name: 'p' }))
    .yields({ kind: ClusterEventKind.ObjectDeleted });
  const marked = stored(
    given()
      .after(create(pod('node1')))
      .when(write(WriteVerb.Delete, { kind: 'Pod', name: 'p' })).events,
  );
  assert.is(marked.metadata.deletionTimestamp, '2024-01-01T00:00:30Z');
  assert.is(marked.metadata.deletionGracePeriodSeconds, 30);
});

test('an older API server leaves out the fields that it did not have', () => {
  const old = stored(given({ minor: 16 }).when(create(service('web'))).events);
  assert.ok(old.kind === 'Service');
  assert.equal(Object.keys(old.spec).sort(), ['clusterIP', 'ports', 'selector', 'sessionAffinity', 'type']);
});

test('pins are taken in the order of creation, and only then numbers are drawn', () => {
  const pins = {
    services: { web: ['10.100.200.199', '10.101.7.7'] },
    nodePorts: { web: [32000] },
    objects: {
      'service/web': { uid: '00000000-0000-4000-8000-000000000001', resourceVersion: '1234', created: '-3d5h' },
    },
    pods: [
      { of: 'web', hash: '5d98f66655', suffix: '8gffz', ip: '10.244.3.77', node: 'node3' },
      { of: 'default/web', suffix: 'aaaaa', node: 'node3' },
      { of: 'other', suffix: 'bbbbb' },
    ],
  };
  const run = smallRun({ pins });
  const { bus } = run.engine;
  bus.schedule(apply(0, deployment('web', 3), service('web', { type: 'NodePort' })));
  until(run, 4);
  const { store } = run.world.cluster;
  const made = store.get('Service', 'default', 'web')!;
  assert.is(made.spec.clusterIP, '10.100.200.199');
  assert.is(made.spec.ports![0]!.nodePort, 32000);
  assert.is(made.metadata.uid, '00000000-0000-4000-8000-000000000001');
  assert.is(made.metadata.resourceVersion, '1234');
  assert.is(made.metadata.creationTimestamp, '2023-12-28T19:00:00Z');
  const pods = store.view().list('Pod');
  const named = pods.map(({ metadata, spec, status }) => [metadata.name, spec.nodeName, status.podIP]);
  assert.equal(
    named.find(([name]) => name === 'web-5d98f66655-8gffz'),
    ['web-5d98f66655-8gffz', 'node3', '10.244.3.77'],
  );
  assert.is(named.find(([name]) => name === 'web-5d98f66655-aaaaa')?.[1], 'node3');
  assert.is(pods.length, 3);
  assert.ok(pods.every(({ metadata }) => metadata.name.startsWith('web-5d98f66655-')));
  // The second creation takes the second address; the third has none left and draws.
  for (const at of [4, 5]) {
    bus.schedule(write(WriteVerb.Delete, { kind: 'Service', name: 'web' }, at * SECOND));
    bus.schedule(write(WriteVerb.Create, service('web', { type: 'NodePort' }), at * SECOND));
    until(run, at + 0.5);
    const ip = store.get('Service', 'default', 'web')!.spec.clusterIP;
    if (at === 4) assert.is(ip, '10.101.7.7');
    else assert.match(ip!, /^10\.(9[6-9]|10\d|11[01])\./);
  }
});

test('a pod that is refused leaves its pin to the next', () => {
  const body = (containers: object[]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'x-' },
    spec: { containers },
  });
  const pins = { pods: [{ suffix: 'first' }, { suffix: 'other' }], objects: { 'pod/x-first': { restarts: 3 } } };
  const run = smallRun({ pins });
  run.engine.bus.schedule(apply(0, body([]), body([{ name: 'c', image: 'i' }]), body([{ name: 'c', image: 'i' }])));
  until(run, 5);
  const pods = run.world.cluster.store.view().list('Pod');
  assert.equal(
    pods.map(({ metadata }) => metadata.name),
    ['x-first', 'x-other'],
  );
  assert.equal(
    pods.map(({ status }) => status.containerStatuses![0]!.restartCount),
    [3, 0],
  );
});

test('a pin without a namespace is not for kube-system', () => {
  const pins = { pods: [{ suffix: 'zzzzz' }] };
  const body = (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'x-', namespace },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  assert.is.not(stored(given({ pins }).when(create(body('kube-system'))).events).metadata.name, 'x-zzzzz');
  assert.is(stored(given({ pins }).when(create(body('default'))).events).metadata.name, 'x-zzzzz');
});

test('WriteObjects serves each request on what the ones before have left, with one event each', () => {
  const requests = [
    { verb: WriteVerb.Create, body: deployment('web', 1) },
    { verb: WriteVerb.Scale, body: { kind: 'Deployment', name: 'web', replicas: 2 } },
    { verb: WriteVerb.Create, body: deployment('web', 1) },
    { verb: WriteVerb.Scale, body: { kind: 'Deployment', name: 'web', replicas: 2 } },
    { verb: WriteVerb.Delete, body: { kind: 'Deployment', name: 'web' } },
  ];
  given()
    .when({ kind: ClusterCommandKind.WriteObjects, at: 0, text: JSON.stringify(requests) })
    .yields(
      { kind: ClusterEventKind.ObjectWritten, revision: 1 },
      { kind: ClusterEventKind.ObjectWritten, revision: 2 },
      { kind: ClusterEventKind.RequestRefused, code: 409 },
      { kind: ClusterEventKind.RequestChangedNothing },
      { kind: ClusterEventKind.ObjectDeleted, revision: 3 },
    );
});

test('a headless Service without a selector is open to both families', () => {
  const open = stored(given().when(create(service('web', { clusterIP: 'None', selector: undefined }))).events);
  assert.ok(open.kind === 'Service');
  assert.equal(open.spec.clusterIPs, ['None']);
  assert.equal(open.spec.ipFamilies, ['IPv4', 'IPv6']);
  assert.is(open.spec.ipFamilyPolicy, 'RequireDualStack');
});

test('nodes are objects without a namespace', () => {
  const { nodes } = smallConfig();
  const node = stored(given().when(apply(0, nodeObject(nodes[0]!))).events);
  assert.is(node.metadata.namespace, undefined);
  assert.is(node.metadata.name, 'node1');
});

test.run();
