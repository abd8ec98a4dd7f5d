/**
 * What is wrong with a scenario is said in one line, at its place, with what is wanted.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Files, refusal, scenarioText } from './sample.ts';

const test = suite('scenario: refusals');

/** A spec with a ^ before the place that must be named, and what must be said of it. */
const CASES: readonly (readonly [name: string, spec: string, reason: string, files?: Files])[] = [
  ['an unknown key', '^kuberntes: {}', 'Unknown key "kuberntes" in spec; did you mean "kubernetes"?'],
  [
    'an unknown key deep inside, before the key that it should have been',
    'traffic:\n  - { ^form: host/a, to: "http://web" }',
    'Unknown key "form" in spec.traffic[0]; did you mean "from"?',
  ],
  [
    'an unknown key in one shape of several',
    'nodes:\n  - { name: a, ^podCidr: 10.1.0.0/24 }',
    'Unknown key "podCidr" in spec.nodes[0]; did you mean "podCIDR"?',
  ],
  ['an unknown key like no other', '^zzzzzz: 1', 'Unknown key "zzzzzz" in spec'],
  ['a key that stands twice', 'until: 60s\n^until: 70s', 'The key "until" stands twice in this map'],
  ['a wrong type', 'nodes: ^many', 'spec.nodes is "many": wanted is a number or a list'],
  [
    'a number for text',
    'kubernetes: { version: ^1.28 }',
    'spec.kubernetes.version is 1.28: wanted is text (in quotes where it looks like a number)',
  ],
  [
    'a service time of no known kind',
    'images: { web: { delay: ^exponential fast } }',
    'spec.images.web.delay is "exponential fast": wanted is a duration such as 250ms, or "exponential 10ms"',
  ],
  [
    'a cache that keeps names for no known time',
    'traffic:\n  - { from: node/node1, to: "http://web", dnsCache: ^always }',
    'spec.traffic[0].dnsCache is "always": wanted is a duration such as 30s, or "ttl"',
  ],
  ['a list for a map', 'links: ^[]', 'spec.links is an empty list: wanted is a map'],
  ['a number without a unit', 'until: ^60', 'spec.until is 60: wanted is a duration such as 250ms or 1h30m'],
  ['a wrong rate', 'links: { rate: ^10Gbps }', 'spec.links.rate is "10Gbps": wanted is a rate such as 10Gbit/s'],
  [
    'a value out of a list',
    'kubernetes: { cni: ^bride }',
    'spec.kubernetes.cni is "bride": wanted is one of routed, overlay, bridge; did you mean "bridge"?',
  ],
  [
    'a missing key',
    'traffic:\n  - ^{ to: "http://web" }',
    'spec.traffic[0].from is missing: wanted is text (in quotes where it looks like a number)',
  ],
  ['too few', 'nodes: ^0', 'spec.nodes is 0: wanted is at least 1'],
  [
    'port 0',
    'hosts:\n  - { name: a, ip: 192.0.2.1, serves: [{ port: ^0 }] }',
    'spec.hosts[0].serves[0].port is 0: wanted is at least 1',
  ],
  [
    'port 0 in a URL',
    'traffic:\n  - { from: node/node1, to: ^"http://web:0/" }',
    'spec.traffic[0].to is "http://web:0/": wanted is a port from 1 to 65535, not 0',
  ],
  [
    'a scheme that is none',
    'traffic:\n  - { from: node/node1, to: ^"ftp://web" }',
    'spec.traffic[0].to is "ftp://web": wanted is a URL that starts with one of http://, https://, tcp://, udp://, sctp://, icmp://, dns://',
  ],
  [
    'a profile that is none',
    'kubernetes: { profile: ^curent }',
    '"curent" is no profile: wanted is a version or one of current, k8s-1.16-calico-3.9, minikube-2021-none; did you mean "current"?',
  ],
  [
    'a version that is not modelled',
    'kubernetes: { version: ^"1.20" }',
    'Kubernetes 1.20 is not modelled yet: 1.16 and 1.28 to 1.34 are',
  ],
  [
    'a node that is not there',
    'traffic:\n  - { from: ^node/node9, to: "http://web" }',
    'There is no node "node9"; did you mean "node1"?',
  ],
  [
    'a host that is a node',
    'traffic:\n  - { from: ^host/node1, to: "http://web" }',
    'There is no host "node1"; there is a node of that name: node/node1',
  ],
  [
    'a pod that is not there',
    'traffic:\n  - { from: ^pod/clint, to: "http://web" }',
    'There is no pod "clint" in namespace default; did you mean "client"?',
  ],
  [
    'a pod in another namespace',
    'traffic:\n  - { from: ^pod/shop/client, to: "http://web" }',
    'There is no pod "client" in namespace shop; there is one in namespace default',
  ],
  [
    'a deployment that is not there',
    'traffic:\n  - { from: ^deployment/wb, to: "http://web" }',
    'There is no deployment "wb" in namespace default; did you mean "web"?',
  ],
  [
    'a service that is not there',
    'traffic:\n  - { from: pod/client, to: ^"http://wen" }',
    'There is no service "wen"; did you mean "web"?',
  ],
  [
    'a service that is not there, by its full name',
    'traffic:\n  - { from: pod/client, to: ^"http://web.shop.svc.cluster.local" }',
    'There is no service "web" in namespace shop; there is one in namespace default',
  ],
  [
    'the fault of a node that is not there',
    'timeline:\n  - { at: 1s, fault: { node: ^nod2, state: down } }',
    'There is no node "nod2"; did you mean "node2"?',
  ],
  [
    'a state that the fault does not have',
    'timeline:\n  - { at: 1s, fault: { node: node2, state: ^crash } }',
    'spec.timeline[0].fault.state is "crash": wanted is one of down, up, partitioned for node',
  ],
  [
    'a component that is none',
    'timeline:\n  - { at: 1s, fault: { component: ^kube-prox, state: stopped } }',
    'There is no component "kube-prox"; did you mean "kube-proxy"?',
  ],
  [
    'a timeline entry that does two things',
    'timeline:\n  - ^{ at: 1s, kubectl: get pods, apply: a.yaml }',
    'spec.timeline[0] is a map: wanted is exactly one of kubectl, apply, objects, fault, run',
  ],
  ['a file that is not there', 'timeline:\n  - { at: 1s, apply: ^canary.yaml }', 'canary.yaml: There is no such file'],
  [
    'a file that is wrong',
    'timeline:\n  - { at: 1s, apply: c.yaml }',
    'c.yaml:2:1: A tab cannot indent YAML: use spaces',
    { 'c.yaml': 'a:\n\tb: 1\n' },
  ],
  [
    'an object that is not there',
    'timeline:\n  - { at: 1s, objects: [^service/wb] }',
    'There is no Service "wb" in namespace default; did you mean "web"?',
  ],
  ['a rule set for nobody', 'rules: { ^box: box.rules }', 'There is no node or host "box"', { 'box.rules': '' }],
  ['sets for nobody', 'ipsets: { ^box: box.ipset }', 'There is no node or host "box"', { 'box.ipset': '' }],
  [
    'an instant after the end',
    'until: 10s\ntraffic:\n  - { at: ^11s, from: pod/client, to: "http://web" }',
    'traffic[0].at is 11s, but the run ends at 10s (until)',
  ],
  [
    'more answers than there are requests',
    'traffic:\n  - { name: a, from: pod/client, to: "http://web", requests: 100 }\nexpect:\n  - { traffic: a, answered: ^150 }',
    'answered counts 150 requests, but traffic "a" makes 100: a share is written from 0 to 1',
  ],
  [
    'a count with a fraction',
    'traffic:\n  - { name: a, from: pod/client, to: "http://web" }\nexpect:\n  - { traffic: a, answered: ^1.5 }',
    'spec.expect[0].answered is 1.5: wanted is a share up to 1 or a whole count such as 1.0, ">= 0.99" or "= 500"',
  ],
  ['an expectation of no traffic', 'expect:\n  - { traffic: ^insde, answered: 1.0 }', 'There is no traffic "insde"'],
  [
    'overlapping networks',
    'kubernetes: { podCIDR: ^10.100.0.0/16 }',
    'podCIDR 10.100.0.0/16 overlaps serviceCIDR 10.96.0.0/12',
  ],
  [
    'overlapping networks, both given',
    'kubernetes:\n  podCIDR: 10.0.0.0/8\n  serviceCIDR: ^10.96.0.0/12',
    'serviceCIDR 10.96.0.0/12 overlaps podCIDR 10.0.0.0/8',
  ],
  [
    'a network that is none',
    'kubernetes: { podCIDR: ^10.244.0.0/33 }',
    'spec.kubernetes.podCIDR is "10.244.0.0/33": wanted is a network such as 10.244.0.0/16',
  ],
  [
    'a node inside podCIDR',
    'nodes:\n  - ^{ name: a, ip: 10.244.9.1 }',
    'The address 10.244.9.1 of node a lies in podCIDR 10.244.0.0/16',
  ],
  [
    'a host inside serviceCIDR',
    'hosts:\n  - ^{ name: a, ip: 10.96.0.10 }',
    'The address 10.96.0.10 of host a lies in serviceCIDR 10.96.0.0/12',
  ],
  [
    'an address given twice',
    'hosts:\n  - { name: a, ip: 192.0.2.1 }\n  - ^{ name: b, ip: 192.0.2.1 }',
    'The address 192.0.2.1 of host b is that of host a too',
  ],
  [
    'an address that a node has by default',
    'hosts:\n  - ^{ name: a, ip: 10.0.0.12 }',
    'The address 10.0.0.12 of host a is that of node node2 too',
  ],
  [
    'the address of the gateway',
    'hosts:\n  - ^{ name: a, ip: 10.0.0.1 }',
    'The address 10.0.0.1 of host a is that of the gateway of the nodes too',
  ],
  [
    'a loopback address',
    'hosts:\n  - ^{ name: a, ip: 127.0.0.1 }',
    'The address 127.0.0.1 of host a is a loopback address',
  ],
  ['a name given twice', 'hosts:\n  - ^{ name: node1, ip: 192.0.2.1 }', 'The name "node1" is that of another node'],
  [
    'a name given to two kinds of traffic',
    'traffic:\n  - { name: a, from: pod/client, to: "http://web" }\n  - ^{ name: a, from: pod/client, to: "http://web" }',
    'The name "a" is that of another traffic',
  ],
  [
    'more nodes than podCIDR has room for',
    'nodes: 5\nkubernetes: { podCIDR: ^10.244.0.0/22 }',
    'podCIDR 10.244.0.0/22 has room for 4 nodes (a /24 each), 5 are wanted',
  ],
  [
    'more nodes than Calico has blocks for',
    'nodes: 5\nkubernetes: { profile: k8s-1.16-calico-3.9, podCIDR: ^10.244.0.0/24 }',
    'podCIDR 10.244.0.0/24 has room for 4 nodes (a /26 each), 5 are wanted',
  ],
  [
    'more services than serviceCIDR has room for',
    'kubernetes: { serviceCIDR: ^10.96.0.0/31 }',
    'serviceCIDR 10.96.0.0/31 has room for 0 services, 2 are wanted',
  ],
];

