/**
 * The founding document's transcripts, row by row of its checklist: pods, services and node ports as an operator sees
 * them. kubectl's words are those of the newest one, also where the document shows an older one's.
 * @evidence published: Pods, services and node ports as an operator typed them into a cluster of 1.16
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { read } from '../runs/scenario/sample.ts';
import { besideTests, kubehop, Operator, plain } from './operator.ts';

const test = suite('first light');

const TITLE = ['<title>Welcome to nginx!</title>'];

/** One cluster for all who only look, in the order of time. */
const seed = new Operator('seed.yaml');

/** A cluster of one's own, for those who change it: a Deployment of nginx, and a range of one node port. */
function ownCluster(): Operator {
  const spec = '{ profile: k8s-1.16-calico-3.9, nodePortRange: 32000-32000 }';
  const pins = '{ services: { deploy1: [10.100.200.199, 10.103.100.13] } }';
  const operator = new Operator(
    read(`apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: own }
spec: { kubernetes: ${spec}, pins: ${pins}, nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }] }
`),
  );
  assert.is(
    operator.at(1).run('k create deployment deploy1 --image=nginx').stdout,
    'deployment.apps/deploy1 created\n',
  );
  return operator.at(10);
}

test('row 1: ip a shows loopback and the node address with its broadcast address', () => {
  assert.equal(seed.at(72).lines('ip a | grep inet').map(plain), [
    ' inet 127.0.0.1/8 scope host lo',
    ' inet6 ::1/128 scope host',
    ' inet 10.0.2.15/24 brd 10.0.2.255 scope global dynamic eth0',
  ]);
});

test('row 2: get pods -o wide shows the pod of a new Deployment', () => {
  assert.equal(seed.at(72).lines('k get pods -o wide').map(plain), [
    'NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES',
    'deploy1-5d98f66655-8gffz 1/1 Running 0 72s 192.168.16.171 k8smaster <none> <none>',
  ]);
});

test('row 2: kubehop exec prints the same of the file at that instant', async () => {
  const printed = await kubehop(
    ['exec', besideTests('seed.yaml'), '--at', '72s'],
    ['kubectl', 'get', 'pods', '-o', 'wide'],
  );
  assert.is(printed, seed.at(72).run('kubectl get pods -o wide').stdout);
  assert.match(printed, /^NAME .*\ndeploy1-5d98f66655-8gffz .*\n$/);
});

test('row 4: describe pod shows the label of the template and the hash', () => {
  assert.equal(seed.lines('k describe pod deploy1-5d98f66655-8gffz | grep -A 1 "Labels"').map(plain), [
    'Labels: app=deploy1',
    ' pod-template-hash=5d98f66655',
  ]);
});

test('row 5: the pod answers on its own address, and nothing is translated on the way', () => {
  assert.equal(seed.lines('curl --silent http://192.168.16.171 | grep "<title>"'), TITLE);
  assert.is(seed.run('curl --silent http://192.168.16.171 | wc -c').stdout, '612\n');
  const entry = seed.lines('conntrack -L -d 192.168.16.171').find((line) => line.includes('dport=80'))!;
  assert.match(entry, /src=10\.0\.2\.15 dst=192\.168\.16\.171 .* src=192\.168\.16\.171 dst=10\.0\.2\.15 /);
});

test('row 11: get svc shows the cluster IP and 80/TCP', () => {
  // The document leaves out the line of `kubernetes`, whose length its columns have.
  assert.equal(seed.at(1025).lines('k get svc').slice(0, 2), [
    'NAME         TYPE        CLUSTER-IP       EXTERNAL-IP   PORT(S)   AGE',
    'deploy1      ClusterIP   10.100.200.199   <none>        80/TCP    5s',
  ]);
});

test('row 13: the cluster IP answers on the node, which asks from its own address', () => {
  assert.equal(seed.at(1026).lines('curl --silent http://10.100.200.199 | grep "<title>"'), TITLE);
  // The route to the cluster IP chose the source before the destination was translated.
  const [entry = ''] = seed.lines('conntrack -L -d 10.100.200.199');
  assert.match(entry, /src=10\.0\.2\.15 dst=10\.100\.200\.199 .* src=192\.168\.16\.171 dst=10\.0\.2\.15 sport=80 /);
});

test('row 14: get ep shows the endpoint, and all three in order after the scale-up', () => {
  assert.equal(seed.at(1233).lines('k get ep | grep "deploy1"').map(plain), ['deploy1 192.168.16.171:80 3m33s']);
  assert.equal(seed.at(1325).lines('k get ep | grep "deploy1"').map(plain), [
    'deploy1 192.168.16.171:80,192.168.16.172:80,192.168.16.173:80 5m5s',
  ]);
});

