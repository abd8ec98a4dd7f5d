/** DNS cases through the model, and copies of them that were falsified. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConformanceResult, runVectorFile } from '../../../runs/conformance/conformance.ts';

const test = suite('runs/conformance/dns');

const SOA = {
  name: 'cluster.local.',
  type: 'SOA',
  ttl: 30,
  data: 'ns.dns.cluster.local. hostmaster.cluster.local. * 7200 1800 86400 30',
};
const record = (name: string, type: string, data: string) => ({ name, type, ttl: 30, data });
const WEB = 'web.default.svc.cluster.local.';

const cases = [
  {
    id: 'small',
    server: {
      zones: ['cluster.local.'],
      pods: 'insecure',
      ttl: 30,
      upstream: [{ name: 'out.example.', type: 'A', ttl: 60, data: '192.0.2.9' }],
    },
    kubelet: {
      clusterDNS: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      nodeResolvConf: { nameservers: ['192.0.2.53'], search: ['lan.example'], options: [] },
    },
    objects: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'default', name: 'web' },
        spec: { clusterIP: '10.96.0.7', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'default', name: 'pods' },
        spec: { clusterIP: 'None', selector: { app: 'a' } },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace: 'default', name: 'p', labels: { app: 'a' } },
        spec: { containers: [{ name: 'c' }] },
        status: {
          phase: 'Running',
          podIP: '10.244.0.4',
          podIPs: [{ ip: '10.244.0.4' }],
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      },
    ],
    queries: [
      { name: WEB, type: 'A', expect: { rcode: 'NOERROR', answer: [record(WEB, 'A', '10.96.0.7')] } },
      { name: WEB, type: 'AAAA', expect: { rcode: 'NOERROR', authority: [SOA] } },
      { name: 'no.default.svc.cluster.local.', type: 'A', expect: { rcode: 'NXDOMAIN', authority: [SOA] } },
      {
        name: 'pods.default.svc.cluster.local.',
        type: 'A',
        expect: { rcode: 'NOERROR', answer: [record('pods.default.svc.cluster.local.', 'A', '10.244.0.4')] },
      },
      {
        name: 'out.example.',
        type: 'A',
        expect: { rcode: 'NOERROR', answer: [{ ...record('out.example.', 'A', '192.0.2.9'), ttl: 60 }] },
      },
    ],
    lookups: [
      {
        libc: 'glibc',
        name: 'web',
        pod: { metadata: { namespace: 'default', name: 'client' }, spec: {} },
        expect: {
          queries: 2,
          wire: [
            { server: '10.96.0.10', name: WEB, type: 'A' },
            { server: '10.96.0.10', name: WEB, type: 'AAAA' },
          ],
          addresses: ['10.96.0.7'],
        },
      },
    ],
  },
];

function run(value: unknown): ConformanceResult {
  const folder = mkdtempSync(join(tmpdir(), 'dns-cases-'));
  try {
    writeFileSync(join(folder, 'dns.json'), JSON.stringify(value));
    return runVectorFile(join(folder, 'dns.json'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('runVectorFile() agrees with what a server and a resolver do', () => {
  assert.equal(run(cases), { passed: 6, failed: 0, failures: [] });
});

test('runVectorFile() fails exactly the items whose record is false', () => {
  const copy = structuredClone(cases);
  copy[0]!.queries[0]!.expect.answer![0]!.data = '10.96.0.8';
  copy[0]!.queries[2]!.expect.rcode = 'NOERROR';
  copy[0]!.lookups[0]!.expect.wire[0]!.name = 'web.';
  const { passed, failed, failures } = run(copy);
  assert.equal([passed, failed], [3, 3]);
  assert.match(failures[1], 'rcode: recorded "NOERROR", model "NXDOMAIN"');
});

test('runVectorFile() refuses a list of another shape in one line', () => {
  assert.throws(
    () => run([{ id: 'x', queries: [{ name: 'a.' }] }]),
    /dns\.json: Not a file of DNS cases: 0\.queries\.0\.type/,
  );
});

test('runVectorFile() passes the vectors that are shared, where they are', () => {
  const folder = process.env['KUBEHOP_SHARED'];
  const file = join(folder ?? '', 'vectors', 'dns.json');
  if (folder === undefined || !existsSync(file)) return;
  assert.equal(runVectorFile(file).failures, []);
});

test.run();
