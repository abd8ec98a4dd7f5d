/**
 * The founding document's services, row by row of its checklist: headless ones, names for the outside, endpoints made by
 * hand, balancers that nobody provides, what can't be changed and what comes back.
 * @evidence published: Services of each type as an operator typed them into a cluster of 1.16
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { read } from '../runs/scenario/sample.ts';
import { Operator, plain } from './operator.ts';

const test = suite('services');

const TITLE = ['<title>Welcome to nginx!</title>'];

/** @param more lines of the scenario's spec */
function cluster(more = ''): Operator {
  return new Operator(
    read(`apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: services }
spec:
  start: 2020-05-06T11:27:42Z
  kubernetes: { profile: k8s-1.16-calico-3.9 }
  nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]
${more}
`),
  );
}

const headless = (name: string, ip: string): string => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  ${ip}
  selector: { app: deploy1 }
  ports: [{ name: http, protocol: TCP, port: 80, targetPort: 80 }]
`;

const FILES = {
  'headless.yaml': headless('my-headless-service', 'clusterIP: None'),
  'normal.yaml': headless('my-non-headless-service', ''),
  'swapped.yaml': headless('my-non-headless-service', 'clusterIP: None'),
};

/** Three pods behind a headless Service and a normal one, and a pod to look from. */
function twoKinds(): Operator {
  const operator = cluster(`  pins:
    pods:
      - { of: deploy1, ip: 192.168.16.171 }
      - { of: deploy1, ip: 192.168.16.172 }
      - { of: deploy1, ip: 192.168.16.173 }
    services: { my-non-headless-service: [10.97.238.145] }
`).at(1);
  operator.run('k create deployment deploy1 --image=nginx --replicas=3');
  operator.run('k run doctor --image=nginx');
  operator.run('k apply -f normal.yaml; k apply -f headless.yaml', undefined, FILES);
  return operator.at(20);
}

test('row 38: a headless service shows None as its cluster IP', () => {
  assert.equal(twoKinds().lines('kubectl get svc | grep headless').map(plain), [
    'my-headless-service ClusterIP None <none> 80/TCP 19s',
    'my-non-headless-service ClusterIP 10.97.238.145 <none> 80/TCP 19s',
  ]);
});

test('row 39: both services have the same endpoints', () => {
  const all = '192.168.16.171:80,192.168.16.172:80,192.168.16.173:80';
  assert.equal(twoKinds().lines('kubectl get ep | grep headless').map(plain), [
    `my-headless-service ${all} 19s`,
    `my-non-headless-service ${all} 19s`,
  ]);
});

test('row 40: kube-proxy has rules for the normal service alone', () => {
  const operator = twoKinds();
  assert.is(operator.lines('iptables-save | grep my-headless-service').length, 0);
  assert.ok(operator.lines('iptables-save | grep my-non-headless-service').length > 0);
  assert.equal(operator.lines('curl -s 10.97.238.145 | grep "<title>"', 'pod/doctor'), TITLE);
  assert.equal(operator.lines('curl -s 192.168.16.172 | grep "<title>"', 'pod/doctor'), TITLE);
});

test('row 41: the cluster IP of a service cannot be changed, so it has to be deleted first', () => {
  const operator = twoKinds();
  const { stderr, exitCode } = operator.run('kubectl apply -f swapped.yaml', undefined, FILES);
  assert.is(exitCode, 1);
  assert.match(
    stderr,
    /The Service "my-non-headless-service" is invalid: spec\.clusterIP: Invalid value: "None": field is immutable\n$/,
  );
  operator.run('kubectl delete -f normal.yaml', undefined, FILES);
  assert.is(
    operator.run('kubectl apply -f swapped.yaml', undefined, FILES).stdout,
    'service/my-non-headless-service created\n',
  );
});

test('row 45: a named target port is another number in each pod that says so', () => {
  const operator = cluster('  images: { other: { answers: name, ports: { 8080: http } } }').at(1);
  const pod = (name: string, image: string, port: number): string => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: web } }
spec: { containers: [{ name: web, image: ${image}, ports: [{ name: front, containerPort: ${port} }] }] }
---
`;
  const service = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: front }] }
