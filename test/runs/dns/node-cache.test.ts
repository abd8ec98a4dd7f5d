/** A cache on each node: who is asked what, by which transport, and what is left when the cluster's servers are gone. */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { NetEventKind, type NetEventOf } from '../../../net/event.ts';
import { exec } from '../../../runs/exec/exec.ts';
import { readRunInput } from '../../../runs/run-input.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { read } from '../scenario/sample.ts';

const test = suite('dns/node cache');

const FILE = fileURLToPath(new URL('../../../runs/scenarios/life/node-local-dns.yaml', import.meta.url));

const shipped = (): Simulation => new Simulation(readRunInput([FILE]).scenario);

const typed = (simulation: Simulation, line: string, on?: string): string =>
  exec(simulation, { argv: line.split(' '), ...(on === undefined ? {} : { on }) }).stdout;

test('pods ask the address of their node; the first question of a name goes on over TCP, the next ones do not', () => {
  const simulation = shipped();
  const asked: string[] = [];
  const forwarded: NetEventOf<'QueryForwarded'>[] = [];
  const { net } = simulation.world;
  let overTcp = 0;
  simulation.events.subscribe((event) => {
    if (event.kind === NetEventKind.QuerySent) asked.push(net.addresses.text(event.destination));
    if (event.kind === NetEventKind.QueryForwarded) forwarded.push(event);
    if (event.kind === NetEventKind.PacketSent && (event.originalPorts & 0xffff) === 53 && event.header >>> 24 === 6)
      overTcp++;
  });
  simulation.runUntil(24 * SECOND);
  assert.equal([...new Set(asked)], ['169.254.20.10']);
  // Both questions of the two rows that begin at once; each pair is new to the cache.
  assert.equal(
    forwarded.map(({ text }) => text),
    [1, 2].flatMap(() => ['A web.default.svc.cluster.local.', 'AAAA web.default.svc.cluster.local.']),
  );
  const service = simulation.world.cluster.store.get('Service', 'kube-system', 'kube-dns-upstream')!;
  assert.equal(
    [...new Set(forwarded.map(({ destination }) => net.addresses.text(destination)))],
    [service.spec.clusterIP],
  );
  assert.ok(overTcp > 0);
  assert.ok(asked.length > 80, 'and all the others were answered on the node');
});

test('what pods ask their cache is not tracked, what the cache asks CoreDNS is', () => {
  const simulation = shipped();
  simulation.runUntil(22 * SECOND);
  assert.not.match(typed(simulation, 'conntrack -L -p udp'), 'dport=53');
  assert.match(typed(simulation, 'conntrack -L -p tcp'), /TIME_WAIT src=10\.0\.0\.11 dst=[\d.]+ sport=\d+ dport=53/);
  assert.match(
    typed(simulation, 'iptables-save -t raw'),
    '-A PREROUTING -d 169.254.20.10/32 -p udp -m udp --dport 53 -j NOTRACK',
  );
});

test('the address of kube-dns is answered on the node, too', () => {
  const simulation = shipped();
  simulation.runUntil(30 * SECOND);
  const told = typed(simulation, 'nslookup other 10.96.0.10', 'pod/client');
  assert.match(told, /^Server:\t\t10\.96\.0\.10\n/);
  assert.match(told, /Name:\tother\.default\.svc\.cluster\.local\nAddress: /);
  assert.not.match(typed(simulation, 'conntrack -L -p udp'), 'dport=53');
});

test('without CoreDNS a name is known for the rest of its 30 s, and a denial for 5 s', () => {
  const simulation = shipped();
  const failed: number[] = [];
  simulation.events.subscribe((event) => {
    if (event.kind === NetEventKind.LookupEnded && event.error !== 0 && event.traffic === 0)
      failed.push(event.startedAt / SECOND);
  });
  simulation.runUntil(75 * SECOND);
  assert.is(Math.min(...failed), 50.1);
  assert.is(failed.length, 199);
});

test('names of the outside world are asked of the machine own server, by UDP', () => {
  const text = `apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: client, image: busybox }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: outside }
spec:
  nodes: 1
  kubernetes: { dns: nodelocal }
  dns: [{ name: www.example.com, address: 192.0.2.80 }]
  traffic:
    - { at: 20s, from: pod/client, to: "dns://www.example.com.", requests: 2 }
`;
  const simulation = new Simulation(read(text));
  const forwarded: string[] = [];
  const { net } = simulation.world;
  simulation.events.subscribe((event) => {
    if (event.kind === NetEventKind.QueryForwarded)
      forwarded.push(`${event.text} > ${net.addresses.text(event.destination)}`);
    if (event.kind === NetEventKind.PacketSent && (event.originalPorts & 0xffff) === 53)
      assert.is(event.header >>> 24, 17);
  });
  simulation.runUntil(30 * SECOND);
  assert.equal(forwarded, ['A www.example.com. > 10.0.0.1', 'AAAA www.example.com. > 10.0.0.1']);
});

test.run();
