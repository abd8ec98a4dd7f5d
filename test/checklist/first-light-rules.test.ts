/**
 * The founding document's excerpts of a rule set: under its pins they come out to the letter, and with other names,
 * addresses and ports what the same formulas give, which are written here a second time.
 * @evidence published: Pods, services and node ports as an operator typed them into a cluster of 1.16
 */
import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { read } from '../runs/scenario/sample.ts';
import { besideTests, kubehop, Operator } from './operator.ts';

const test = suite('first light: rules');

/** When three endpoints stand behind the service. */
const THREE_SECONDS = 1325;

const seed = new Operator('seed.yaml').at(THREE_SECONDS);

/** What `kubehop ruleset` prints of the node, at the same instant. */
const printed = await kubehop([
  'ruleset',
  besideTests('seed.yaml'),
  '--node',
  'k8smaster',
  '--at',
  `${THREE_SECONDS}s`,
]);

/** Both ways to see the rules show the same lines. */
function excerpt(pattern: string): string[] {
  const lines = seed.lines(`sudo iptables-save | grep ${pattern}`);
  assert.equal(
    printed.split('\n').filter((line) => new RegExp(pattern).test(line)),
    lines,
  );
  return lines;
}

const JUMP =
  '-A KUBE-SERVICES -d 10.100.200.199/32 -p tcp -m comment --comment "default/deploy1: cluster IP" -m tcp --dport 80 -j KUBE-SVC-HFJG5QJDKA2NKYX2';

test('row 17: iptables-save shows the two rules of the cluster IP', () => {
  assert.equal(excerpt('10.100.200.199'), [
    '-A KUBE-SERVICES ! -s 192.168.0.0/16 -d 10.100.200.199/32 -p tcp -m comment --comment "default/deploy1: cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
    JUMP,
  ]);
});

test('row 18: iptables-save shows the chain that draws one of three endpoints', () => {
  const chain = 'KUBE-SVC-HFJG5QJDKA2NKYX2';
  assert.equal(excerpt(chain), [
    `:${chain} - [0:0]`,
    JUMP,
    `-A ${chain} -m statistic --mode random --probability 0.33332999982 -j KUBE-SEP-IVTV3JKMDAKRFCBH`,
    `-A ${chain} -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-PFJDNPXONEKPWG5A`,
    `-A ${chain} -j KUBE-SEP-SIUA6YONSJ3WPF22`,
  ]);
});

test('row 19: iptables-save shows mark and translation of each endpoint', () => {
  assert.equal(
    excerpt('192.168.16.17'),
    [
      ['IVTV3JKMDAKRFCBH', '192.168.16.171'],
      ['PFJDNPXONEKPWG5A', '192.168.16.172'],
      ['SIUA6YONSJ3WPF22', '192.168.16.173'],
    ].flatMap(([hash, ip]) => [
      `-A KUBE-SEP-${hash} -s ${ip}/32 -j KUBE-MARK-MASQ`,
      `-A KUBE-SEP-${hash} -p tcp -m tcp -j DNAT --to-destination ${ip}:80`,
    ]),
  );
});

/** RFC 4648, by the bits. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}

function hashed(text: string): string {
  return base32(createHash('sha256').update(text).digest()).slice(0, 16);
}

/** A share as kube-proxy writes it, kept by the kernel in 31 bits, and printed from those. */
function probability(one: number, digits: number): string {
  const written = Number((1 / one).toFixed(digits));
  return (Math.round(written * 2 ** 31) / 2 ** 31).toFixed(11);
}

interface Case {
  readonly profile: string;
  readonly digits: number;
  readonly podCIDR: string;
  readonly namespace: string;
  readonly service: string;
  /** '' for an unnamed port. */
  readonly portName: string;
  readonly protocol: 'tcp' | 'udp';
  readonly clusterIp: string;
  readonly port: number;
  readonly targetPort: number;
  /** In the order of their texts. */
  readonly ips: readonly string[];
}

function clusterOf(one: Case): Operator {
  const { profile, podCIDR, namespace, service, portName, protocol, clusterIp, port, targetPort, ips } = one;
  const name = portName === '' ? '' : `name: ${portName}, `;
  // Pinned in another order than theirs.
  const pins = [...ips].reverse().map((ip) => `{ of: ${namespace}/${service}, ip: ${ip} }`);
  return new Operator(
    read(`apiVersion: v1
kind: Namespace
metadata: { name: ${namespace} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${service}, namespace: ${namespace} }
spec:
  replicas: ${ips.length}
  selector: { matchLabels: { app: x } }
  template: { metadata: { labels: { app: x } }, spec: { containers: [{ name: c, image: mirror }] } }
---
apiVersion: v1
kind: Service
metadata: { name: ${service}, namespace: ${namespace} }
spec:
  clusterIP: ${clusterIp}
  selector: { app: x }
  ports: [{ ${name}port: ${port}, targetPort: ${targetPort}, protocol: ${protocol.toUpperCase()} }]
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: other }
spec:
  kubernetes: { profile: "${profile}", podCIDR: ${podCIDR} }
  nodes: [{ name: n1, ip: 10.9.0.5 }]
  pins: { pods: [${pins.join(', ')}] }
`),
  ).at(20);
}