/** The line that a marked spec must be refused with; without a mark, `reason` is all of it. */
function expected(spec: string, reason: string): { text: string; line: string } {
  const [before, after] = scenarioText(spec).split('^') as [string, string | undefined];
  if (after === undefined) return { text: before, line: reason };
  const lines = before.split('\n');
  return { text: before + after, line: `s.yaml:${lines.length}:${lines.at(-1)!.length + 1}: ${reason}` };
}

for (const [name, spec, reason, files] of CASES) {
  test(`readScenario() refuses ${name}`, () => {
    const { text, line } = expected(spec, reason);
    assert.is(refusal(text, files), line);
  });
}

const NOT_YET: readonly (readonly [spec: string, reason: string])[] = [
  ['kubernetes: { ^proxyMode: ipvs }', 'Proxy mode ipvs is not modelled yet'],
  ['kubernetes: { ^cloud: { pool: 203.0.113.64/28 } }', 'A cloud is not modelled yet'],
  ['kubernetes: { ^podCIDR: "10.244.0.0/16,fd00:10:244::/56" }', 'IPv6 in a scenario is not modelled yet'],
  ['hosts:\n  - { name: a, ip: 192.0.2.1, ^role: load-balancer }', 'A load-balancer is not modelled yet'],
  ['hosts:\n  - { name: a, ip: 192.0.2.1, ^role: nat-router }', 'A nat-router is not modelled yet'],
];

