/**
 * Scenarios in which anything happens at any time, drawn from a number: what holds in them holds by law, not by luck.
 */
import { keyedDraw } from '../../core/random.ts';
import type { Scenario } from '../../runs/scenario/scenario.ts';
import { deployment, pod, scenario, service } from '../runs/behaviour/stage.ts';

const OBJECTS =
  deployment('web', 3) +
  service('web', 'web', '[{ port: 80, nodePort: 30080 }]', ', type: NodePort') +
  deployment('api', 2) +
  service('api', 'api') +
  pod('client', 'node1');

const NODES = ['node1', 'node2', 'node3'] as const;
const COMPONENTS = [
  'kube-proxy',
  'endpoint-slice',
  'kubelet',
  'scheduler',
  'api-server',
  'controller-manager',
] as const;
const CHAINS = ['KUBE-SERVICES', 'KUBE-POSTROUTING', 'PREROUTING', 'KUBE-MARK-MASQ', 'KUBE-NODEPORTS'] as const;

/** Virtual seconds that it lasts. */
export const CHAOS_SECONDS = 50;

export function chaos(number: number): Scenario {
  const draw = keyedDraw(`chaos ${number}`);
  let drawn = 0;
  const below = (limit: number): number => draw(1, ++drawn) % limit;
  const one = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const action = (): string =>
    one([
      () => `fault: { node: ${one(NODES)}, state: ${one(['down', 'up', 'partitioned'])} }`,
      () => `kubectl: scale deployment/${one(['web', 'api'])} --replicas=${below(7)}`,
      () => `fault: { component: ${one(COMPONENTS)}, state: ${one(['stopped', 'running'])} }`,
      () => `on: node/${one(NODES)}, run: iptables -t nat -F ${one(CHAINS)}`,
      () => `on: node/${one(NODES)}, run: iptables -t nat -F`,
      () =>
        `on: node/${one(NODES)}, run: iptables -A ${one(['INPUT', 'FORWARD', 'OUTPUT'])} -p tcp -m statistic --mode ${one(['random --probability 0.3', 'nth --every 3 --packet 0'])} -j ${one(['DROP', 'REJECT', 'REJECT --reject-with tcp-reset'])}`,
      () => `fault: { drop: { from: pod/client, to: node/${one(NODES)}, count: ${1 + below(9)} } }`,
      () => `fault: { link: [${one(NODES)}, outside], loss: 0.${below(9)} }`,
      () => `fault: { link: [${one(NODES)}, outside], state: ${one(['down', 'up'])} }`,
      () => `kubectl: delete ${one(['service web', 'pod client', 'deployment api', 'service api'])}`,
    ])();
  const timeline = Array.from({ length: 12 }, () => `{ at: ${4 + below(40)}.${below(10)}s, ${action()} }`);
  return scenario(
    OBJECTS,
    `seed: ${number}
until: ${CHAOS_SECONDS}s
nodes: 3
underlay: ${one(['flat', 'routed'])}
kubernetes: { cni: ${one(['routed', 'overlay', 'bridge'])}, profile: "${one(['current', '1.16'])}" }
links: { loss: 0.0${below(4)}, queue: ${one([2, 5, 1000])} }
hosts: [{ name: outside, ip: 198.51.100.7 }]
timeline: [${timeline.join(', ')}]
traffic:
  - { name: inside, at: 3s, from: pod/client, to: "http://web/", requests: 200, rate: 5/s, timeout: ${one(['900ms', '20s'])} }
  - { name: outside, at: 3s, from: host/outside, to: "http://node/node1:30080/", requests: 100, rate: 3/s, arrivals: poisson }
  - { name: between, at: 3s, from: deployment/web, to: "http://api/", requests: 100, rate: 3/s }
  - { name: local, at: 3s, from: node/node2, to: "http://127.0.0.1:30080/", requests: 60, rate: 2/s }
  - { name: datagrams, at: 3s, from: host/outside, to: "udp://node/node2:5000", requests: 40, rate: 1/s }
  - { name: pings, at: 3s, from: pod/client, to: "icmp://node/node3", requests: 40, rate: 1/s, timeout: 3s }`,
  );
}