/** The names of chains and shares that the formulas give. */
function formulas({ namespace, service, portName, protocol, targetPort, ips, digits }: Case, colon: boolean) {
  const name = `${namespace}/${service}${portName === '' && !colon ? '' : `:${portName}`}`;
  return {
    name,
    chain: `KUBE-SVC-${hashed(name + protocol)}`,
    endpoints: ips.map((ip, i) => ({
      ip,
      chain: `KUBE-SEP-${hashed(`${name}${protocol}${ip}:${targetPort}`)}`,
      chance:
        i === ips.length - 1 ? '' : ` -m statistic --mode random --probability ${probability(ips.length - i, digits)}`,
    })),
  };
}

const EARLY: readonly Case[] = [
  {
    profile: 'k8s-1.16-calico-3.9',
    digits: 5,
    podCIDR: '10.20.0.0/16',
    namespace: 'shop',
    service: 'cart-api',
    portName: '',
    protocol: 'tcp',
    clusterIp: '10.96.77.8',
    port: 8443,
    targetPort: 9000,
    ips: ['10.20.3.67', '10.20.3.70', '10.20.3.71', '10.20.3.80', '10.20.3.88', '10.20.3.90', '10.20.3.99'],
  },
  {
    profile: 'k8s-1.16-calico-3.9',
    digits: 5,
    podCIDR: '172.30.0.0/16',
    namespace: 'ops',
    service: 'resolver',
    portName: 'dns',
    protocol: 'udp',
    clusterIp: '10.105.1.53',
    port: 53,
    targetPort: 5353,
    ips: ['172.30.0.10', '172.30.0.11', '172.30.0.12', '172.30.0.13'],
  },
];

for (const one of EARLY) {
  const { namespace, service, protocol, clusterIp, port, targetPort, podCIDR } = one;

  test(`rows 17, 18, 19: ${namespace}/${service} comes out as the formulas of 1.16 give it`, () => {
    const { name, chain, endpoints } = formulas(one, true);
    const head = `-d ${clusterIp}/32 -p ${protocol} -m comment --comment "${name} cluster IP" -m ${protocol} --dport ${port}`;
    const at = clusterOf(one);
    assert.equal(at.lines(`iptables-save | grep ${clusterIp}`), [
      `-A KUBE-SERVICES ! -s ${podCIDR} ${head} -j KUBE-MARK-MASQ`,
      `-A KUBE-SERVICES ${head} -j ${chain}`,
    ]);
    assert.equal(at.lines(`iptables-save | grep ${chain}`), [
      `:${chain} - [0:0]`,
      `-A KUBE-SERVICES ${head} -j ${chain}`,
      ...endpoints.map((endpoint) => `-A ${chain}${endpoint.chance} -j ${endpoint.chain}`),
    ]);
    for (const endpoint of endpoints) {
      assert.equal(at.lines(`iptables-save -t nat | grep -e "-A ${endpoint.chain}"`), [
        `-A ${endpoint.chain} -s ${endpoint.ip}/32 -j KUBE-MARK-MASQ`,
        `-A ${endpoint.chain} -p ${protocol} -m ${protocol} -j DNAT --to-destination ${endpoint.ip}:${targetPort}`,
      ]);
    }
  });
}

test('rows 17, 18, 19: today the mark stands in the chain of the service, and an unnamed port has no colon', () => {
  const one: Case = { ...EARLY[0]!, profile: '1.33', digits: 10, ips: EARLY[0]!.ips.slice(0, 3) };
  const { name, chain, endpoints } = formulas(one, false);
  const head = '-d 10.96.77.8/32 -p tcp -m comment --comment "shop/cart-api cluster IP" -m tcp --dport 8443';
  const at = clusterOf(one);
  assert.equal(at.lines(`iptables-save | grep ${chain}`), [
    `:${chain} - [0:0]`,
    `-A KUBE-SERVICES ${head} -j ${chain}`,
    `-A ${chain} ! -s 10.20.0.0/16 ${head} -j KUBE-MARK-MASQ`,
    ...endpoints.map(
      (endpoint) =>
        `-A ${chain} -m comment --comment "${name} -> ${endpoint.ip}:9000"${endpoint.chance} -j ${endpoint.chain}`,
    ),
  ]);
  assert.is(endpoints[0]!.chance.slice(-13), '0.33333333349');
});

test.run();
