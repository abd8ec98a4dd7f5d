/**
 * The founding document's host ports, row by row of its checklist: a port of the node that leads to a pod, and the nodes
 * that have none left.
 * @evidence upstream: Host ports as the portmap plugin writes its rules, and as the scheduler gives ports away
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deployment, scenario } from '../runs/behaviour/stage.ts';
import { Operator } from './operator.ts';

const test = suite('host ports');

const TITLE = ['<title>Welcome to nginx!</title>'];

function cluster(objects: string, kubernetes = '{ profile: k8s-1.16-calico-3.9 }'): Operator {
  return new Operator(
    scenario(
      objects,
      `kubernetes: ${kubernetes}
nodes: [{ name: home-node, ip: 10.0.2.15/24 }]
hosts: [{ name: client, ip: 192.0.2.10 }]`,
    ),
  );
}

for (const cni of ['routed', 'bridge', 'overlay']) {
  test(`row 107: a host port leads to the container's own, from the node, its 127.0.0.1, a pod and outside (${cni})`, () => {
    const client =
      'apiVersion: v1\nkind: Pod\nmetadata: { name: client }\nspec: { containers: [{ name: c, image: curl }] }\n---\n';
    const operator = cluster(
      deployment('web', 1, '', 'containerPort: 80, hostPort: 7777') + client,
      `{ cni: ${cni} }`,
    ).at(10);
    for (const on of [undefined, 'host/client', 'pod/client'])
      assert.equal(operator.lines('curl --silent 10.0.2.15:7777 | grep "<title>"', on), TITLE, on);
    assert.equal(operator.lines('curl --silent localhost:7777 | grep "<title>"'), TITLE);
    // The node's port leads to the pod only as long as there is one.
    operator.run('kubectl delete deployment web');
    operator.at(60);
    assert.is(operator.run('curl --silent localhost:7777').exitCode, 7);
    assert.is(operator.lines('iptables-save | grep CNI-DN-').length, 0);
  });
}

test('row 107: the rules are those of the portmap plugin', () => {
  const operator = cluster(deployment('web', 1, '', 'containerPort: 80, hostPort: 7777')).at(10);
  const [ip = ''] = operator.lines('k get pods -o jsonpath=\'{.items[0].status.podIP}{"\\n"}\'');
  const rules = operator.lines('iptables-save -t nat').filter((line) => /^-A .*CNI-/.test(line));
  const chain = /CNI-DN-[0-9a-f]{21}/.exec(rules.join('\n'))![0];
  assert.equal(
    rules.map((rule) => rule.replaceAll(chain, 'CHAIN').replace(/id: \\"[0-9a-f]{64}\\"/, 'id: \\"ID\\"')).sort(),
    [
      `-A CHAIN -p tcp -m tcp --dport 7777 -j DNAT --to-destination ${ip}:80`,
      '-A CHAIN -s 127.0.0.1/32 -p tcp -m tcp --dport 7777 -j CNI-HOSTPORT-SETMARK',
      `-A CHAIN -s ${ip}/32 -p tcp -m tcp --dport 7777 -j CNI-HOSTPORT-SETMARK`,
      '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"k8s-pod-network\\" id: \\"ID\\"" -m multiport --dports 7777 -j CHAIN',
      '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
      '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
      '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
      '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    ].sort(),
  );
});

test('rows 104 and 106: of three pods that want one port of one node two wait, and the scheduler says why', () => {
  const operator = cluster(deployment('deploy1-hostport', 3, '', 'containerPort: 80, hostPort: 80')).at(30);
  const states = operator.lines('k get po --no-headers').map((line) => line.split(/\s+/).slice(1, 3).join(' '));
  assert.equal(states.sort(), ['0/1 Pending', '0/1 Pending', '1/1 Running']);
  const [pending = ''] = operator.lines('k get po | grep Pending | head -n 1').map((line) => line.split(' ')[0]!);
  assert.match(
    operator.run(`k describe po ${pending} | grep -A 3 Events`).stdout,
    /Warning +FailedScheduling .*default-scheduler +0\/1 nodes are available: 1 node\(s\) didn't have free ports for the requested pod ports\.\n/,
  );
});

test('row 110: on the network of its node a pod has the port without any rule', () => {
  const pods = deployment('web', 1, '', 'containerPort: 80, hostPort: 80');
  const operator = cluster(pods.replace('containers:', 'hostNetwork: true, containers:')).at(10);
  assert.equal(operator.lines('curl --silent localhost:80 | grep "<title>"'), TITLE);
  assert.is(operator.lines('iptables-save | grep CNI-').length, 0);
});

test('row 150: ports on two addresses of a node do not clash', () => {
  const pods = ['127.0.0.1', '10.0.2.15'].map((ip, i) =>
    deployment(`web${i}`, 1, '', `containerPort: 80, hostPort: 80, hostIP: ${ip}`),
  );
  const operator = cluster(pods.join('')).at(20);
  assert.is(operator.lines('k get po | grep -c Running')[0], '2');
});

test.run();
