/** What of a Service is proxied. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { proxyProfile } from '../../../controllers/kube-proxy/profile.ts';
import { servicePortsOf } from '../../../controllers/kube-proxy/service-port.ts';
import type { Service } from '../../../controllers/object/service.ts';
import { service } from './iptables/sample.ts';

const test = suite('kube-proxy/service-port');

const READING = { ...proxyProfile(34), family: 4 } as const;

function labelled(one: Service, labels: Record<string, string>): Service {
  return { ...one, metadata: { ...one.metadata, labels } };
}

test('servicePortsOf() passes over headless, ExternalName and unallocated services, and those of another proxy', () => {
  const web = service('a/web', '10.96.0.1', { port: 80 });
  const none = [
    service('a/headless', 'None', { port: 80 }),
    service('a/alias', '', { port: 80 }, { type: 'ExternalName', externalName: 'example.org' }),
    service('a/new', '', { port: 80 }),
    labelled(web, { 'service.kubernetes.io/service-proxy-name': 'other' }),
    service('a/six', 'fd00::1', { port: 80 }),
  ];
  assert.is(servicePortsOf(web, READING).length, 1);
  for (const one of none) assert.equal(servicePortsOf(one, READING), [], one.metadata.name);
  assert.is(servicePortsOf(none[4]!, { ...READING, family: 6 })[0]?.clusterIp, 'fd00::1');
});

test('servicePortsOf() reads leading zeros and blanks as plain decimal', () => {
  const spec = {
    type: 'LoadBalancer',
    externalIPs: ['192.168.099.022'],
    loadBalancerSourceRanges: [' 203.0.113.010/025'],
  } as const;
  const [port] = servicePortsOf(service('a/b', '10.96.0.041', { port: 80 }, spec, ['198.51.100.004']), READING);
  assert.is(port?.clusterIp, '10.96.0.41');
  assert.equal(port?.externalIps, ['192.168.99.22']);
  assert.equal(port?.sourceRanges, ['203.0.113.0/25']);
  assert.equal(port?.loadBalancerVips, ['198.51.100.4']);
});

test('servicePortsOf() keeps the addresses of its own family', () => {
  const spec = { externalIPs: ['fd00::9', '192.0.2.9'], clusterIPs: ['fd00::1', '10.96.0.1'] };
  const [port] = servicePortsOf(service('a/b', 'fd00::1', { port: 80 }, spec), READING);
  assert.is(port?.clusterIp, '10.96.0.1');
  assert.equal(port?.externalIps, ['192.0.2.9']);
});

test('servicePortsOf() leaves a balancer address with ipMode Proxy to the balancer, from 1.30 on', () => {
  const base = service('a/b', '10.96.0.1', { port: 80 }, { type: 'LoadBalancer' });
  const one: Service = {
    ...base,
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'Proxy' }, { hostname: 'x' }] } },
  };
  assert.equal(servicePortsOf(one, READING)[0]?.loadBalancerVips, []);
  assert.equal(servicePortsOf(one, { ...proxyProfile(29), family: 4 })[0]?.loadBalancerVips, ['192.0.2.1']);
});

test('servicePortsOf() honours a health check node port only for a balanced service under policy Local', () => {
  const check = (spec: Partial<Service['spec']>): number =>
    servicePortsOf(service('a/b', '10.96.0.1', { port: 80 }, { healthCheckNodePort: 31000, ...spec }), READING)[0]!
      .healthCheckNodePort;
  assert.is(check({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }), 31000);
  assert.is(check({ type: 'LoadBalancer', externalTrafficPolicy: 'Cluster' }), 0);
  assert.is(check({ type: 'NodePort', externalTrafficPolicy: 'Local' }), 0);
});

test.run();
