/** How endpoints are laid out over slices. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { layOut, SLICE_CAPACITY, type SliceChanges } from '../../../controllers/endpoint-slice/slice-set.ts';
import type { Endpoint, EndpointSlice } from '../../../controllers/object/endpoint-slice.ts';
import { apply, deployment, service, smallRun, until } from '../small-cluster.ts';

const test = suite('endpoint-slice/slice-set');

const endpoint = (n: number, ready = true): Endpoint => ({
  addresses: [`10.0.${n >> 8}.${n & 255}`],
  conditions: { ready },
  targetRef: { uid: `${n}` },
});

function slice(name: string, endpoints: readonly Endpoint[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name },
    addressType: 'IPv4',
    endpoints,
    ports: [],
  };
}

const range = (from: number, to: number): Endpoint[] => Array.from({ length: to - from }, (_, i) => endpoint(from + i));
const group = (endpoints: readonly Endpoint[]) => ({ addressType: 'IPv4', ports: [], endpoints }) as const;

/** The slices after the changes. */
function changed(slices: readonly EndpointSlice[], { create, update, remove }: SliceChanges): readonly Endpoint[][] {
  return [
    ...slices
      .filter((one) => !remove.includes(one))
      .map((one) => [...(update.find(({ from }) => from === one)?.endpoints ?? one.endpoints)]),
    ...create.map(({ endpoints }) => [...endpoints]),
  ];
}

test('layOut() fills new slices to the limit', () => {
  const { create, update, remove } = layOut(group(range(0, 250)), []);
  assert.equal(
    create.map(({ endpoints }) => endpoints.length),
    [100, 100, 50],
  );
  assert.is(update.length + remove.length, 0);
});

test('layOut() changes an endpoint where it is, and leaves the other slices alone', () => {
  const slices = [slice('a', range(0, 100)), slice('b', range(100, 150))];
  const wanted = range(0, 150).map((one, i) => (i === 120 ? endpoint(120, false) : one));
  const { create, update, remove } = layOut(group(wanted), slices);
  assert.is(create.length + remove.length, 0);
  assert.equal(
    update.map(({ from }) => from.metadata.name),
    ['b'],
  );
});

test('layOut() puts additions into a slice with room, and removes emptied ones', () => {
  const slices = [slice('a', range(0, 100)), slice('b', range(100, 150))];
  assert.equal(
    layOut(group(range(0, 160)), slices).update.map(({ from }) => from.metadata.name),
    ['b'],
  );
  assert.equal(
    layOut(group(range(0, 100)), slices).remove.map(({ metadata }) => metadata.name),
    ['b'],
  );
});

test('layOut() ends with each wanted endpoint once, in slices within the limit', () => {
  const sizes = fc.array(fc.nat(SLICE_CAPACITY), { maxLength: 5 });
  fc.assert(
    fc.property(sizes, fc.uniqueArray(fc.nat(400), { maxLength: 350 }), (before, numbers) => {
      let next = 0;
      const slices = before.map((size, i) => {
        next += size;
        return slice(`s${i}`, range(next - size, next));
      });
      const wanted = numbers.map((n) => endpoint(n));
      const after = changed(slices, layOut(group(wanted), slices));
      for (const one of after) assert.ok(one.length <= SLICE_CAPACITY);
      const names = (list: readonly Endpoint[]) => list.map(({ addresses }) => addresses[0]).sort();
      assert.equal(names(after.flat()), names(wanted));
    }),
    { numRuns: 300, seed: 2 },
  );
});

test('a Service keeps one slice as its pods come and go, with their conditions', () => {
  const run = smallRun();
  const names = new Set<string>();
  run.engine.bus.events.subscribe(() => {
    for (const one of run.world.cluster.store.view().listBy('EndpointSlice', 'service', 'default/web'))
      names.add(one.metadata.name);
  });
  run.engine.bus.schedule(apply(0, service('web'), deployment('web', 3)));
  until(run, 5);
  assert.is(names.size, 1);
  const [one] = run.world.cluster.store.view().listBy('EndpointSlice', 'service', 'default/web');
  assert.match(one!.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.equal(one!.ports, [{ name: '', port: 80, protocol: 'TCP' }]);
  assert.equal(one!.endpoints[0]!.conditions, { ready: true, serving: true, terminating: false });
  assert.is(one!.metadata.labels?.['kubernetes.io/service-name'], 'web');
  assert.is(one!.metadata.ownerReferences?.[0]?.kind, 'Service');
});

test('a Service without pods has one empty slice without ports', () => {
  const run = smallRun();
  run.engine.bus.schedule(apply(0, service('web')));
  until(run, 5);
  const slices = run.world.cluster.store.view().listBy('EndpointSlice', 'service', 'default/web');
  assert.equal(
    slices.map(({ endpoints, ports }) => [endpoints, ports]),
    [[[], undefined]],
  );
});

test('releases before 1.17 keep no slices', () => {
  const run = smallRun({ minor: 16 });
  run.engine.bus.schedule(apply(0, service('web'), deployment('web', 1)));
  until(run, 5);
  assert.is(run.world.cluster.store.view().list('EndpointSlice').length, 0);
  assert.match(run.world.programs.get(1)!.at(-1)!.steps[0]!.input, '-j DNAT --to-destination 10.244.');
});

test.run();
