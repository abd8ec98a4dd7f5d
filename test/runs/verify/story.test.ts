/**
 * Two tellings of one request: what counts as a difference and what does not.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { difference, type PacketStory, type Story } from '../../../runs/verify/story.ts';

const test = suite('story');

/** A client's request over a node that masquerades to `drawn`, and a second node that tracks it too. */
function story(drawn: number, change: Partial<Story> = {}): Story {
  return {
    outcome: 'answered',
    status: 200,
    server: 'web',
    peer: { address: '192.0.2.11', port: drawn },
    ttl: 62,
    rejection: undefined,
    sourcePort: 10001,
    rules: [{ host: 'node1', table: 'nat', chain: 'WEB', number: 1, rule: '-A WEB -j X', packets: 1, bytes: 60 }],
    conntrack: [
      {
        host: 'node1',
        protocol: 'tcp',
        state: 'TIME_WAIT',
        original: { source: '192.0.2.10', destination: '192.0.2.11', sourcePort: 10001, destinationPort: 30080 },
        reply: { source: '10.1.2.2', destination: '192.0.2.11', sourcePort: 8080, destinationPort: drawn },
        flags: ['ASSURED'],
        mark: 0,
      },
      {
        host: 'node2',
        protocol: 'tcp',
        state: 'TIME_WAIT',
        original: { source: '192.0.2.11', destination: '10.1.2.2', sourcePort: drawn, destinationPort: 8080 },
        reply: { source: '10.1.2.2', destination: '192.0.2.11', sourcePort: 8080, destinationPort: drawn },
        flags: ['ASSURED'],
        mark: 0,
      },
    ],
    ...change,
  };
}

function packet(change: Partial<PacketStory> = {}): PacketStory {
  return {
    host: 'node1',
    interface: 'eth0',
    direction: 'in',
    protocol: 6,
    source: '192.0.2.10',
    destination: '192.0.2.11',
    sourcePort: 10001,
    destinationPort: 30080,
    icmp: 0,
    flags: 2,
    ttl: 64,
    sizeBytes: 60,
    ...change,
  };
}

test('difference() takes one drawn port for another, and entries in any order', () => {
  const kernel = story(61003);
  assert.equal(difference(story(2048), { ...kernel, conntrack: [...kernel.conntrack].reverse() }), []);
});

test('difference() sees a port that was kept on one side and drawn on the other', () => {
  const lines = difference(story(10001), story(61003));
  assert.is(lines[0], 'peer seen: model 192.0.2.11:kept, kernel 192.0.2.11:drawn#1');
  assert.is(lines.length, 5);
});

test('difference() sees two drawn ports where the model has one', () => {
  assert.is(difference(story(2048), story(61003, { peer: { address: '192.0.2.11', port: 61004 } })).length > 0, true);
});

test('difference() names each field, entry and rule that differs', () => {
  assert.equal(difference(story(1), story(1, { ttl: 63, server: '', outcome: 'timeout', status: 0 })), [
    'outcome: model answered, kernel timeout',
    'status: model 200, kernel 0',
    'answering host: model web, kernel none',
    'TTL seen: model 62, kernel 63',
  ]);
  assert.equal(difference(story(1), story(1, { rejection: { host: 'node1', by: 'icmp', icmp: 0x0303 } })), [
    'rejection: model none, kernel icmp by node1 type 3 code 3',
  ]);
  const [rule] = story(1).rules;
  assert.equal(difference(story(1), story(1, { rules: [{ ...rule!, bytes: 61 }] })), [
    'model only: node1 nat WEB 1 counted 1 packets, 60 bytes: -A WEB -j X',
    'kernel only: node1 nat WEB 1 counted 1 packets, 61 bytes: -A WEB -j X',
  ]);
});

test('difference() sees another DNAT target although source ports may be drawn', () => {
  const [first, second] = story(1).conntrack;
  const elsewhere = story(1, { conntrack: [{ ...first!, reply: { ...first!.reply, sourcePort: 8081 } }, second!] });
  assert.equal(difference(story(1), elsewhere), [
    'model only: node1 conntrack tcp TIME_WAIT 192.0.2.10:kept > 192.0.2.11:30080 reply 10.1.2.2:8080 > 192.0.2.11:1 [ASSURED]',
    'kernel only: node1 conntrack tcp TIME_WAIT 192.0.2.10:kept > 192.0.2.11:30080 reply 10.1.2.2:8081 > 192.0.2.11:1 [ASSURED]',
  ]);
});

test('difference() compares packets by interface where both stories have them', () => {
  const syn = packet();
  const answer = packet({ direction: 'out', flags: 18 });
  const model = story(1, { packets: [syn, answer] });
  assert.equal(difference(model, story(1)), []);
  assert.equal(difference(model, story(1, { packets: [answer, syn] })), []);
  assert.is(
    difference(model, story(1, { packets: [syn, packet({ direction: 'out', flags: 18, ttl: 63 })] })).length,
    2,
  );
  assert.is(difference(model, story(1, { packets: [syn, answer, answer] })).length, 1);
});

test.run();
