/**
 * What a scenario becomes when it is read: every default set, every quantity a number with its unit, every place kept.
 */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LedgerHeader } from '../../../runs/ledger-file/header.ts';
import { parseManifest } from '../../../runs/manifest/document.ts';
import { readSource } from '../../../runs/manifest/source.ts';
import { inputFiles, recordedSources } from '../../../runs/recorded-input.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { scenarioJsonSchema, scenarioSchema } from '../../../runs/scenario/schema/scenario.ts';
import { read, refusal, scenarioText } from './sample.ts';

const test = suite('scenario: reading');

test('readScenario() sets every default', () => {
  const scenario = read(scenarioText(''));
  assert.is(scenario.name, 'test');
  assert.is(scenario.seed, '1');
  assert.is(new Date(scenario.startMs).toISOString(), '2024-01-01T00:00:00.000Z');
  assert.is(scenario.untilNs, undefined);
  const { profile, ...kubernetes } = scenario.kubernetes;
  assert.equal(kubernetes, {
    proxyMode: 'iptables',
    nodePortRange: { first: 30000, last: 32767 },
    clusterDomain: 'cluster.local',
    dns: 'auto',
    natOutgoing: true,
    localDetector: 'ClusterCIDR',
    masqueradeAll: false,
    minSyncPeriodNs: 1e9,
    syncPeriodNs: 30e9,
    cni: 'routed',
    podCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.96.0.0/12'],
  });
  assert.is(profile.name, 'current');
  assert.equal(scenario.links, {
    delayNs: 250_000,
    rateBitsPerSecond: 10e9,
    queuePackets: 1000,
    loss: 0,
    mtuBytes: 1500,
    pairs: [],
  });
  assert.equal(
    scenario.nodes.map(({ name, ips }) => [name, `${ips[0]!.address}/${ips[0]!.prefixLength}`]),
    [
      ['node1', '10.0.0.11/24'],
      ['node2', '10.0.0.12/24'],
      ['node3', '10.0.0.13/24'],
    ],
  );
  assert.equal(
    scenario.objects.map(({ object, where }) => [object.kind, where.line]),
    [
      ['Deployment', 7],
      ['Service', 12],
      ['Pod', 17],
    ],
  );
  assert.equal(scenario.notices, []);
});

test('readScenario() reads quantities into numbers', () => {
  const { links, untilNs, traffic, kubernetes, hosts } = read(
    scenarioText(`
until: 1h30m
links: { delay: 1.5ms, rate: 100Mbit/s, queue: 20, loss: 1%, mtu: 9000 }
kubernetes: { minSyncPeriod: 0, nodePortRange: 32000-32000 }
hosts:
  - { name: edge, ip: 198.51.100.7/28, serves: [{ port: 53, protocol: udp, answers: name }] }
traffic:
  - { from: pod/client, to: "http://web:8080/a?b=c", requests: 5, rate: 90/m, timeout: 2s, size: 4KiB }
  - { from: deployment/web, to: "tcp://192.0.2.1:22" }
`),
  );
  assert.is(untilNs, 5400e9);
  assert.equal(links, {
    delayNs: 1.5e6,
    rateBitsPerSecond: 100e6,
    queuePackets: 20,
    loss: 0.01,
    mtuBytes: 9000,
    pairs: [],
  });
  assert.is(kubernetes.minSyncPeriodNs, 0);
  assert.equal(kubernetes.nodePortRange, { first: 32000, last: 32000 });
  assert.equal(hosts[0]!.ip, { address: '198.51.100.7', family: 4, prefixLength: 28 });
  assert.equal(hosts[0]!.serves, [{ port: 53, protocol: 'UDP', answers: 'name' }]);
  const [first, second] = traffic;
  assert.is(first!.name, 'traffic-1');
  assert.is(first!.ratePerSecond, 1.5);
  assert.is(first!.timeoutNs, 2e9);
  assert.is(first!.sizeBytes, 4096);
  assert.is(first!.where.line, 11);
  assert.equal(first!.to, {
    text: 'http://web:8080/a?b=c',
    scheme: 'http',
    destination: { type: 'name', name: 'web' },
    port: 8080,
    path: '/a?b=c',
  });
  assert.equal(second!.from, { type: 'deployment', namespace: 'default', name: 'web' });
  assert.equal(second!.to.destination, { type: 'address', address: '192.0.2.1' });
});

