/**
 * The founding document's workloads, row by row of its checklist: names by hashes, ports within a pod, and what each type
 * of Service adds to the one below it.
 * @evidence published: names of ReplicaSets in a cluster of 1.16, and the log of an nginx that found its port taken
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { read } from '../runs/scenario/sample.ts';
import { Operator } from './operator.ts';

const test = suite('workloads');

function cluster(manifests = '', spec = ''): Operator {
  return new Operator(
    read(`${manifests}apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: workloads }
spec:
  start: 2021-01-29T08:42:00Z
  kubernetes: { profile: k8s-1.16-calico-3.9, nodePortRange: 32000-32767 }
  nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]
${spec}`),
  );
}

test("row 3: the hash in a ReplicaSet's name is that of its template, without a pin", () => {
  const operator = cluster().at(1);
  for (const name of ['deploy1', 'deploy-test', 'deploy2']) operator.run(`k create deployment ${name} --image=nginx`);
  const names = operator.at(5).lines('k get rs -o name');
  assert.equal(names, [
    'replicaset.apps/deploy-test-854bc66d47',
    'replicaset.apps/deploy1-5d98f66655',
    'replicaset.apps/deploy2-5ff54b6b7b',
  ]);
  assert.match(
    operator.lines('k describe pod -l app=deploy1 | grep pod-template-hash')[0]!,
    /pod-template-hash=5d98f66655$/,
  );
});

const SIBLINGS = `apiVersion: v1
kind: Pod
metadata: { name: web }
spec: { containers: [{ name: first, image: nginx }, { name: second, image: nginx }] }
---
`;

test('row 9: of two containers of a pod that want one port the second crash-loops, and the first serves', () => {
  const operator = cluster(SIBLINGS).at(90);
  const [, line = ''] = operator.lines('k get pods');
  assert.match(line, /^web +1\/2 +CrashLoopBackOff +[2-4] +90s$/);
  assert.equal(
    operator.lines('k get pod web -o jsonpath=\'{range .status.containerStatuses[*]}{.name} {.ready}{"\\n"}{end}\''),
    ['first true', 'second false'],
  );
  const { stdout: ip } = operator.run("k get pod web -o jsonpath='{.status.podIP}'");
  assert.is(operator.run(`curl -s http://${ip}/ | grep -c title`).stdout, '1\n');
  assert.equal(
    operator.lines('k logs web -c second --tail=4').map((text) => text.replace(/^[\d/]+ [\d:]+ /, '')),
    [
      '[emerg] 1#1: bind() to [::]:80 failed (98: Address already in use)',
      'nginx: [emerg] bind() to [::]:80 failed (98: Address already in use)',
      '[emerg] 1#1: still could not bind()',
      'nginx: [emerg] still could not bind()',
    ],
  );
});

test('row 9: pods have networks of their own, so that two of them on one node may both have the port', () => {
  const operator = cluster().at(1);
  operator.run('k create deployment deploy1 --image=nginx; k scale deployment deploy1 --replicas=2');
  operator.at(60);
  const ips = operator.lines('k get pods -o jsonpath=\'{range .items[*]}{.status.podIP}{"\\n"}{end}\'');
  assert.is(ips.length, 2);
  for (const ip of ips) assert.is(operator.run(`curl -s http://${ip}/ | grep -c title`).stdout, '1\n', ip);
});

test('row 58: each type of Service does what the one below it does, and one thing more', () => {
  const operator = cluster('', '  hosts: [{ name: client, ip: 10.0.2.77 }]\n').at(1);
  operator.run('k create deployment deploy1 --image=nginx');
  const found = ['ClusterIP', 'NodePort', 'LoadBalancer'].map((type, i) => {
    operator.at(10 + 10 * i).run(`k expose deployment deploy1 --name=${type.toLowerCase()} --port=80 --type=${type}`);
    operator.at(15 + 10 * i);
    const { spec, status } = JSON.parse(operator.run(`k get svc ${type.toLowerCase()} -o json`).stdout) as {
      readonly spec: { readonly clusterIP: string; readonly ports: readonly { readonly nodePort?: number }[] };
      readonly status: { readonly loadBalancer?: object };
    };
    const answers = (url: string, on?: string): boolean => operator.run(`curl -s -m 2 ${url}`, on).exitCode === 0;
    const { nodePort } = spec.ports[0]!;
    return {
      type,
      byClusterIp: answers(`http://${spec.clusterIP}/`),
      byNodePort: nodePort !== undefined && answers(`http://10.0.2.15:${nodePort}/`, 'host/client'),
      balancer:
        operator.lines(`k get svc ${type.toLowerCase()}`)[1]!.includes('<pending>') &&
        status.loadBalancer !== undefined,
    };
  });
  assert.equal(found, [
    { type: 'ClusterIP', byClusterIp: true, byNodePort: false, balancer: false },
    { type: 'NodePort', byClusterIp: true, byNodePort: true, balancer: false },
    { type: 'LoadBalancer', byClusterIp: true, byNodePort: true, balancer: true },
  ]);
});

test.run();
