/**
 * What an operator of a small cluster saw on the screen, line for line: each test is named by its row in the list of
 * behaviours that the simulator promises.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeedCluster, withDeployment } from './seed-cluster.ts';

const test = suite('exec/transcript');

/** Runs of blanks as one, as a terminal's copy has them. */
function squeezed(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '));
}

test('row 1: ip a names the loopback of both families and the node address with its broadcast', () => {
  const cluster = new SeedCluster();
  assert.equal(squeezed(cluster.out('ip a | grep inet')), [
    'inet 127.0.0.1/8 scope host lo',
    'inet6 ::1/128 scope host',
    'inet 10.0.2.15/24 brd 10.0.2.255 scope global dynamic eth0',
  ]);
});

test('rows 2, 3, 8: get pods -o wide shows the pod with the pinned name, address and node', () => {
  const cluster = new SeedCluster();
  assert.is(cluster.out('k create deployment deploy1 --image=nginx'), 'deployment.apps/deploy1 created\n');
  cluster.wait(72);
  assert.is(
    cluster.out('k get pods -o wide'),
    `NAME                       READY   STATUS    RESTARTS   AGE   IP               NODE        NOMINATED NODE   READINESS GATES
deploy1-5d98f66655-8gffz   1/1     Running   0          72s   192.168.16.171   k8smaster   <none>           <none>
`,
  );
});

test('row 4: describe pod lists the labels below each other', () => {
  const cluster = withDeployment();
  assert.equal(squeezed(cluster.out('k describe pod deploy1-5d98f66655-8gffz | grep -A 1 "Labels"')), [
    'Labels: app=deploy1',
    'pod-template-hash=5d98f66655',
  ]);
});

test('row 5: curl of the pod address from the node gives the page', () => {
  const cluster = withDeployment();
  assert.is(cluster.out('curl --silent http://192.168.16.171 | grep "<title>"'), '<title>Welcome to nginx!</title>\n');
});

test('row 10: expose --dry-run -o yaml selects what the deployment selects', () => {
  const cluster = withDeployment();
  const { stdout } = cluster.type(
    'k expose deployment deploy1 --port=80 --type=ClusterIP --dry-run -o yaml | grep -A 2 "selector"',
  );
  assert.is(stdout, '  selector:\n    app: deploy1\n  type: ClusterIP\n');
  assert.is(cluster.type('k get svc deploy1').exitCode, 1);
});

test('rows 11, 12, 13: an exposed deployment has its cluster IP and answers there', () => {
  const cluster = withDeployment();
  assert.is(cluster.out('k expose deployment deploy1 --port=80 --type=ClusterIP'), 'service/deploy1 exposed\n');
  cluster.wait(5);
  assert.equal(squeezed(cluster.out('k get svc deploy1')), [
    'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
    'deploy1 ClusterIP 10.100.200.199 <none> 80/TCP 5s',
  ]);
  assert.is(cluster.out('curl --silent http://10.100.200.199 | grep "<title>"'), '<title>Welcome to nginx!</title>\n');
});

test('rows 6, 7, 14: scaling shows in pods, ReplicaSet and endpoints', () => {
  const cluster = withDeployment();
  cluster.out('k expose deployment deploy1 --port=80');
  cluster.wait(5);
  assert.equal(squeezed(cluster.out('k get ep | grep "deploy1"')), ['deploy1 192.168.16.171:80 5s']);
  cluster.wait(1217);
  assert.is(cluster.out('k scale --replicas=3 deployment/deploy1'), 'deployment.apps/deploy1 scaled\n');
  cluster.wait(26);
  assert.equal(squeezed(cluster.out('k get pods -o wide | grep "deploy1-"')), [
    'deploy1-5d98f66655-8gffz 1/1 Running 0 22m 192.168.16.171 k8smaster <none> <none>',
    'deploy1-5d98f66655-qnr5s 1/1 Running 0 26s 192.168.16.173 k8smaster <none> <none>',
    'deploy1-5d98f66655-skf26 1/1 Running 0 26s 192.168.16.172 k8smaster <none> <none>',
  ]);
  assert.equal(squeezed(cluster.out('k get ReplicaSet')), [
    'NAME DESIRED CURRENT READY AGE',
    'deploy1-5d98f66655 3 3 3 22m',
  ]);
  assert.match(cluster.out('k get ep deploy1'), ' 192.168.16.171:80,192.168.16.172:80,192.168.16.173:80 ');
});

