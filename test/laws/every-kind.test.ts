/** Each kind of event that is declared happens: what no run ever tells is dead. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readRunInput } from '../../runs/run-input.ts';
import { Simulation } from '../../runs/simulation.ts';
import { worldCodec } from '../../runs/world/event.ts';
import { read } from '../runs/scenario/sample.ts';

const test = suite('every kind');

/** What the shipped scenarios don't do: run out of ports, be told too often, crash, be refused, be changed by hand. */
const ODDITIES = `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  nodeSelector: { kubernetes.io/hostname: node1 }
  initContainers: [{ name: first, image: busybox }]
  containers:
    - { name: web, image: nginx, readinessProbe: { httpGet: { port: 80 } }, lifecycle: { preStop: { sleep: { seconds: 1 } } } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { selector: { matchLabels: { app: web } }, minAvailable: 1 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, nodePort: 30080 }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: oddities }
spec:
  until: 60s
  nodes: 2
  sysctls: { net.ipv4.ip_local_port_range: 40000 40003 }
  hosts: [{ name: client, ip: 198.51.100.7 }]
  images: { nginx: { concurrency: 8 } }
  timeline:
    - { at: 6s, on: node/node1, run: iptables -A OUTPUT -p udp -m time --weekdays Mon -j ACCEPT }
    - { at: 6s, on: node/node1, run: iptables -I INPUT -p tcp --dport 9 -j REJECT }
    - { at: 6s, on: node/node1, run: sysctl -w net.ipv4.conf.all.rp_filter=2 }
    - { at: 6s, fault: { drop: { from: host/client, to: node/node1, flags: SYN } } }
    - { at: 7s, fault: { pod: web, state: crash } }
    - { at: 9s, fault: { pod: web, state: hang } }
    - { at: 19s, fault: { pod: web, state: running } }
    - { at: 20s, fault: { link: [node1, node2], loss: 0.5 } }
    - { at: 22s, on: node/node1, run: conntrack -D -p tcp }
    - { at: 23s, on: node/node1, run: rm /etc/kubernetes/manifests/kube-scheduler.yaml }
    - { at: 25s, kubectl: expose pod web --port=80 --name=web }
    - { at: 26s, kubectl: label pod web app=web --overwrite }
    - { at: 27s, kubectl: scale deployment/nobody --replicas=2 }
    - { at: 30s, fault: { component: kube-proxy@node1, state: stopped } }
    - { at: 31s, fault: { component: kube-proxy@node1, state: running } }
    - { at: 32s, fault: { node: node2, state: down } }
    - { at: 39s, kubectl: drain node1 --ignore-daemonsets --force --timeout=1s }
    - { at: 39s, kubectl: drain node2 --ignore-daemonsets --force --timeout=1s }
    - { at: 40s, kubectl: delete pod web }
  traffic:
    - { name: ports, at: 8s, from: host/client, to: "http://node/node1:30080/", requests: 8, rate: 20/s, arrivals: poisson }
    - { name: refusals, at: 10s, from: host/client, to: "tcp://node/node1:9", requests: 12, rate: 100/s, source: 198.51.100.7 }
    - { name: unknown, at: 12s, from: node/node1, to: "udp://pod/web:53", requests: 1, timeout: 1s }
    - { name: nobody, at: 50s, from: pod/web, to: "http://node/node1:30080/" }
`;

/** Names: one that is found, and one that nobody can tell, because what the servers ask is lost. */
const NAMES = `apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: client, image: busybox }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: names }
spec:
  until: 40s
  nodes: 1
  timeline:
    - { at: 8s, on: node/node1, run: iptables -I FORWARD -p udp --dport 53 -d 10.0.0.1 -j DROP }
  traffic:
    - { name: outside, at: 10s, from: pod/client, to: "http://www.example.com/" }
    - { name: inside, at: 30s, from: pod/client, to: "tcp://kubernetes.default:443" }
`;

function kindsOf(simulation: Simulation): Set<string> {
  const kinds = new Set<string>();
  simulation.events.subscribe(({ kind }) => kinds.add(worldCodec.nameOf[kind]!));
  simulation.runUntil(simulation.scenario.untilNs!);
  return kinds;
}

test('each declared kind of event happens in a shipped scenario or among the oddities', () => {
  const scenarios = [
    read(ODDITIES),
    read(NAMES),
    ...['flagship', 'look-alikes', 'overlay'].map((name) => readRunInput([`runs/scenarios/${name}.yaml`]).scenario),
  ];
  const met = new Set(scenarios.flatMap((scenario) => [...kindsOf(new Simulation(scenario))]));
  assert.equal(
    worldCodec.nameOf.filter((name) => name !== undefined && !met.has(name)),
    [],
  );
});

test.run();
