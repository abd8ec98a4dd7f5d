/** What sets the rules of one node apart from another's. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeDifference, nodeSensitivity } from '../../../controllers/kube-proxy/node-difference.ts';
import { proxyProfile } from '../../../controllers/kube-proxy/profile.ts';
import { DEFAULT_PROXY_CONFIG } from '../../../controllers/kube-proxy/proxier.ts';
import type { EndpointSlice } from '../../../controllers/object/endpoint-slice.ts';
import type { Service } from '../../../controllers/object/service.ts';
import { service, slice } from './iptables/sample.ts';

const test = suite('kube-proxy/node-difference');

const CONFIG = { ...DEFAULT_PROXY_CONFIG, profile: proxyProfile(34) };
const node = (name: string, zone = 'z') => ({
  name,
  ips: [],
  labels: { 'topology.kubernetes.io/zone': zone },
  localAddresses: [],
});

/** Whether two nodes get the same rules. */
function areAlike(services: readonly Service[], slices: readonly EndpointSlice[], zone = 'z'): boolean {
  const sensitivity = nodeSensitivity(services, slices, CONFIG);
  return nodeDifference(sensitivity, node('n1')) === nodeDifference(sensitivity, node('n2', zone));
}

function web(spec: Partial<Service['spec']> = {}): Service {
  const plain = service('a/web', '10.96.0.1', { port: 80 });
  return { ...plain, spec: { ...plain.spec, ...spec } };
}

function on(nodeName: string, more: Partial<EndpointSlice['endpoints'][number]> = {}): EndpointSlice {
  const plain = slice(web(), 80, ['10.0.0.1']);
  return { ...plain, endpoints: plain.endpoints.map((endpoint) => ({ ...endpoint, nodeName, ...more })) };
}

test('nodeDifference() finds none under the Cluster policy', () => {
  assert.ok(areAlike([web()], [on('n1')], 'y'));
});

test('nodeDifference() counts endpoints of a Local policy that are on the node', () => {
  assert.not.ok(areAlike([web({ internalTrafficPolicy: 'Local' })], [on('n1')]));
  assert.ok(areAlike([web({ internalTrafficPolicy: 'Local' })], [on('n3')]));
});

test('nodeDifference() counts the zone where an endpoint hints at zones', () => {
  const hinted = on('n3', { hints: { forZones: [{ name: 'z' }] } });
  assert.not.ok(areAlike([web()], [hinted], 'y'));
  assert.ok(areAlike([web()], [hinted], 'z'));
});

test('nodeDifference() counts the name where an endpoint stands in two slices', () => {
  const twin = on('n2');
  assert.not.ok(areAlike([web()], [on('n1'), { ...twin, metadata: { ...twin.metadata, name: 'web-2' } }]));
});

test.run();