`;
  operator.run('k apply -f all.yaml', undefined, {
    'all.yaml': pod('one', 'nginx', 80) + pod('two', 'other', 8080) + service,
  });
  operator.at(20);
  const subsets = JSON.parse(operator.run('k get ep web -o json').stdout).subsets as readonly {
    readonly ports: readonly { readonly port: number }[];
    readonly addresses: readonly { readonly targetRef: { readonly name: string } }[];
  }[];
  const found = subsets.map(({ ports, addresses }) => [ports[0]!.port, addresses[0]!.targetRef.name]);
  assert.equal(found.sort(), [
    [80, 'one'],
    [8080, 'two'],
  ]);
  const [ip = ''] = operator.lines('k get svc web -o jsonpath=\'{.spec.clusterIP}{"\\n"}\'');
  const answers = new Set(Array.from({ length: 20 }, () => operator.run(`curl -s http://${ip}/`).stdout));
  assert.is(answers.size, 2);
});

test('rows 54 and 55: without a cloud a balancer stays pending, and its cluster IP answers all the same', () => {
  const operator = cluster(`  pins: { services: { deploy1: [10.111.52.75] }, nodePorts: { deploy1: [32000] } }`).at(1);
  operator.run('k create deployment deploy1 --image=nginx');
  operator.at(5).run('k expose deployment deploy1 --port=80 --type=LoadBalancer');
  assert.equal(operator.at(20).lines('k get svc'), [
    'NAME         TYPE           CLUSTER-IP     EXTERNAL-IP   PORT(S)        AGE',
    'deploy1      LoadBalancer   10.111.52.75   <pending>     80:32000/TCP   15s',
    'kubernetes   ClusterIP      10.96.0.1      <none>        443/TCP        20s',
  ]);
  assert.equal(operator.lines('curl --silent http://10.111.52.75 | grep "<title>"'), TITLE);
  assert.equal(operator.lines('curl --silent http://10.0.2.15:32000 | grep "<title>"'), TITLE);
});

test('row 56: create service loadbalancer, its line and its whole text', () => {
  const operator = cluster(`  pins:
    services: { my-lbs: [10.110.153.149] }
    nodePorts: { my-lbs: [31434] }
    objects: { service/my-lbs: { uid: dff78db2-fb01-4528-b9b3-ed93b6c20fc8, resourceVersion: "1367" } }
`).at(10);
  assert.is(operator.run('k create service loadbalancer my-lbs --tcp=5678:8080').stdout, 'service/my-lbs created\n');
  assert.equal(operator.at(15).lines('k get svc my-lbs'), [
    'NAME     TYPE           CLUSTER-IP       EXTERNAL-IP   PORT(S)          AGE',
    'my-lbs   LoadBalancer   10.110.153.149   <pending>     5678:31434/TCP   5s',
  ]);
  assert.is(
    operator.run('k get svc my-lbs -o yaml').stdout,
    `apiVersion: v1
kind: Service
metadata:
  creationTimestamp: "2020-05-06T11:27:52Z"
  labels:
    app: my-lbs
  name: my-lbs
  namespace: default
  resourceVersion: "1367"
  selfLink: /api/v1/namespaces/default/services/my-lbs
  uid: dff78db2-fb01-4528-b9b3-ed93b6c20fc8
spec:
  clusterIP: 10.110.153.149
  externalTrafficPolicy: Cluster
  ports:
  - name: 5678-8080
    nodePort: 31434
    port: 5678
    protocol: TCP
    targetPort: 8080
  selector:
    app: my-lbs
  sessionAffinity: None
  type: LoadBalancer
status:
  loadBalancer: {}
`,
  );
});

