/** What asks for a sync. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { proxyChanges } from '../../../controllers/kube-proxy/change-tracker.ts';
import { proxyProfile } from '../../../controllers/kube-proxy/profile.ts';
import type { KubeObject } from '../../../controllers/object/kind.ts';
import type { Service } from '../../../controllers/object/service.ts';
import { ObjectStore } from '../../../controllers/store.ts';
import { service, slice } from './iptables/sample.ts';

const test = suite('kube-proxy/change-tracker');

const READING = { ...proxyProfile(34), family: 4 } as const;
const web = service('a/web', '10.96.0.1', { port: 80 });
const moved = service('a/web', '10.96.0.1', { port: 81 });
const pods = slice(web, 80, ['10.0.0.1']);

/** What a kube-proxy finds that knew the first `known` of these writes. A deletion is the object in a list. */
function changes(writes: readonly (KubeObject | readonly [KubeObject])[], known: number) {
  const store = new ObjectStore();
  for (const write of writes) {
    const deleted = Array.isArray(write);
    store.write(store.revision + 1, 0, 0, deleted ? write[0] : (write as KubeObject), deleted);
  }
  const { any, services } = proxyChanges(store, known, store.revision, 'EndpointSlice', READING);
  return { any, services: [...services] };
}

test('proxyChanges() asks for a sync when a port changes', () => {
  assert.equal(changes([web, moved], 1), { any: true, services: ['a/web'] });
});

test('proxyChanges() asks for none when it changes back', () => {
  assert.equal(changes([web, moved, web], 1), { any: false, services: [] });
});

test('proxyChanges() does not care for what no rule shows', () => {
  const noted: Service = { ...web, metadata: { ...web.metadata, annotations: { note: 'x' } } };
  assert.equal(changes([web, noted], 1), { any: false, services: [] });
});

test('proxyChanges() of a service that comes and goes between two syncs asks for none', () => {
  assert.equal(changes([pods, web, [web]], 1), { any: false, services: [] });
});

test('proxyChanges() names the service that a slice belongs to, or belonged to', () => {
  assert.equal(changes([web, pods], 1), { any: true, services: ['a/web'] });
  assert.equal(changes([web, pods, [pods]], 2), { any: true, services: ['a/web'] });
});

test('proxyChanges() finds one answer for all that ask about the same span', () => {
  const store = new ObjectStore();
  store.write(1, 0, 0, web, false);
  const first = proxyChanges(store, 0, 1, 'EndpointSlice', READING);
  assert.is(proxyChanges(store, 0, 1, 'EndpointSlice', READING), first);
});

test.run();
