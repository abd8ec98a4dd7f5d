/** The cluster's DNS server over a handful of objects. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clusterAnswer } from '../../../controllers/service-dns/cluster-answer.ts';
import { DnsRecords } from '../../../controllers/service-dns/dns-records.ts';
import { clusterSettings, type ServerSettings } from '../../../controllers/service-dns/server-settings.ts';
import { zoneTransfer } from '../../../controllers/service-dns/zone-transfer.ts';
import { type Message, query, RCODE_NAMES, reply } from '../../../net/dns/message.ts';
import { formatRecord, RecordType, typeNamed } from '../../../net/dns/record.ts';
import { viewOfObjects } from '../../../runs/conformance/dns-cluster.ts';

const test = suite('controllers/service-dns/cluster-answer');

const service = (name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name },
  spec,
});
const slice = (
  name: string,
  endpoints: object[],
  ports: object[] = [{ name: 'http', port: 8080, protocol: 'TCP' }],
) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace: 'shop', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  endpoints,
  ports,
});
const port = [{ name: 'http', port: 80, protocol: 'TCP' }];

const view = viewOfObjects([
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  service('web', { clusterIP: '10.96.1.1', ports: port }),
  service('db', { clusterIP: 'None', ports: port }),
  slice('db', [
    { addresses: ['10.244.1.5'], hostname: 'db-0' },
    { addresses: ['10.244.2.5'] },
    { addresses: ['10.244.3.5'], conditions: { ready: false } },
  ]),
  service('idle', { clusterIP: 'None', ports: port }),
  service('alias', { type: 'ExternalName', externalName: 'www.example.com' }),
  service('inner', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local' }),
  service('loop', { type: 'ExternalName', externalName: 'loop.shop.svc.cluster.local' }),
]);
const records = new DnsRecords(view);

const outside = (asked: Message): Message =>
  asked.question.name === 'www.example.com.' && asked.question.type === RecordType.A
    ? reply(asked, { answer: [{ name: 'www.example.com.', type: RecordType.A, ttl: 300, data: '192.0.2.80' }] })
    : reply(asked, { rcode: 3 });

function ask(type: string, name: string, more: Partial<ServerSettings> = {}): string[] {
  const asked = query({ name, type: typeNamed(type)! });
  const told = clusterAnswer(records, { ...clusterSettings('cluster.local'), ...more }, asked, (question) =>
    outside(query(question)),
  );
  const lines = [...told.answer, ...told.additional].map(formatRecord);
  return lines.length > 0 ? lines : [RCODE_NAMES[told.rcode]!];
}
const svc = (rest: string): string => `${rest}.shop.svc.cluster.local.`;

test('clusterAnswer() of a Service is its address; the other family has no data, another name does not exist', () => {
  assert.equal(ask('A', svc('web')), ['web.shop.svc.cluster.local. 30 IN A 10.96.1.1']);
  assert.equal(ask('AAAA', svc('web')), ['NOERROR']);
  assert.equal(ask('AAAA', svc('wep')), ['NXDOMAIN']);
  assert.equal(ask('A', 'web.other.svc.cluster.local.'), ['NXDOMAIN']);
});

test('clusterAnswer() of a headless Service is its ready endpoints; without one the name does not exist', () => {
  assert.equal(
    ask('A', svc('db')),
    ['10.244.1.5', '10.244.2.5'].map((ip) => `${svc('db')} 30 IN A ${ip}`),
  );
  assert.equal(ask('A', svc('db-0.db')), [`${svc('db-0.db')} 30 IN A 10.244.1.5`]);
  assert.equal(ask('A', svc('10-244-2-5.db')), [`${svc('10-244-2-5.db')} 30 IN A 10.244.2.5`]);
  assert.equal(ask('A', svc('10-244-3-5.db')), ['NXDOMAIN']);
  assert.equal(ask('A', svc('idle')), ['NXDOMAIN']);
});

test('clusterAnswer() shares a weight of 100 among SRV records and adds their addresses', () => {
  assert.equal(ask('SRV', svc('_http._tcp.db')), [
    `${svc('_http._tcp.db')} 30 IN SRV 0 50 8080 ${svc('db-0.db')}`,
    `${svc('_http._tcp.db')} 30 IN SRV 0 50 8080 ${svc('10-244-2-5.db')}`,
    `${svc('db-0.db')} 30 IN A 10.244.1.5`,
    `${svc('10-244-2-5.db')} 30 IN A 10.244.2.5`,
  ]);
  assert.equal(ask('SRV', svc('_http._udp.db')), ['NXDOMAIN']);
});

test('clusterAnswer() follows an ExternalName outside and inside, and not in a circle', () => {
  assert.equal(ask('A', svc('alias')), [
    `${svc('alias')} 30 IN CNAME www.example.com.`,
    'www.example.com. 300 IN A 192.0.2.80',
  ]);
  assert.equal(ask('AAAA', svc('alias')), [`${svc('alias')} 30 IN CNAME www.example.com.`]);
  assert.equal(ask('A', svc('inner')), [
    `${svc('inner')} 30 IN CNAME ${svc('web')}`,
    `${svc('web')} 30 IN A 10.96.1.1`,
  ]);
  assert.equal(ask('A', svc('loop')), ['NOERROR']);
  assert.equal(ask('SRV', svc('alias')), ['NOERROR']);
});

test('clusterAnswer() leads from a cluster IP to its Service, from an endpoint to its name, else outside', () => {
  assert.equal(ask('PTR', '1.1.96.10.in-addr.arpa.'), [`1.1.96.10.in-addr.arpa. 30 IN PTR ${svc('web')}`]);
  assert.equal(ask('PTR', '5.1.244.10.in-addr.arpa.'), [`5.1.244.10.in-addr.arpa. 30 IN PTR ${svc('db-0.db')}`]);
  assert.equal(ask('PTR', '9.9.9.9.in-addr.arpa.'), ['NXDOMAIN']);
});

test('clusterAnswer() of a pod record is the address in its name, if it is one and the namespace exists', () => {
  assert.equal(ask('A', '10-9-8-7.shop.pod.cluster.local.'), ['10-9-8-7.shop.pod.cluster.local. 30 IN A 10.9.8.7']);
  assert.equal(ask('A', '10-9-8-700.shop.pod.cluster.local.'), ['NXDOMAIN']);
  assert.equal(ask('A', '10-9-8-7.none.pod.cluster.local.'), ['NXDOMAIN']);
});

test('clusterAnswer() tells the version of the scheme, and denies nothing before it has seen all', () => {
  assert.equal(ask('TXT', 'dns-version.cluster.local.'), ['dns-version.cluster.local. 28800 IN TXT "1.1.0"']);
  assert.equal(ask('A', svc('none'), { isSynced: false }), ['SERVFAIL']);
  assert.equal(ask('A', svc('web'), { isSynced: false }), [`${svc('web')} 30 IN A 10.96.1.1`]);
});

test('zoneTransfer() hands over every record of the zone between two SOA', () => {
  const all = zoneTransfer(records, clusterSettings('cluster.local'), 'cluster.local.').map(formatRecord);
  assert.is(all[0], all.at(-1));
  assert.ok(all.includes(`${svc('web')} 30 IN A 10.96.1.1`));
  assert.ok(all.includes(`${svc('_http._tcp.web')} 30 IN SRV 0 100 80 ${svc('web')}`));
  assert.ok(all.includes(`${svc('_http._tcp.db')} 30 IN SRV 0 50 8080 ${svc('db-0.db')}`));
  assert.ok(all.includes(`${svc('alias')} 30 IN CNAME www.example.com.`));
  assert.not.ok(all.some((line) => line.startsWith(svc('idle'))));
});

test.run();
