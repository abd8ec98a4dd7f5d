/** Endpoints made by hand, as slices. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EndpointSlice } from '../../../controllers/object/endpoint-slice.ts';
import { apply, deployment, type SmallRun, service, smallRun, until } from '../small-cluster.ts';

const test = suite('mirroring-controller');

const MANAGER = 'endpointslicemirroring-controller.k8s.io';

function endpoints(subsets: readonly object[], metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'db', ...metadata }, subsets };
}

const bare = service('db', { selector: undefined, ports: [{ port: 5432 }] });
const port = { port: 5432, protocol: 'TCP' };

function slicesOf({ world }: SmallRun): readonly EndpointSlice[] {
  return world.cluster.store.view().list('EndpointSlice', 'default');
}

test('Endpoints of a Service without a selector become a slice for each family and set of ports', () => {
  const run = smallRun();
  const subsets = [
    { addresses: [{ ip: '192.0.2.2' }, { ip: '192.0.2.1' }, { ip: '2001:db8::1' }], ports: [port] },
    { notReadyAddresses: [{ ip: '192.0.2.3' }], ports: [port] },
    { addresses: [{ ip: '192.0.2.4', hostname: 'one' }], ports: [{ name: 'admin', port: 80 }] },
  ];
  run.engine.bus.schedule(apply(0, bare, endpoints(subsets, { labels: { tier: 'data' } })));
  until(run, 5);
  const slices = slicesOf(run);
  const told = slices.map(({ addressType, ports, endpoints: list }) => [
    addressType,
    ports?.[0]?.port,
    list.map(({ addresses, conditions }) => `${addresses[0]} ${conditions?.ready}`).join(', '),
  ]);
  assert.equal(told.sort(), [
    ['IPv4', 5432, '192.0.2.1 true, 192.0.2.2 true, 192.0.2.3 false'],
    ['IPv4', 80, '192.0.2.4 true'],
    ['IPv6', 5432, '2001:db8::1 true'],
  ]);
  for (const { metadata } of slices) {
    assert.match(metadata.name, /^db-[a-z0-9]{5}$/);
    assert.is(metadata.labels?.['tier'], 'data');
    assert.is(metadata.labels?.['endpointslice.kubernetes.io/managed-by'], MANAGER);
    assert.is(metadata.ownerReferences?.[0]?.kind, 'Endpoints');
  }
});

test('a slice follows its Endpoints, keeps its name, and goes with them', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, bare, endpoints([{ addresses: [{ ip: '192.0.2.1' }], ports: [port] }])));
  until(run, 5);
  const [first] = slicesOf(run);
  run.engine.bus.schedule(apply(5e9, endpoints([{ addresses: [{ ip: '192.0.2.9' }], ports: [port] }])));
  until(run, 10);
  const [second, ...others] = slicesOf(run);
  assert.is(others.length, 0);
  assert.is(second!.metadata.name, first!.metadata.name);
  assert.equal(second!.endpoints[0]!.addresses, ['192.0.2.9']);
  const body = { kind: 'Endpoints', namespace: 'default', name: 'db' };
  run.engine.bus.schedule({ kind: 65, at: 10e9, verb: 3, text: JSON.stringify(body) });
  until(run, 15);
  assert.is(slicesOf(run).length, 0);
});

test('nothing is mirrored of a Service with a selector, nor what asks not to be', () => {
  const run = smallRun();
  const skip = { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } };
  const subsets = [{ addresses: [{ ip: '192.0.2.1' }], ports: [port] }];
  run.engine.bus.schedule(apply(0, bare, endpoints(subsets, skip), deployment('web', 1), service('web')));
  until(run, 5);
  assert.equal(
    slicesOf(run).map(({ metadata }) => metadata.labels?.['endpointslice.kubernetes.io/managed-by']),
    ['endpointslice-controller.k8s.io'],
  );
});

test('a Service that gets a selector is no longer mirrored', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, bare, endpoints([{ addresses: [{ ip: '192.0.2.1' }], ports: [port] }])));
  until(run, 5);
  run.engine.bus.schedule(apply(5e9, service('db', { selector: { app: 'db' }, ports: [{ port: 5432 }] })));
  until(run, 10);
  const managers = slicesOf(run).map(({ metadata }) => metadata.labels?.['endpointslice.kubernetes.io/managed-by']);
  assert.equal(managers, ['endpointslice-controller.k8s.io']);
});

test.run();
