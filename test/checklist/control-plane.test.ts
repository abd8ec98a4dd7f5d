/**
 * The founding document's control plane, row by row of its checklist: it stands as pods from before the run, with ages,
 * restarts and logs; a change of a static pod's file starts it anew.
 * @evidence published: kube-system of a cluster of 1.16 as an operator saw it, and the first line of its kube-proxy
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { read } from '../runs/scenario/sample.ts';
import { Operator, plain } from './operator.ts';

const test = suite('control plane');

const BEFORE = '{ created: -3d5h, restarts: 3 }';

/** One machine, three days old, whose API server's file is edited at 30 s. */
function cluster(timeline = ''): Operator {
  return new Operator(
    read(`apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: control-plane }
spec:
  start: 2020-02-05T16:39:49Z
  kubernetes: { profile: k8s-1.16-calico-3.9, dns: coredns }
  nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]
  pins:
    pods:
      - { of: kube-system/kube-proxy, suffix: wkxs6 }
      - { of: kube-system/calico-node, suffix: z4hzv }
      - { of: kube-system/coredns, hash: 5644d7b6d9, suffix: 5djh9 }
      - { of: kube-system/coredns, suffix: xp79t }
    objects:
      pod/kube-system/calico-node-z4hzv: ${BEFORE}
      pod/kube-system/coredns-5644d7b6d9-5djh9: ${BEFORE}
      pod/kube-system/coredns-5644d7b6d9-xp79t: ${BEFORE}
      pod/kube-system/etcd-k8smaster: ${BEFORE}
      pod/kube-system/kube-apiserver-k8smaster: ${BEFORE}
      pod/kube-system/kube-controller-manager-k8smaster: ${BEFORE}
      pod/kube-system/kube-proxy-wkxs6: ${BEFORE}
      pod/kube-system/kube-scheduler-k8smaster: ${BEFORE}
${timeline}`),
  );
}

const EDIT =
  "sed -i '/- kube-apiserver$/a\\    - --service-node-port-range=32000-32000' /etc/kubernetes/manifests/kube-apiserver.yaml";
const EDITED = `  timeline:
    - at: 30s
      on: node/k8smaster
      run: "sudo ${EDIT.replaceAll('\\', '\\\\')}"
`;

const OTHERS = [
  'calico-node-z4hzv 1/1 Running 3 3d5h',
  'coredns-5644d7b6d9-5djh9 1/1 Running 3 3d5h',
  'coredns-5644d7b6d9-xp79t 1/1 Running 3 3d5h',
  'etcd-k8smaster 1/1 Running 3 3d5h',
  'kube-controller-manager-k8smaster 1/1 Running 3 3d5h',
  'kube-proxy-wkxs6 1/1 Running 3 3d5h',
  'kube-scheduler-k8smaster 1/1 Running 3 3d5h',
];

test('row 15: kube-proxy, which nobody told its mode, says that it takes iptables', () => {
  const [line = '', ...more] = cluster().at(20).lines('k -n kube-system logs kube-proxy-wkxs6');
  assert.match(
    line,
    /^W0205 16:39:49\.\d{6} {7}1 server_others\.go:329\] Flag proxy-mode="" unknown, assuming iptables proxy$/,
  );
  assert.equal(more, []);
});

test('row 46: another range of node ports in its file starts the API server anew, and that alone', () => {
  const operator = cluster(EDITED).at(29);
  assert.equal(operator.lines('kubectl get pods -n kube-system').map(plain), [
    'NAME READY STATUS RESTARTS AGE',
    ...[...OTHERS, 'kube-apiserver-k8smaster 1/1 Running 3 3d5h'].sort(),
  ]);
  assert.equal(operator.at(55).lines('kubectl get pods -n kube-system').map(plain), [
    'NAME READY STATUS RESTARTS AGE',
    ...[...OTHERS, 'kube-apiserver-k8smaster 1/1 Running 0 24s'].sort(),
  ]);
  // The new one serves by the new flag.
  operator.run('k create deployment deploy1 --image=nginx; k expose deployment deploy1 --port=80 --type=NodePort');
  assert.match(operator.lines('k get svc deploy1')[1]!, / 80:32000\/TCP /);
  const { stderr } = operator.run('k create service nodeport other --tcp=80 --node-port=30500');
  assert.match(stderr, /provided port is not in the valid range\. The range of valid ports is 32000-32000\n$/);
});

