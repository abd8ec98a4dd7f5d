/**
 * A and AAAA leave one socket together. Where the second is looked at by another processor before the first is
 * confirmed, and the rules give it another server, kernels before 5.7 lose it: glibc then waits its whole time-out.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { DropReason } from '../../../net/drop-reason.ts';
import { NetEventKind, type NetEventOf } from '../../../net/event.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';

const test = suite('runs/dns/race');

interface Raced {
  readonly seconds: readonly number[];
  readonly clashes: number;
}

function race(kernel: string, options = '', share = 1): Raced {
  const text = `apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: node1, containers: [{ name: client, image: busybox }]${options} }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: race }
spec:
  until: 300s
  nodes: 1
  kernel: "${kernel}"
  conntrackRace: ${share}
  traffic: [{ name: it, at: 20s, from: pod/client, to: "dns://kubernetes.default.svc.cluster.local.", requests: 40, rate: 1/s }]
`;
  const simulation = new Simulation(
    readScenario([{ name: 'race.yaml', text }], { open: (name) => ({ name, text: '' }) }),
  );
  const seconds: number[] = [];
  let clashes = 0;
  simulation.events.subscribe((event) => {
    if (event.kind === NetEventKind.LookupEnded) {
      const { at, startedAt, error } = event as NetEventOf<'LookupEnded'>;
      assert.is(error, 0);
      seconds.push(Math.round((at - startedAt) / SECOND));
    } else if (event.kind === NetEventKind.PacketDropped && event.state >>> 16 === DropReason.ConntrackClash) clashes++;
  });
  simulation.runUntil(300 * SECOND);
  simulation.check();
  return { seconds, clashes };
}

test('on kernel 5 a look-up whose two questions race costs 5 s when they get different servers, and nothing when not', () => {
  const { seconds, clashes } = race('5');
  assert.is(seconds.length, 40);
  assert.equal([...new Set(seconds)].sort(), [0, 5]);
  assert.is(clashes, seconds.filter((took) => took === 5).length);
  // Two servers with equal odds: half of the races are lost. More than 5 standard deviations from 20 are not.
  assert.ok(clashes > 4 && clashes < 36, `${clashes} of 40`);
});

test('kernel 6 lets both entries stand, and without a race nothing is lost', () => {
  assert.equal(race('6'), { seconds: Array.from({ length: 40 }, () => 0), clashes: 0 });
  assert.equal(race('5', '', 0).clashes, 0);
});

test('single-request-reopen asks from two sockets, one after the other: no race', () => {
  const options = ', dnsConfig: { options: [{ name: single-request-reopen }] }';
  assert.equal(race('5', options), { seconds: Array.from({ length: 40 }, () => 0), clashes: 0 });
});

test.run();
