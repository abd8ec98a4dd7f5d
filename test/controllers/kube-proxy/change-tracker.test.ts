/** What asks for a sync. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  changedServices,
  changeTracker,
  takeChanges,
  trackService,
  trackSlice,
} from '../../../controllers/kube-proxy/change-tracker.ts';
import { proxyProfile } from '../../../controllers/kube-proxy/profile.ts';
import type { Service } from '../../../controllers/object/service.ts';
import { service, slice } from './iptables/sample.ts';

const test = suite('kube-proxy/change-tracker');

const READING = { ...proxyProfile(34), family: 4 } as const;
const web = service('a/web', '10.96.0.1', { port: 80 });
const moved = service('a/web', '10.96.0.1', { port: 81 });

test('trackService() asks for a sync when a port changes, and takes it back when it changes back', () => {
  const tracker = changeTracker();
  assert.ok(trackService(tracker, 'a/web', web, READING));
  takeChanges(tracker);
  assert.ok(trackService(tracker, 'a/web', moved, READING));
  assert.equal([...changedServices(tracker)], ['a/web']);
  assert.not.ok(trackService(tracker, 'a/web', web, READING));
  assert.is(changedServices(tracker).size, 0);
});

test('trackService() does not care for what no rule shows', () => {
  const tracker = changeTracker();
  trackService(tracker, 'a/web', web, READING);
  takeChanges(tracker);
  const noted: Service = { ...web, metadata: { ...web.metadata, annotations: { note: 'x' } } };
  assert.not.ok(trackService(tracker, 'a/web', noted, READING));
  assert.is(tracker.services.get('a/web'), noted);
});

test('trackService() of a service that comes and goes between two syncs asks for none', () => {
  const tracker = changeTracker();
  trackService(tracker, 'a/web', web, READING);
  assert.not.ok(trackService(tracker, 'a/web', undefined, READING));
  assert.is(tracker.services.size, 0);
});

test('trackSlice() names the service that the slice belongs to, or belonged to', () => {
  const tracker = changeTracker();
  assert.ok(trackSlice(tracker, 'a/web-1', slice(web, 80, ['10.0.0.1'])));
  assert.equal([...changedServices(tracker)], ['a/web']);
  takeChanges(tracker);
  assert.ok(trackSlice(tracker, 'a/web-1', undefined));
  assert.equal([...changedServices(tracker)], ['a/web']);
});

test.run();