test('row 46: typed at once it does the same, and while it starts nobody serves', () => {
  const operator = cluster().at(20);
  const read = (): string[] => operator.lines('cat /etc/kubernetes/manifests/kube-apiserver.yaml | grep node-port');
  assert.equal(read(), []);
  operator.run(EDIT);
  assert.equal(read(), ['    - --service-node-port-range=32000-32000']);
  assert.match(
    operator.at(20.5).run('kubectl get pods').stderr,
    /^The connection to the server 10\.0\.2\.15:6443 was refused/,
  );
  assert.is(operator.run('curl -s http://10.96.0.1:443/').exitCode, 7);
  assert.match(
    operator.at(23).lines('kubectl get pods -n kube-system | grep apiserver')[0]!,
    / 1\/1 +Running +0 +[12]s$/,
  );
});

test('row 145: each part of the control plane is a pod with a log, and CoreDNS tells how it started', () => {
  const operator = cluster().at(20);
  for (const part of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    assert.is(operator.run(`kubectl logs -n kube-system ${part}-k8smaster`).exitCode, 0, part);
  const said = operator.lines('kubectl logs -n kube-system -l k8s-app=kube-dns');
  assert.is(said.filter((line) => line === '.:53').length, 2);
});

test('row 146: what is pinned as older than the run is that old; what is not began with it', () => {
  const operator = cluster().at(20);
  assert.is(
    operator.run("kubectl get pod etcd-k8smaster -n kube-system -o jsonpath='{.metadata.creationTimestamp}'").stdout,
    '2020-02-02T11:39:49Z',
  );
  assert.match(operator.lines('kubectl get ds -n kube-system')[2]!, /^kube-proxy +1 +1 +1 +1 +1 +\S+ +20s$/);
});

test('row 146: a file that leaves the folder ends its pod, and one that comes back starts it', () => {
  const operator = cluster().at(10);
  operator.run('mv /etc/kubernetes/manifests/kube-scheduler.yaml /tmp/');
  operator.at(15).run('kubectl create deployment deploy1 --image=nginx');
  assert.equal(operator.at(20).lines('kubectl get pods -n kube-system | grep scheduler'), []);
  assert.match(operator.lines('kubectl get pods')[1]!, / 0\/1 +Pending /);
  operator.run('mv /tmp/kube-scheduler.yaml /etc/kubernetes/manifests/');
  assert.match(operator.at(30).lines('kubectl get pods')[1]!, / 1\/1 +Running /);
  assert.match(operator.lines('kubectl get pods -n kube-system | grep scheduler')[0]!, / 1\/1 +Running +0 +[789]s$/);
});

test('deleting a mirror deletes a picture: the API server goes on, and another one is hung up', () => {
  const operator = cluster().at(10);
  operator.run('kubectl delete pod kube-apiserver-k8smaster -n kube-system');
  assert.match(
    operator.at(13).lines('kubectl get pods -n kube-system | grep apiserver')[0]!,
    / 1\/1 +Running +0 +[123]s$/,
  );
});

test("deleting kube-proxy's pod starts another kube-proxy, which writes its rules anew", () => {
  const operator = cluster().at(10);
  operator.run('iptables -t nat -F KUBE-SERVICES');
  operator.run('kubectl delete pod kube-proxy-wkxs6 -n kube-system');
  operator.at(15);
  assert.match(
    operator.lines('kubectl get pods -n kube-system -l k8s-app=kube-proxy')[1]!,
    /^kube-proxy-\w{5} +1\/1 +Running +0 +[345]s$/,
  );
  assert.ok(operator.lines('iptables -t nat -S KUBE-SERVICES').length > 2);
});

test.run();