test('readScenario() reads a timeline of every kind', () => {
  const { timeline, objects, referenced } = read(
    scenarioText(`
timeline:
  - { at: 1s, name: up, kubectl: scale deployment/web --replicas=5 }
  - { at: 2s, apply: canary.yaml }
  - { at: 3s, objects: [service/web] }
  - { at: 4s, fault: { node: node2, state: down } }
  - { at: 5s, fault: { link: [node1, node2], loss: 0.1 } }
  - { at: 6s, fault: { drop: { from: node/node1, to: pod/client, flags: SYN+ACK } } }
  - { at: 7s, fault: { component: kube-proxy@node1, state: stopped } }
  - { at: 8s, fault: { pod: web-5d9-x, state: crash } }
  - { at: 9s, on: node/node1, run: iptables -t nat -F KUBE-SVC-X }
`),
    { 'canary.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: canary }\n---\napiVersion: v1\nkind: LimitRange\n' },
  );
  assert.equal(
    timeline.map(({ atNs }) => atNs / 1e9),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.is(timeline[0]!.kubectl, 'scale deployment/web --replicas=5');
  assert.equal(
    timeline[1]!.applied.map(({ object, where }) => [object.kind, where.file, where.line]),
    [['Pod', 'canary.yaml', 1]],
  );
  assert.equal(
    timeline[2]!.applied.map(({ object }) => object.kind),
    ['Service'],
  );
  assert.equal(
    objects.map(({ object }) => object.kind),
    ['Deployment', 'Pod'],
  );
  assert.equal(timeline[3]!.fault, { type: 'node', node: 'node2', state: 'down' });
  assert.equal(timeline[4]!.fault, {
    type: 'link',
    between: ['node1', 'node2'],
    state: undefined,
    loss: 0.1,
    delayNs: undefined,
  });
  assert.equal(timeline[5]!.fault, {
    type: 'drop',
    from: 'node/node1',
    to: 'pod/client',
    flags: ['SYN', 'ACK'],
    count: 1,
  });
  assert.equal(timeline[6]!.fault, { type: 'component', component: 'kube-proxy', node: 'node1', state: 'stopped' });
  assert.equal(timeline[7]!.fault, { type: 'pod', namespace: 'default', pod: 'web-5d9-x', state: 'crash' });
  assert.equal(timeline[8]!.on, { type: 'node', namespace: 'default', name: 'node1' });
  assert.equal(
    referenced.map(({ name }) => name),
    ['canary.yaml'],
  );
});

test('readScenario() knows the names that a timeline creates', () => {
  const text = scenarioText(`
timeline:
  - { at: 1s, kubectl: create deployment shop --image=nginx }
  - { at: 2s, kubectl: expose deployment shop --port=80 --name=front }
  - { at: 3s, apply: late.yaml }
traffic:
  - { from: deployment/shop, to: "http://front" }
  - { from: pod/late, to: "http://web.default.svc.cluster.local" }
  - { from: pod/client, to: "http://www.example.com" }
`);
  const late = 'apiVersion: v1\nkind: Pod\nmetadata: { name: late }\n';
  assert.is(refusal(text, { 'late.yaml': late }), 'accepted');
});

test('readScenario() lets traffic to a name that is not there be wanted', () => {
  const text = scenarioText(`
traffic:
  - { name: lost, from: pod/client, to: "http://nowhere" }
expect:
  - { traffic: lost, outcome: unresolved }
`);
  assert.is(refusal(text), 'accepted');
});

test('readScenario() resolves profiles', () => {
  const { kubernetes: seed } = read(scenarioText('kubernetes: { profile: k8s-1.16-calico-3.9 }'));
  assert.is(seed.profile.kubernetesVersion, '1.16.1');
  assert.is(seed.profile.layout, '1.16');
  assert.is(seed.profile.probabilityDigits, 5);
  assert.is(seed.profile.podIpam, 'calico');
  assert.is(seed.profile.nodePodPrefixLength, 26);
  assert.equal(seed.podCIDRs, ['192.168.0.0/16']);
  const [node, ...others] = read(scenarioText('kubernetes: { profile: k8s-1.16-calico-3.9 }')).nodes;
  assert.is(node!.name, 'k8smaster');
  assert.equal(node!.ips, [{ address: '10.0.2.15', family: 4, prefixLength: 24 }]);
  assert.is(others.length, 0);
  const { kubernetes: mixed } = read(
    scenarioText('kubernetes: { profile: k8s-1.16-calico-3.9, version: "1.33", cni: bridge }'),
  );
  assert.is(mixed.profile.layout, 'current');
  assert.is(mixed.cni, 'bridge');
  // Calico's blocks go with Calico: on a bridge the node's own part is what pods get.
  assert.is(mixed.profile.podIpam, 'host-local');
  assert.is(mixed.profile.nodePodPrefixLength, 24);
  assert.is(read(scenarioText('kubernetes: { version: "1.28" }')).kubernetes.profile.kubernetesVersion, '1.28.0');
  assert.is(read(scenarioText('kubernetes: { profile: "1.16" }')).kubernetes.profile.layout, '1.16');
  const minikube = read(scenarioText('kubernetes: { profile: minikube-2021-none }'));
  assert.is(minikube.kubernetes.cni, 'bridge');
  assert.is(minikube.notices.length, 1);
});

test('readScenario() makes the settings of the command line, later ones over earlier', () => {
  const text = scenarioText(
    'seed: 5\nnodes: [{ name: a }, { name: b }]\ntraffic: [{ from: node/a, to: "http://web" }]',
  );
  const { seed, nodes, traffic, kubernetes } = read(text, {}, [
    'seed=7',
    'spec.nodes[1].ip=10.0.0.99/25',
    'traffic[0].requests=3',
    'traffic[0].requests=4',
    'kubernetes.cni=overlay',
  ]);
  assert.is(seed, '7');
  assert.is(nodes[1]!.ips[0]!.prefixLength, 25);
  assert.is(traffic[0]!.requests, 4);
  assert.is(kubernetes.cni, 'overlay');
});

test('readScenario() passes over what does not concern the network, with one notice each', () => {
  const others = ['ServiceAccount', 'PersistentVolume', 'ServiceAccount', 'LimitRange']
    .map((kind) => `---\napiVersion: v1\nkind: ${kind}\n`)
    .join('');
  const custom =
    '---\napiVersion: monitoring.example.com/v1\nkind: Ingress\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n';
  const { notices, objects } = read(scenarioText('') + others + custom);
  assert.equal(notices, [
    'Passed over, since they do not concern the network: Ingress, LimitRange, PersistentVolume, ServiceAccount (2)',
    'Without effect, since what they steer is not modelled yet: NetworkPolicy',
  ]);
  assert.is(objects.length, 3);
});

test('readScenario() reads removed API versions as their successors', () => {
  const old = `---
apiVersion: extensions/v1beta1
kind: Deployment
metadata: { name: old }
spec: { template: { metadata: { labels: { app: old } } } }
---
apiVersion: discovery.k8s.io/v1beta1
kind: EndpointSlice
metadata: { name: old }
endpoints: [{ addresses: [10.0.0.1], topology: { kubernetes.io/hostname: node1 } }]
`;
  const [deployment, slice] = read(scenarioText('') + old).objects.slice(3);
  assert.is(deployment!.object.apiVersion, 'apps/v1');
  assert.equal((deployment!.object.spec as { selector: unknown }).selector, { matchLabels: { app: 'old' } });
  assert.is(slice!.object.apiVersion, 'discovery.k8s.io/v1');
  assert.equal(slice!.object.endpoints, [{ addresses: ['10.0.0.1'], nodeName: 'node1' }]);
  assert.match(
    refusal(`${scenarioText('')}---\napiVersion: apps/v9\nkind: Deployment\n`),
    /no matches for kind "Deployment" in version "apps\/v9": wanted is apps\/v1/,
  );
});

test('readScenario() gives 300 nodes addresses in one network', () => {
  const { nodes } = read(scenarioText('nodes: 300\nkubernetes: { podCIDR: 10.128.0.0/9, serviceCIDR: 10.96.0.0/12 }'));
  assert.is(nodes.length, 300);
  assert.is(new Set(nodes.map(({ ips }) => ips[0]!.address)).size, 300);
  assert.equal(nodes.at(-1)!.ips, [{ address: '10.0.1.54', family: 4, prefixLength: 16 }]);
});

test('recordedSources() reads a scenario back out of a header as inputFiles() put it in', () => {
  const text = scenarioText('timeline:\n  - { at: 2s, apply: sub/late.yaml }\nrules: { node1: ../node1.rules }');
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: late }\n';
  const disk: Record<string, string> = { 'x/y/sub/late.yaml': pod, 'x/node1.rules': '*nat\nCOMMIT\n' };
  const sources = [
    { name: 'x/y/s.yaml', text },
    { name: 'x/more.yaml', text: pod },
  ];
  const names: string[] = [];
  const scenario = readScenario(sources, {
    open: (name) => {
      const path = name.startsWith('..') ? 'x/node1.rules' : `x/y/${name}`;
      names.push(name);
      return { name: path, text: disk[path]! };
    },
  });
  assert.equal(names, ['sub/late.yaml', '../node1.rules']);
  const files = inputFiles(sources, scenario);
  assert.equal(
    files.map(({ name, role }) => [name, role]),
    [
      ['s.yaml', 'argument'],
      ['../more.yaml', 'argument'],
      ['sub/late.yaml', 'referenced'],
      ['../node1.rules', 'referenced'],
    ],
  );
  const recorded = recordedSources({ files } as unknown as LedgerHeader);
  const again = readScenario(recorded.sources, { open: recorded.open });
  assert.is(again.timeline[0]!.applied.length, 1);
  assert.is(again.rules[0]!.source.text, '*nat\nCOMMIT\n');
  assert.is(again.objects.length, scenario.objects.length);
});