const OUTSIDE = {
  'ext.yaml': `apiVersion: v1
kind: Service
metadata: { name: my-ext-svc }
spec: { type: ExternalName, externalName: www.mozilla.org }
`,
  'svc.yaml': `apiVersion: v1
kind: Service
metadata: { name: my-service }
spec: { ports: [{ protocol: TCP, port: 443, targetPort: 443 }] }
`,
  'ep.yaml': `apiVersion: v1
kind: Endpoints
metadata: { name: my-service }
subsets: [{ addresses: [{ ip: 203.0.113.131 }, { ip: 198.51.100.4 }], ports: [{ port: 443 }] }]
`,
  'loop.yaml': `apiVersion: v1
kind: Endpoints
metadata: { name: dns-service }
subsets: [{ addresses: [{ ip: 127.0.0.1 }], ports: [{ port: 53 }] }]
`,
};

test('rows 61 and 63: a name for the outside has no address, no endpoints and no rules', () => {
  const operator = cluster().at(1);
  operator.run('k apply -f ext.yaml', undefined, OUTSIDE);
  assert.equal(operator.at(260).lines('k get svc my-ext-svc'), [
    'NAME         TYPE           CLUSTER-IP   EXTERNAL-IP       PORT(S)   AGE',
    'my-ext-svc   ExternalName   <none>       www.mozilla.org   <none>    4m19s',
  ]);
  assert.is(operator.lines('iptables-save | grep my-ext-svc').length, 0);
  assert.is(operator.run('k get ep my-ext-svc').exitCode, 1);
});

for (const profile of ['k8s-1.16-calico-3.9', 'current']) {
  test(`rows 64 and 65: endpoints made by hand are shown sorted, and the service is a ClusterIP (${profile})`, () => {
    const operator = new Operator(
      read(`apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: by-hand }
spec:
  kubernetes: { profile: ${profile} }
  nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]
  hosts: [{ name: site, ip: 203.0.113.131, serves: [{ port: 443, answers: name }] }]
  pins: { services: { my-service: [10.99.12.62] } }
`),
    ).at(1);
    operator.run('k apply -f svc.yaml; k apply -f ep.yaml', undefined, OUTSIDE);
    operator.at(10);
    assert.equal(operator.lines('k describe svc my-service | grep Endpoints').map(plain), [
      'Endpoints: 198.51.100.4:443,203.0.113.131:443',
    ]);
    assert.equal(operator.lines('k get svc | grep my').map(plain), [
      'my-service ClusterIP 10.99.12.62 <none> 443/TCP 9s',
    ]);
    // What they say reaches kube-proxy: the two that are drawn from are these.
    const targets = operator.lines('iptables-save | grep to-destination').filter((line) => line.endsWith(':443'));
    assert.equal(targets.map((line) => line.split(' ').at(-1)).sort(), ['198.51.100.4:443', '203.0.113.131:443']);
    operator.run('k delete ep my-service');
    assert.is(operator.at(20).lines('iptables-save | grep 203.0.113.131').length, 0);
  });
}

test('rows 113 and 147: after delete svc,deployment --all only the service of the API server is left, at its old address', () => {
  const operator = twoKinds();
  operator.run('kubectl delete svc,deployment --all');
  operator.at(90);
  assert.equal(operator.lines('kubectl get svc,deployment,rs').map(plain), [
    'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
    'service/kubernetes ClusterIP 10.96.0.1 <none> 443/TCP 70s',
  ]);
  assert.equal(
    operator.lines('kubectl get pods').map((line) => line.split(' ')[0]),
    ['NAME', 'doctor'],
  );
  assert.equal(operator.lines('kubectl get ep').map(plain).slice(1), ['kubernetes 10.0.2.15:6443 70s']);
  // It answers, too: what speaks TLS says so to those who don't.
  assert.match(operator.run('curl -s http://10.96.0.1:443/', 'pod/doctor').stdout, /HTTPS server/);
});

test('row 120: Endpoints may not list a loopback address', () => {
  const { stderr, exitCode } = cluster().at(1).run('k apply -f loop.yaml', undefined, OUTSIDE);
  assert.is(exitCode, 1);
  assert.is(
    stderr,
    'The Endpoints "dns-service" is invalid: subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8)\n',
  );
});

test.run();
