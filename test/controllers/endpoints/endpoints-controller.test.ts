/** Endpoints objects. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packSubsets, withinCapacity } from '../../../controllers/endpoints/subset.ts';
import { apply, deployment, service, smallRun, until } from '../small-cluster.ts';

const test = suite('endpoints-controller');

test('packSubsets() sorts addresses and groups those with the same ports', () => {
  const http = { port: 80, protocol: 'TCP' } as const;
  const admin = { port: 81, protocol: 'TCP' } as const;
  const subsets = packSubsets([
    { address: { ip: '10.0.0.9' }, ready: true, port: http },
    { address: { ip: '10.0.0.10' }, ready: true, port: http },
    { address: { ip: '10.0.0.3' }, ready: false, port: http },
    { address: { ip: '10.0.0.5' }, ready: true, port: http },
    { address: { ip: '10.0.0.5' }, ready: true, port: admin },
  ]);
  assert.equal(subsets, [
    { addresses: [{ ip: '10.0.0.10' }, { ip: '10.0.0.9' }], notReadyAddresses: [{ ip: '10.0.0.3' }], ports: [http] },
    { addresses: [{ ip: '10.0.0.5' }], ports: [http, admin] },
  ]);
  assert.equal(packSubsets([]), []);
});

function subsetsOf(spec: object, minor = 33) {
  const run = smallRun({ minor });
  run.engine.bus.schedule(apply(0, deployment('web', 2), service('web', spec)));
  until(run, 5);
  return run.world.cluster.store.get('Endpoints', 'default', 'web')!;
}

test('named target ports are looked up in each pod', () => {
  const [subset] = subsetsOf({ ports: [{ name: 'front', port: 8000, targetPort: 'http' }] }).subsets!;
  assert.equal(subset!.ports, [{ name: 'front', port: 80, protocol: 'TCP' }]);
  assert.equal(
    subset!.addresses!.map(({ targetRef }) => targetRef?.kind),
    ['Pod', 'Pod'],
  );
  assert.is(subsetsOf({ ports: [{ port: 8000, targetPort: 'nowhere' }] }).subsets, undefined);
});

test('a headless Service has a label on its Endpoints, and may do without ports', () => {
  const endpoints = subsetsOf({ clusterIP: 'None', ports: undefined });
  assert.is(endpoints.metadata.labels?.['service.kubernetes.io/headless'], '');
  assert.is(endpoints.subsets![0]!.addresses!.length, 2);
  assert.is(endpoints.subsets![0]!.ports, undefined);
});

test('the controller marks its objects from 1.33 on', () => {
  const label = 'endpoints.kubernetes.io/managed-by';
  assert.is(subsetsOf({}).metadata.labels?.[label], 'endpoint-controller');
  assert.is(subsetsOf({}, 28).metadata.labels?.[label], undefined);
});

test('a Service without a selector keeps the Endpoints that somebody made, in order', () => {
  const run = smallRun();
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'site' },
    subsets: [{ addresses: [{ ip: '192.0.2.8' }, { ip: '192.0.2.7' }], ports: [{ port: 443 }] }],
  };
  run.engine.bus.schedule(apply(0, service('site', { selector: undefined, ports: [{ port: 443 }] }), endpoints));
  until(run, 5);
  const { subsets } = run.world.cluster.store.get('Endpoints', 'default', 'site')!;
  assert.equal(
    subsets![0]!.addresses!.map(({ ip }) => ip),
    ['192.0.2.7', '192.0.2.8'],
  );
});

test('publishNotReadyAddresses lists pods that are not ready', () => {
  const images = {
    nginx: { startDelayNs: 0, readyDelayNs: -1, onTerm: 'exit', exitAfterNs: -1, exitCode: 0 } as const,
  };
  const run = smallRun({ images });
  run.engine.bus.schedule(apply(0, deployment('web', 2), service('web', { publishNotReadyAddresses: true })));
  until(run, 5);
  const { store } = run.world.cluster;
  assert.is(store.get('Endpoints', 'default', 'web')!.subsets![0]!.addresses!.length, 2);
  const [slice] = store.view().listBy('EndpointSlice', 'service', 'default/web');
  assert.equal(slice!.endpoints[0]!.conditions, { ready: true, serving: false, terminating: false });
});

test('withinCapacity() cuts after a thousand addresses, and keeps ready ones first', () => {
  const list = (count: number, third: number) =>
    Array.from({ length: count }, (_, i) => ({ ip: `10.0.${third + (i >> 8)}.${i & 255}` }));
  const few = [{ addresses: list(600, 0), notReadyAddresses: list(400, 10) }];
  assert.equal(withinCapacity(few), { subsets: few, truncated: false });
  const { subsets, truncated } = withinCapacity([
    { addresses: list(600, 0), notReadyAddresses: list(300, 10), ports: [{ port: 1, protocol: 'TCP' }] },
    { addresses: list(350, 20), ports: [{ port: 2, protocol: 'TCP' }] },
    { notReadyAddresses: list(5, 30), ports: [{ port: 3, protocol: 'TCP' }] },
  ]);
  assert.is(truncated, true);
  assert.equal(
    subsets.map((one) => [one.addresses?.length, one.notReadyAddresses?.length]),
    [
      [600, 50],
      [350, undefined],
    ],
  );
});

test.run();
