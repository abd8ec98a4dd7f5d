/**
 * The founding document's discovery by names, row by row of its checklist: what a pod's resolver finds for each kind of
 * service, and what the node's own finds.
 * @evidence published: Names of Services looked up and asked in pods and on the node of a cluster of 1.16
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { read } from '../runs/scenario/sample.ts';
import { Operator } from './operator.ts';

const test = suite('names');

const TITLE = ['<title>Welcome to nginx!</title>'];
const DOCTOR = 'pod/doctor';

/** @param hosts lines of the scenario's spec */
function cluster(lines = ''): Operator {
  return new Operator(
    read(`apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: names }
spec:
  kubernetes: { profile: k8s-1.16-calico-3.9, dns: coredns }
  nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]
${lines}
`),
  ).at(1);
}

const service = (name: string, ip: string, app = 'deploy1'): string => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  ${ip}
  selector: { app: ${app} }
  ports: [{ name: http, protocol: TCP, port: 80, targetPort: 80 }]
`;

const FILES = {
  'headless.yaml': service('my-headless-service', 'clusterIP: None'),
  'normal.yaml': service('my-non-headless-service', ''),
  'empty.yaml': service('nobody', 'clusterIP: None', 'nobody'),
  'on-node.yaml': service('on-node', 'clusterIP: None', 'on-node'),
  'host-pod.yaml': `apiVersion: v1
kind: Pod
metadata: { name: on-node, labels: { app: on-node } }
spec: { hostNetwork: true, containers: [{ name: web, image: curl }] }
`,
  'ext.yaml': `apiVersion: v1
kind: Service
metadata: { name: my-ext-svc }
spec: { type: ExternalName, externalName: www.mozilla.org }
`,
};

/** Three pods behind a headless Service and a normal one, and a pod to look from. */
function doctor(lines = ''): Operator {
  const operator = cluster(`  pins:
    pods:
      - { of: deploy1, ip: 192.168.16.171 }
      - { of: deploy1, ip: 192.168.16.172 }
      - { of: deploy1, ip: 192.168.16.173 }
    services: { my-non-headless-service: [10.97.238.145] }
${lines}`);
  operator.run('k create deployment deploy1 --image=nginx');
  operator.run('k scale deployment deploy1 --replicas=3');
  operator.run('k run doctor --image=nginx');
  operator.run('k apply -f normal.yaml; k apply -f headless.yaml', undefined, FILES);
  return operator.at(20);
}

/** What `nslookup` found, in its order. */
const addresses = (lines: readonly string[]): string[] =>
  lines.slice(3).flatMap((line) => /^Address: (.+)$/.exec(line)?.[1] ?? []);

test('rows 25 and 28: a name finds the service, also when it is made anew under another address', () => {
  const operator = cluster('  pins: { services: { deploy1: [10.100.200.199, 10.96.121.165] } }');
  operator.run(
    'k create deployment deploy1 --image=nginx; k expose deployment deploy1 --port=80; k run doctor --image=nginx',
  );
  assert.equal(operator.at(15).lines('curl --silent deploy1 | grep "<title>"', DOCTOR), TITLE);
  assert.equal(addresses(operator.lines('nslookup deploy1', DOCTOR)), ['10.100.200.199']);
  operator.run('k delete svc deploy1; k expose deployment deploy1 --port=80');
  // The name server's own cache keeps what it answered for 30 s.
  operator.at(50);
  assert.equal(operator.lines('curl --silent --max-time 10 deploy1 | grep "<title>"', DOCTOR), TITLE);
  assert.equal(addresses(operator.lines('nslookup deploy1', DOCTOR)), ['10.96.121.165']);
  // The variable still says the old one.
  assert.equal(operator.lines('echo $DEPLOY1_SERVICE_HOST', DOCTOR), ['10.100.200.199']);
});

test('row 32: a pod that is nginx itself answers at its own loopback address', () => {
  assert.equal(doctor().lines('curl --silent 127.0.0.1 | grep "<title>"', DOCTOR), TITLE);
});

test('row 34: nslookup of a service with a cluster IP', () => {
  assert.is(
    doctor().run('nslookup my-non-headless-service', DOCTOR).stdout,
    `Server:\t\t10.96.0.10
Address:\t10.96.0.10#53

Name:\tmy-non-headless-service.default.svc.cluster.local
Address: 10.97.238.145

`,
  );
});

test('row 35: a headless service has a record for each pod, in an order that changes from answer to answer', () => {
  const operator = doctor();
  const orders = Array.from({ length: 12 }, () => addresses(operator.lines('nslookup my-headless-service', DOCTOR)));
  for (const order of orders) assert.equal([...order].sort(), ['192.168.16.171', '192.168.16.172', '192.168.16.173']);
  assert.ok(new Set(orders.map(String)).size > 1);
});

test('row 36: of a pod on the network of its node the record is the node’s address', () => {
  const operator = doctor();
  operator.run('k apply -f host-pod.yaml; k apply -f on-node.yaml', undefined, FILES);
  assert.equal(addresses(operator.at(40).lines('nslookup on-node', DOCTOR)), ['10.0.2.15']);
});

test('row 37: a headless service that no pod matches has no record', () => {
  const operator = doctor();
  operator.run('k apply -f empty.yaml', undefined, FILES);
  const { stdout, exitCode } = operator.at(40).run('nslookup nobody', DOCTOR);
  assert.is(exitCode, 1);
  assert.match(stdout, "** server can't find nobody: NXDOMAIN\n");
});

test('row 40: both names answer with the page of nginx', () => {
  const operator = doctor();
  for (const name of ['my-non-headless-service', 'my-headless-service'])
    assert.equal(operator.lines(`kubectl exec -it doctor -- curl ${name} | head -n 5`), [
      '<!DOCTYPE html>',
      '<html>',
      '<head>',
      '<title>Welcome to nginx!</title>',
      '<style>',
    ]);
});

test('row 42: the node knows no name of a service, but its address answers there', () => {
  const operator = doctor();
  const { stderr, exitCode } = operator.run('curl my-non-headless-service');
  assert.is(exitCode, 6);
  assert.match(stderr, /curl: \(6\) Could not resolve host: my-non-headless-service\n$/);
  assert.equal(operator.lines('curl --silent 10.97.238.145 | grep "<title>"'), TITLE);
});

test('row 62: a name for the outside leads a pod out of the cluster, asked for by the name of the service', () => {
  const operator = doctor(`  hosts:
    - { name: site, ip: 203.0.113.80, serves: [{ port: 80, answers: page }] }
  dns: [{ name: www.mozilla.org, address: 203.0.113.80 }]
`);
  operator.run('k apply -f ext.yaml', undefined, FILES);
  operator.at(40);
  assert.is(operator.lines('curl --silent my-ext-svc', DOCTOR)[0], '<!DOCTYPE html>');
  // The trap: the site is asked for a host that it does not know.
  assert.match(operator.run('curl --verbose --silent my-ext-svc', DOCTOR).stderr, '> Host: my-ext-svc\r\n');
});

test('row 67: the node’s own resolver knows the outside world', () => {
  const operator = cluster(`  dns:
    - { name: google.fr, address: 198.51.100.131 }
    - { name: github.com, address: 203.0.113.4 }
`).at(20);
  assert.equal(operator.lines('nslookup github.com').slice(-5), [
    '',
    'Non-authoritative answer:',
    'Name:\tgithub.com',
    'Address: 203.0.113.4',
    '',
  ]);
  assert.equal(addresses(operator.lines('nslookup google.fr')), ['198.51.100.131']);
});

test.run();