test('scenarioJsonSchema() names every key with its type, and no other is allowed', () => {
  type Node = { properties: Record<string, Node>; additionalProperties?: boolean; anyOf?: Node[]; items?: Node };
  const schema = scenarioJsonSchema() as unknown as Node;
  const { spec } = schema.properties as { spec: Node };
  assert.is(spec.additionalProperties, false);
  assert.ok(['seed', 'nodes', 'hosts', 'traffic', 'timeline', 'expect'].every((key) => key in spec.properties));
  assert.ok('podCIDR' in spec.properties.nodes!.anyOf![1]!.items!.properties);
  assert.is(JSON.stringify(schema), JSON.stringify(scenarioJsonSchema()));
});

test('scenarioSchema takes everything that a scenario may say', () => {
  const path = fileURLToPath(new URL('./everything.yaml', import.meta.url));
  const [document] = parseManifest(readSource(path));
  const { success, data, error } = scenarioSchema.safeParse(document!.value);
  assert.ok(success, error?.message);
  assert.equal(data!.spec.expect[2]!.answered, { operator: '>=', value: 0.99 });
  assert.equal(data!.spec.expect[2]!.latency!.p99, { operator: '<', value: 50e6 });
  assert.equal(data!.spec.expect[2]!.within, { of: 'x', timeNs: 5e9 });
  assert.equal(data!.spec.pins.objects['pod/kube-system/kube-apiserver-k8smaster']!.created, { atNs: -277_200e9 });
  assert.is(data!.spec.hosts[2]!.healthCheck!.intervalNs, 2e9);
});