test('row 14: past three endpoints get ep counts the others', () => {
  const own = ownCluster();
  own.run('k expose deployment deploy1 --port=80 && k scale deployment deploy1 --replicas=5');
  const text = own.at(20).run("k get ep deploy1 -o jsonpath='{.subsets[0].addresses[*].ip}'").stdout;
  const first = text.split(' ').slice(0, 3);
  assert.is(text.split(' ').length, 5);
  assert.match(
    own.run('k get ep deploy1 --no-headers').stdout,
    ` ${first.map((ip) => `${ip}:80`).join()} + 2 more... `,
  );
});

test('row 6: get pods after scale to 3 shows the old pod and two young ones', () => {
  assert.equal(seed.at(1325).lines('k get pods -o wide | grep "deploy1-"').map(plain), [
    'deploy1-5d98f66655-8gffz 1/1 Running 0 22m 192.168.16.171 k8smaster <none> <none>',
    'deploy1-5d98f66655-qnr5s 1/1 Running 0 26s 192.168.16.173 k8smaster <none> <none>',
    'deploy1-5d98f66655-skf26 1/1 Running 0 26s 192.168.16.172 k8smaster <none> <none>',
  ]);
});

test('row 43: a service port other than the target port', () => {
  assert.equal(
    seed
      .at(31 * 60 + 129)
      .lines('k get svc')
      .slice(0, 2),
    [
      'NAME         TYPE        CLUSTER-IP      EXTERNAL-IP   PORT(S)    AGE',
      'deploy1      ClusterIP   10.103.100.13   <none>        5000/TCP   2m9s',
    ],
  );
  assert.equal(seed.lines('curl --silent 10.103.100.13:5000 | grep "<title>"'), TITLE);
  const [entry = ''] = seed.lines('conntrack -L -d 10.103.100.13');
  assert.match(entry, /dst=10\.103\.100\.13 sport=\d+ dport=5000 src=192\.168\.16\.17[123] dst=10\.0\.2\.15 sport=80 /);
});

test('row 47: get svc shows the node port, and the API server beside it', () => {
  assert.equal(seed.at(81 * 60 + 7).lines('k get svc'), [
    'NAME         TYPE        CLUSTER-IP      EXTERNAL-IP   PORT(S)        AGE',
    'deploy1      NodePort    10.97.110.238   <none>        80:32000/TCP   7s',
    'kubernetes   ClusterIP   10.96.0.1       <none>        443/TCP        3h3m',
  ]);
});

test('row 48: the node port answers on the node address and on 127.0.0.1', () => {
  assert.equal(seed.lines('curl --silent 10.0.2.15:32000 | grep "<title>"'), TITLE);
  assert.equal(seed.lines('curl --silent 127.0.0.1:32000 | grep "<title>"'), TITLE);
  // A pod could not answer 127.0.0.1: the source is masqueraded.
  const [entry = ''] = seed.lines('conntrack -L -d 127.0.0.1');
  assert.match(
    entry,
    /src=127\.0\.0\.1 dst=127\.0\.0\.1 .*dport=32000 src=192\.168\.16\.17[123] dst=10\.0\.2\.15 sport=80 /,
  );
});

test('row 49: a port that nobody has is refused, and --silent says nothing', () => {
  assert.equal(seed.run('curl --silent 127.0.0.1:32001'), { stdout: '', stderr: '', exitCode: 7 });
  assert.equal(seed.run('curl --silent 127.0.0.1:32001 | grep "<title>"'), { stdout: '', stderr: '', exitCode: 1 });
  assert.match(seed.run('curl 127.0.0.1:32001').stderr, /^curl: \(7\) Failed to connect to 127\.0\.0\.1 port 32001 /);
});

test('row 7: get ReplicaSet counts three of three for both Deployments', () => {
  assert.equal(new Operator('ingress-set-up.yaml').at(357).lines('k get ReplicaSet'), [
    'NAME                 DESIRED   CURRENT   READY   AGE',
    'deploy1-5d98f66655   3         3         3       5m57s',
    'deploy2-5ff54b6b7b   3         3         3       5m57s',
  ]);
});

test('row 53: a NodePort service answers on its cluster IP too, through the same chain', () => {
  const both = new Operator('ingress-set-up.yaml').at(60);
  assert.equal(both.lines('k get svc deploy2').map(plain), [
    'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
    'deploy2 NodePort 10.107.92.16 <none> 80:32000/TCP 56s',
  ]);
  assert.equal(both.lines('curl --silent 10.107.92.16 | grep "<title>"'), TITLE);
  assert.equal(both.lines('curl --silent 127.0.0.1:32000 | grep "<title>"'), TITLE);
  const chains = ['-d 10.107.92.16/32 ', '--dport 32000 '].map((part) =>
    both.lines(`iptables-save | grep -e "${part}"`).flatMap((rule) => /-j (KUBE-SVC-\w+)/.exec(rule)?.[1] ?? []),
  );
  assert.is(chains[0]!.length, 1);
  assert.equal(chains[0], chains[1]);
});