for (const [spec, reason] of NOT_YET) {
  test(`readScenario() says at its place: ${reason}`, () => {
    const { text, line } = expected(spec, reason);
    assert.is(refusal(text), line);
  });
}

test('readScenario() wants exactly one Scenario', () => {
  assert.is(
    refusal('apiVersion: v1\nkind: Service\nmetadata: { name: a }\n'),
    'There is no Scenario (apiVersion: kubehop.dev/v1alpha1) in s.yaml: exactly one is wanted',
  );
  const one = scenarioText('').split('---\n')[0]!;
  assert.is(refusal(`${one}---\n${one}`), 's.yaml:7:1: This is a second Scenario: exactly one is wanted');
});

test('readScenario() knows the kinds and versions of its own group', () => {
  assert.is(
    refusal('apiVersion: kubehop.dev/v1alpha1\nkind: Scenaro\n'),
    's.yaml:2:7: kubehop.dev has no kind "Scenaro"; did you mean "Scenario"?',
  );
  assert.is(
    refusal('apiVersion: kubehop.dev/v1\nkind: Scenario\nmetadata: { name: a }\n'),
    's.yaml:1:13: apiVersion is "kubehop.dev/v1": wanted is "kubehop.dev/v1alpha1"',
  );
});

test('readScenario() names the setting that a wrong value comes from', () => {
  assert.is(
    refusal(scenarioText('nodes: 2'), {}, ['nodes=many']),
    '--set nodes=many: spec.nodes is "many": wanted is a number or a list',
  );
  assert.is(
    refusal(scenarioText(''), {}, ['nods=2']),
    '--set nods=2: Unknown key "nods" in spec; did you mean "nodes"?',
  );
  assert.is(
    refusal(scenarioText(''), {}, ['nodes']),
    '--set nodes: wanted is path=value, such as kubernetes.proxyMode=nftables',
  );
});

test('readScenario() refuses what would lead packets elsewhere, and passes over what has no part in the network', () => {
  const route = 'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: shop }\n';
  assert.is(
    refusal(`${scenarioText('')}---\n${route}`).replace(/:\d+:/, ':N:'),
    's.yaml:N:7: HTTPRoute is not modelled yet',
  );
});

test.run();
