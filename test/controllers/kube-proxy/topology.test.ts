/**
 * Which endpoints a service port uses on a node.
 * @evidence upstream: Which endpoints a policy uses on a node
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EndpointInfo } from '../../../controllers/kube-proxy/endpoint-info.ts';
import { proxyProfile } from '../../../controllers/kube-proxy/profile.ts';
import type { ServicePortInfo } from '../../../controllers/kube-proxy/service-port.ts';
import { servicePortsOf } from '../../../controllers/kube-proxy/service-port.ts';
import { categorize } from '../../../controllers/kube-proxy/topology.ts';
import type { ServiceSpec } from '../../../controllers/object/service.ts';
import { service } from './iptables/sample.ts';

const test = suite('kube-proxy/topology');

const NODE = { name: 'here', zone: 'east' };

/** `a` is ready, `b-` not ready, `c~` terminates but serves; `@node`, `/zone` (hint), `=node` (hint). */
function endpoints(...words: string[]): EndpointInfo[] {
  return words.map((word) => {
    const hints = (sign: string): string[] =>
      [...word.matchAll(new RegExp(`${sign}(\\w+)`, 'g'))].map((match) => match[1]!);
    return {
      ip: '10.0.0.1',
      port: 80,
      text: word[0]!,
      nodeName: hints('@')[0],
      slice: 's',
      ready: word[1] !== '-' && word[1] !== '~',
      serving: word[1] !== '-',
      terminating: word[1] === '~',
      zoneHints: hints('/'),
      nodeHints: hints('='),
    };
  });
}

function port(spec: Partial<ServiceSpec> = {}): ServicePortInfo {
  const one = service('a/b', '10.96.0.1', { port: 80, nodePort: spec.type === 'NodePort' ? 30000 : 0 }, spec);
  return servicePortsOf(one, { ...proxyProfile(34), family: 4 })[0]!;
}

const LOCAL = { type: 'NodePort', externalTrafficPolicy: 'Local' } as const;

function sets(ends: EndpointInfo[], spec: Partial<ServiceSpec> = {}, minor = 34): Record<string, unknown> {
  const { cluster, local, reachable, any } = categorize(ends, port(spec), NODE, proxyProfile(minor).topology);
  const text = (list: readonly EndpointInfo[]): string => list.map((one) => one.text).join('');
  return { cluster: text(cluster), local: text(local), reachable: text(reachable), any };
}

test('categorize() takes ready endpoints, and serving ones that terminate only when none is ready', () => {
  assert.equal(sets(endpoints('a', 'b-', 'c~')), { cluster: 'a', local: '', reachable: 'a', any: true });
  assert.equal(sets(endpoints('b-', 'c~')), { cluster: 'c', local: '', reachable: 'c', any: true });
  assert.equal(sets(endpoints('b-', 'c~'), {}, 25), { cluster: '', local: '', reachable: '', any: false });
});

test('categorize() falls back for the local set by itself: ready ones elsewhere do not count', () => {
  assert.equal(sets(endpoints('a@there', 'c~@here'), LOCAL), { cluster: 'a', local: 'c', reachable: 'ac', any: true });
});

test('categorize() knows of endpoints elsewhere, which makes the difference of DROP and REJECT', () => {
  const internal = { internalTrafficPolicy: 'Local' } as const;
  assert.equal(sets(endpoints('a@there'), internal), { cluster: '', local: '', reachable: '', any: true });
  assert.equal(sets(endpoints('c~@there'), internal), { cluster: '', local: '', reachable: '', any: true });
  assert.equal(sets(endpoints('b-@there'), internal), { cluster: '', local: '', reachable: '', any: false });
});

test('categorize() follows zone hints when every ready endpoint has one and one names the zone', () => {
  assert.is(sets(endpoints('a/east', 'b/west', 'c/east'))['cluster'], 'ac');
  assert.is(sets(endpoints('a/east', 'b/west', 'c'))['cluster'], 'abc');
  assert.is(sets(endpoints('a/west', 'b/west'))['cluster'], 'ab');
  assert.is(sets(endpoints('a/east', 'b-', 'c/west'))['cluster'], 'a');
});

test('categorize() prefers node hints to zone hints, from 1.34 on', () => {
  assert.is(sets(endpoints('a/east=here', 'b/east=there'))['cluster'], 'a');
  assert.is(sets(endpoints('a/east=here', 'b/east=there'), {}, 33)['cluster'], 'ab');
});

test('categorize() up to 1.32 follows hints only where the Service asks for them', () => {
  const ends = endpoints('a/east', 'b/west');
  assert.is(sets(ends, {}, 32)['cluster'], 'ab');
  assert.is(sets(ends, { trafficDistribution: 'PreferClose' }, 32)['cluster'], 'a');
  assert.is(sets(ends, { trafficDistribution: 'PreferClose' }, 16)['cluster'], 'ab');
});

test('categorize() never applies topology to the local set', () => {
  assert.is(sets(endpoints('a@here/west', 'b@there/east'), LOCAL)['local'], 'a');
});

test.run();