test('readScenario() reads a JSON dump of 20,000 objects without looking for their places', () => {
  const items = Array.from({ length: 20_000 }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${i}`, labels: { app: 'a', 'pod-template-hash': 'b' } },
    spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] }] },
  }));
  const dump = { name: 'dump.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) };
  const sources = [{ name: 's.yaml', text: scenarioText('') }, dump];
  const { objects } = readScenario(sources, { open: () => dump });
  assert.is(objects.length, 20_003);
  assert.is(objects.at(-1)!.object.kind, 'Pod');
});

test('readScenario() takes a setting as text where only text may stand', () => {
  const { kubernetes, seed } = read(scenarioText(''), {}, ['kubernetes.profile=1.30', 'seed=7']);
  assert.is(kubernetes.profile.minor, 30);
  assert.is(seed, '7');
});

test('readScenario() lets a run that is cut short from outside stop before later entries, and says so', () => {
  const spec = `until: 60s
timeline:
  - { at: 5s, kubectl: scale deployment/web --replicas=1 }
  - { at: 30s, name: growth, kubectl: scale deployment/web --replicas=3 }
traffic:
  - { name: early, from: pod/client, to: "http://web" }
  - { name: late, at: 20s, from: pod/client, to: "http://web" }
expect:
  - { traffic: early, answered: 1.0 }
  - { traffic: late, answered: 1.0 }
  - { traffic: early, answered: 1.0, within: { of: growth, time: 1s } }
  - { object: service/web, at: 50s, path: .spec.type, equals: ClusterIP }
  - { object: service/web, path: .spec.type, equals: ClusterIP }`;
  const { untilNs, expect, notices } = read(scenarioText(spec), {}, ['spec.until=10s']);
  assert.is(untilNs, 10e9);
  assert.equal(
    expect.map(({ traffic, object }) => traffic ?? object),
    ['early', 'service/web'],
  );
  assert.equal(notices, [
    'The run ends at 10s; what begins later is left out: timeline[1], traffic[1], expect[1], expect[2], expect[3]',
  ]);
  assert.equal(read(scenarioText(spec), {}, ['spec.until=60s']).notices, []);
});

test('readScenario() says once which Services wait for a cloud that is not there', () => {
  const balancer = (name: string) =>
    `---\napiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { type: LoadBalancer, ports: [{ port: 80 }] }\n`;
  assert.equal(read(scenarioText('') + balancer('a') + balancer('b')).notices, [
    'No cloud gives Services of type LoadBalancer an address, so their EXTERNAL-IP stays <pending>: default/a, default/b',
  ]);
});

test('a key that stands twice in a manifest is told, and the last one counts', () => {
  const pod =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: a, name: b }\nspec: { containers: [{ name: a, image: nginx }] }\n';
  const { objects, notices } = read(`${pod}---\n${scenarioText('nodes: 1')}`);
  assert.is((objects[0]!.object.metadata as { name: string }).name, 'b');
  assert.equal(notices, ['s.yaml:3:22: the key "name" stands twice in this map; the last one counts, as for kubectl']);
});

test.run();