test('rows 17, 18, 19: iptables-save shows the chains of the service', () => {
  const cluster = withDeployment();
  cluster.out('k expose deployment deploy1 --port=80');
  cluster.out('k scale --replicas=3 deployment/deploy1');
  cluster.wait(30);
  const jump = '-d 10.100.200.199/32 -p tcp -m comment --comment "default/deploy1: cluster IP" -m tcp --dport 80';
  assert.is(
    cluster.out('sudo iptables-save | grep  10.100.200.199'),
    `-A KUBE-SERVICES ! -s 192.168.0.0/16 ${jump} -j KUBE-MARK-MASQ
-A KUBE-SERVICES ${jump} -j KUBE-SVC-HFJG5QJDKA2NKYX2
`,
  );
  assert.is(
    cluster.out('sudo iptables-save | grep  KUBE-SVC-HFJG5QJDKA2NKYX2'),
    `:KUBE-SVC-HFJG5QJDKA2NKYX2 - [0:0]
-A KUBE-SERVICES ${jump} -j KUBE-SVC-HFJG5QJDKA2NKYX2
-A KUBE-SVC-HFJG5QJDKA2NKYX2 -m statistic --mode random --probability 0.33332999982 -j KUBE-SEP-IVTV3JKMDAKRFCBH
-A KUBE-SVC-HFJG5QJDKA2NKYX2 -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-PFJDNPXONEKPWG5A
-A KUBE-SVC-HFJG5QJDKA2NKYX2 -j KUBE-SEP-SIUA6YONSJ3WPF22
`,
  );
  const endpoints = [
    ['IVTV3JKMDAKRFCBH', 171],
    ['PFJDNPXONEKPWG5A', 172],
    ['SIUA6YONSJ3WPF22', 173],
  ];
  assert.is(
    cluster.out('sudo iptables-save | grep 192.168.16.17'),
    endpoints
      .map(
        ([name, last]) => `-A KUBE-SEP-${name} -s 192.168.16.${last}/32 -j KUBE-MARK-MASQ
-A KUBE-SEP-${name} -p tcp -m tcp -j DNAT --to-destination 192.168.16.${last}:80
`,
      )
      .join(''),
  );
});

test('row 43: another port than the target port', () => {
  const cluster = withDeployment();
  cluster.out('k expose deployment deploy1 --port=80');
  cluster.out('k delete svc deploy1');
  cluster.out('k expose deployment deploy1 --port=5000 --target-port=80 --type=ClusterIP');
  cluster.wait(129);
  assert.equal(squeezed(cluster.out('k get svc deploy1'))[1], 'deploy1 ClusterIP 10.103.100.13 <none> 5000/TCP 2m9s');
  assert.is(cluster.out('curl --silent 10.103.100.13:5000 | grep "<title>"'), '<title>Welcome to nginx!</title>\n');
});

test('row 44: without a target port it is the port', () => {
  const cluster = withDeployment();
  cluster.out('k expose deployment deploy1 --port=80');
  assert.is(cluster.out("k get svc deploy1 -o jsonpath='{.spec.ports[0].targetPort}'"), '80');
});

test('rows 47, 48, 53: a node port answers on the node, on its loopback and behind the cluster IP', () => {
  const cluster = withDeployment();
  assert.is(cluster.out('k expose deployment deploy1 --port=80 --type=NodePort'), 'service/deploy1 exposed\n');
  cluster.wait(7);
  assert.equal(squeezed(cluster.out('k get svc deploy1'))[1], 'deploy1 NodePort 10.100.200.199 <none> 80:32000/TCP 7s');
  for (const end of ['10.0.2.15:32000', '127.0.0.1:32000', '10.100.200.199']) {
    assert.is(cluster.out(`curl --silent ${end} | grep "<title>"`), '<title>Welcome to nginx!</title>\n', end);
  }
});

test('row 49: a port that nobody has is refused, and --silent says nothing', () => {
  const cluster = new SeedCluster();
  assert.equal(cluster.type('curl --silent 127.0.0.1:32001'), { stdout: '', stderr: '', exitCode: 7 });
  assert.is(
    cluster.type('curl 127.0.0.1:32001').stderr,
    "curl: (7) Failed to connect to 127.0.0.1 port 32001 after 0 ms: Couldn't connect to server\n",
  );
});

test('row 51: a node port that is taken or out of range is refused in the words of the API server', () => {
  const cluster = withDeployment();
  cluster.out('k expose deployment deploy1 --port=80 --type=NodePort');
  const failed =
    'error: failed to create NodePort service: Service "x" is invalid: spec.ports[0].nodePort: Invalid value:';
  const taken = cluster.type('k create service nodeport x --tcp=80 --node-port=32000');
  assert.is(taken.stderr, `${failed} 32000: provided port is already allocated\n`);
  assert.is(taken.exitCode, 1);
  const far = cluster.type('k create service nodeport x --tcp=80 --node-port=40000');
  assert.is(
    far.stderr,
    `${failed} 40000: provided port is not in the valid range. The range of valid ports is 30000-32767\n`,
  );
});

test('row 52: where the range has one port, a second service gets none', () => {
  const cluster = new SeedCluster('nodePortRange: 32000-32000');
  cluster.out('k create deployment deploy1 --image=nginx');
  cluster.out('k expose deployment deploy1 --port=80 --type=NodePort');
  const { stdout, stderr, exitCode } = cluster.type(
    'k expose deployment deploy1 --name=second --port=80 --type=NodePort',
  );
  assert.is(stdout, '');
  assert.is(exitCode, 1);
  assert.match(stderr, 'Error from server (InternalError): ');
  assert.match(stderr, 'range is full');
});

test('row 27: a cluster IP that is gone swallows packets until curl gives up', () => {
  const cluster = withDeployment();
  cluster.out('k expose deployment deploy1 --port=80');
  cluster.wait(5);
  cluster.out('k delete svc deploy1');
  cluster.wait(5);
  const { stdout, stderr } = cluster.type('curl --max-time 10 10.100.200.199 | grep "<title>"');
  assert.is(stdout, '');
  assert.ok(stderr.endsWith('\ncurl: (28) Connection timed out after 10001 milliseconds\n'));
  assert.match(stderr, '  0     0    0     0    0     0      0      0 --:--:--  0:00:10 --:--:--     0\n');
});

test.run();
