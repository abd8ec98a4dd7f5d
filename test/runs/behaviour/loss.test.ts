/**
 * One packet lost on the wire: what is sent again, and when. Times are those of a Linux 6 end with a round trip far
 * below its least time-out.
 * @see RFC 6298, net/ipv4/tcp_timer.c
 * @evidence model: Delay, rate, queue and loss of links
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NetEventKind, type PassageEvent } from '../../../net/event.ts';
import { TcpFlag } from '../../../net/packet.ts';
import { pod, Stage, scenario } from './stage.ts';

const test = suite('losses');

const SERVER = `apiVersion: v1
kind: Pod
metadata: { name: server }
spec: { nodeName: node2, containers: [{ name: web, image: nginx }] }
---
`;

/** A request at 5 s, with the first packet of these flags lost. */
function lose(from: string, to: string, flags: string): Stage {
  return new Stage(
    scenario(
      pod('client', 'node1') + SERVER,
      `until: 300s
nodes: 2
timeline: [{ at: 4s, fault: { drop: { from: ${from}, to: ${to}, flags: ${flags} } } }]
traffic: [{ name: in, at: 5s, from: pod/client, to: "http://pod/server/" }]`,
    ),
  ).run(60);
}

const MS = 1e6;

/** Instants at which the maker of these segments made them, in ms since the request. */
function sent(stage: Stage, host: string, flags: number): number[] {
  const { id } = stage.net.hostNamed(`default/${host}`)!;
  const made = new Map<number, number>();
  for (const event of stage.events) {
    const { kind, at, host: place, inInterface, header, packet } = event as PassageEvent;
    const leaves = kind === NetEventKind.PacketSent || kind === NetEventKind.PacketDropped;
    if (!leaves || place !== id || inInterface !== 0 || (header & 0xff) !== flags || made.has(packet)) continue;
    made.set(packet, (at - 5e9) / MS);
  }
  return [...made.values()];
}

const took = (stage: Stage): number => (stage.completed[0]!.at - stage.completed[0]!.startedAt) / MS;

const { Syn, Ack, Psh, Fin } = TcpFlag;

test('nothing lost: answered in a few round trips, each segment once', () => {
  const calm = lose('pod/client', 'pod/server', 'URG');
  assert.equal(calm.outcomes('in'), { answered: 1 });
  assert.ok(took(calm) < 5, `${took(calm)} ms`);
  assert.is(sent(calm, 'client', Syn).length, 1);
});

test('SYN lost: sent again after one second', () => {
  const stage = lose('pod/client', 'pod/server', 'SYN');
  const syns = sent(stage, 'client', Syn);
  assert.is(syns.length, 2);
  assert.ok(Math.abs(syns[1]! - 1000) < 30, `${syns[1]} ms`);
  assert.equal(stage.outcomes('in'), { answered: 1 });
});

test('SYN-ACK lost: both ends send again after one second, and the connection stands', () => {
  const stage = lose('pod/server', 'pod/client', 'SYN+ACK');
  const syns = sent(stage, 'client', Syn);
  const answers = sent(stage, 'server', Syn | Ack);
  assert.is(syns.length, 2);
  assert.ok(answers.length >= 2 && answers.length <= 3, `${answers.length} SYN-ACKs`);
  assert.ok(took(stage) > 950 && took(stage) < 1100, `${took(stage)} ms`);
  assert.equal(stage.outcomes('in'), { answered: 1 });
});

test('a data segment lost: sent again after the least time-out of 200 ms', () => {
  const stage = lose('pod/client', 'pod/server', 'PSH+ACK');
  const times = sent(stage, 'client', Psh | Ack);
  assert.is(times.length, 2);
  const wait = times[1]! - times[0]!;
  assert.ok(wait >= 200 && wait < 215, `${wait} ms`);
  assert.equal(stage.outcomes('in'), { answered: 1 });
});

test('the FIN lost: the request is long answered, the FIN comes again after 200 ms', () => {
  const stage = lose('pod/client', 'pod/server', 'FIN+ACK');
  const fins = sent(stage, 'client', Fin | Ack);
  assert.is(fins.length, 2);
  const wait = fins[1]! - fins[0]!;
  assert.ok(wait >= 200 && wait < 215, `${wait} ms`);
  assert.ok(took(stage) < 5, `${took(stage)} ms`);
  assert.is([...stage.net.sockets.values()].filter(({ listener }) => listener !== undefined).length, 0);
});

test('every SYN lost: four more tries a second apart, then the back-off doubles, and the kernel gives up', () => {
  const stage = new Stage(
    scenario(
      pod('client', 'node1') + SERVER,
      `until: 300s
nodes: 2
timeline: [{ at: 4s, fault: { drop: { from: pod/client, to: pod/server, flags: SYN, count: 100 } } }]
traffic: [{ name: in, at: 5s, from: pod/client, to: "http://pod/server/" }]`,
    ),
  ).run(300);
  assert.equal(stage.outcomes('in'), { timeout: 1 });
  const times = sent(stage, 'client', Syn);
  // tcp_syn_linear_timeouts 4 and tcp_syn_retries 6, both as the kernel has them by itself. @see ip-sysctl.rst
  const wanted = [1, 1, 1, 1, 1, 2, 4, 8, 16, 32];
  assert.is(times.length, wanted.length + 1);
  wanted.forEach((seconds, i) => {
    const gap = (times[i + 1]! - times[i]!) / 1000;
    // A timer fires at the end of its wheel's slot: up to an eighth late.
    assert.ok(gap >= seconds * 0.99 && gap <= seconds * 1.13, `try ${i + 2}: ${gap} s`);
  });
});

test.run();
