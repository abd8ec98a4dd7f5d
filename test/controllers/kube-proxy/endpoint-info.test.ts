/** Endpoints out of slices. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mergeSlices } from '../../../controllers/kube-proxy/endpoint-info.ts';
import type { EndpointSlice } from '../../../controllers/object/endpoint-slice.ts';
import { service, slice } from './iptables/sample.ts';

const test = suite('kube-proxy/endpoint-info');

const web = service('a/web', '10.96.0.1', { name: 'http', port: 80 });
const KEY = 'a/web:http:TCP';

function texts(...slices: EndpointSlice[]): string[] {
  return (mergeSlices(slices, 4, 'here').get(KEY) ?? []).map((end) => end.text);
}

test('mergeSlices() puts the endpoints of all slices in the order of their text', () => {
  assert.equal(
    texts(slice(web, 80, ['10.0.0.2', '10.0.0.10']), slice(web, 80, ['10.0.0.1'], 'web-2')),
    ['10.0.0.10:80', '10.0.0.1:80', '10.0.0.2:80'].sort(),
  );
});

test('mergeSlices() lets each slice have its own port number', () => {
  assert.equal(texts(slice(web, 8080, ['10.0.0.1']), slice(web, 9090, ['10.0.0.2'], 'web-2')), [
    '10.0.0.1:8080',
    '10.0.0.2:9090',
  ]);
});

test('mergeSlices() keeps an address that two slices hold once: the copy on this node, else that of the first slice', () => {
  const one = slice(web, 80, ['10.0.0.1@there']);
  const two = slice(web, 80, ['10.0.0.1@here'], 'web-2');
  const three = slice(web, 80, ['10.0.0.1@far'], 'web-0');
  const nodeOf = (...slices: EndpointSlice[]) =>
    mergeSlices(slices, 4, 'here')
      .get(KEY)
      ?.map((end) => end.nodeName);
  assert.equal(nodeOf(one, two), ['here']);
  assert.equal(nodeOf(two, one), ['here']);
  assert.equal(nodeOf(one, three), ['far']);
  assert.equal(nodeOf(slice(web, 80, ['10.0.0.1@there', '10.0.0.1@here'])), ['here']);
});

test('mergeSlices() reads absent conditions as ready and serving', () => {
  const bare = slice(web, 80, [{ addresses: ['10.0.0.1', '10.0.0.2'] }]);
  const [end, ...rest] = mergeSlices([bare], 4, 'here').get(KEY)!;
  assert.equal([end?.ready, end?.serving, end?.terminating], [true, true, false]);
  assert.is(rest.length, 0, 'only the first address of an endpoint counts');
});

test('mergeSlices() passes over slices without a service, of headless services and of the other family', () => {
  const good = slice(web, 80, ['10.0.0.1']);
  const strip = (labels: Record<string, string>): EndpointSlice => ({
    ...good,
    metadata: { ...good.metadata, labels },
  });
  assert.equal(texts(strip({})), []);
  assert.equal(texts(strip({ 'kubernetes.io/service-name': 'web', 'service.kubernetes.io/headless': '' })), []);
  assert.equal(texts({ ...good, addressType: 'IPv6' }), []);
  assert.equal(texts({ ...good, ports: [{ name: 'http', protocol: 'TCP' }] }), []);
});

test.run();