test('row 8: a pod is named after its ReplicaSet with five letters out of twenty-seven', () => {
  const own = ownCluster();
  own.run('k scale deployment deploy1 --replicas=60');
  const names = own.at(30).lines('k get pods -o name');
  const [set = ''] = own.lines('k get rs -o name');
  assert.match(set, /^replicaset\.apps\/deploy1-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
  const letters = new Set<string>();
  for (const name of names) {
    assert.match(name, new RegExp(`^pod/${set.slice('replicaset.apps/'.length)}-[bcdfghjklmnpqrstvwxz2456789]{5}$`));
    for (const letter of name.slice(-5)) letters.add(letter);
  }
  assert.is(new Set(names).size, 60);
  // 300 draws miss one of 27 letters once in 3,000 times.
  assert.is(letters.size, 27);
});

test('row 10: expose --dry-run -o yaml prints the selector and the type', () => {
  const line = 'k expose deployment deploy1 --port=80 --type=ClusterIP --dry-run -o yaml | grep -A 2 "selector"';
  assert.equal(ownCluster().lines(line), ['  selector:', '    app: deploy1', '  type: ClusterIP']);
});

test('row 12: expose says what it has exposed', () => {
  const own = ownCluster();
  const { stdout, stderr, exitCode } = own.run('k expose deployment deploy1 --port=80 --type=ClusterIP');
  assert.equal({ stdout, stderr, exitCode }, { stdout: 'service/deploy1 exposed\n', stderr: '', exitCode: 0 });
  assert.is(own.at(12).run("k get svc deploy1 -o jsonpath='{.spec.clusterIP}'").stdout, '10.100.200.199');
});

test('row 44: without a target port the service port is the target port', () => {
  const own = ownCluster();
  own.run('k expose deployment deploy1 --port=8080');
  assert.is(own.at(12).run("k get svc deploy1 -o jsonpath='{.spec.ports[0].targetPort}'").stdout, '8080');
  const rule = own.at(15).run('iptables-save | grep -e "-j DNAT" | grep -v 6443').stdout;
  assert.match(rule, /^-A KUBE-SEP-\w+ -p tcp -m tcp -j DNAT --to-destination 192\.168\.\d+\.\d+:8080\n$/);
  const manifest = 'apiVersion: v1\nkind: Service\nmetadata: { name: bare }\nspec: { ports: [{ port: 91 }] }\n';
  assert.is(own.run('k apply -f bare.yaml', undefined, { 'bare.yaml': manifest }).stdout, 'service/bare created\n');
  assert.is(own.at(16).run("k get svc bare -o jsonpath='{.spec.ports[0].targetPort}'").stdout, '91');
});

/** A NodePort service as YAML. */
function nodePort(name: string, port: number): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { type: NodePort, selector: { app: deploy1 }, ports: [{ port: 80, nodePort: ${port} }] }
`;
}

test('row 51: a node port that is taken, or not in the range, is refused', () => {
  const own = ownCluster();
  assert.is(own.run('k expose deployment deploy1 --port=80 --type=NodePort').stdout, 'service/deploy1 exposed\n');
  const refusal = (port: number): string => {
    const { stdout, stderr, exitCode } = own.run('k apply -f s.yaml', undefined, {
      's.yaml': nodePort('second', port),
    });
    assert.equal({ stdout, exitCode }, { stdout: '', exitCode: 1 });
    return stderr;
  };
  const head = 'The Service "second" is invalid: spec.ports[0].nodePort: Invalid value:';
  assert.is(refusal(32000), `${head} 32000: provided port is already allocated\n`);
  assert.is(
    refusal(31999),
    `${head} 31999: provided port is not in the valid range. The range of valid ports is 32000-32000\n`,
  );
  assert.equal(own.at(20).lines('k get svc -o name'), ['service/deploy1', 'service/kubernetes']);
});

test('row 52: a second NodePort service in a range of one port is refused', () => {
  const own = ownCluster();
  own.run('k expose deployment deploy1 --port=80 --type=NodePort');
  const { stdout, stderr, exitCode } = own.run('k expose deployment deploy1 --name=second --port=80 --type=NodePort');
  assert.is(stdout, '');
  assert.is(
    stderr,
    'Error from server (InternalError): Internal error occurred: failed to allocate a nodePort: range is full\n',
  );
  assert.is(exitCode, 1);
  // What was deleted gives its port back.
  own.run('k delete svc deploy1');
  const again = own.run('k expose deployment deploy1 --name=second --port=80 --type=NodePort');
  assert.is(again.stdout, 'service/second exposed\n');
  assert.is(own.run("k get svc second -o jsonpath='{.spec.ports[0].nodePort}'").stdout, '32000');
});

test.run();
