/**
 * Packets and ICMP messages, from their bytes.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { echoOutcome, echoRequest } from '../../../runs/verify/echo-request.ts';
import { readWirePacket } from '../../../runs/verify/wire.ts';

const test = suite('wire');

const TAP = { host: 'node', interface: 'eth0', direction: 'in', atNs: 5 } as const;

/** An IPv4 header without options from 192.0.2.1 to 192.0.2.2. */
function ip(protocol: number, behind: Buffer, fragment = 0x4000): Buffer {
  const head = Buffer.from('450000000000000040000000c0000201c0000202', 'hex');
  head.writeUInt16BE(20 + behind.length, 2);
  head.writeUInt16BE(fragment, 6);
  head[9] = protocol;
  return Buffer.concat([head, behind]);
}

/** A TCP header: ports 10001 and 80, sequence 7, acknowledgement 9. */
function tcp(flags: number): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(10001, 0);
  head.writeUInt16BE(80, 2);
  head.writeUInt32BE(7, 4);
  head.writeUInt32BE(9, 8);
  // Five words of header.
  head[12] = 5 << 4;
  head[13] = flags;
  return head;
}

test('readWirePacket() reads a TCP segment', () => {
  const packet = readWirePacket(TAP, ip(6, tcp(0x12)));
  assert.equal(packet, {
    ...TAP,
    protocol: 6,
    source: '192.0.2.1',
    destination: '192.0.2.2',
    sourcePort: 10001,
    destinationPort: 80,
    icmp: 0,
    flags: 18,
    sequence: 7,
    acknowledgement: 9,
    ttl: 64,
    sizeBytes: 40,
    fragmentOffset: 0,
    dontFragment: true,
    quoted: undefined,
    payloadBytes: 0,
  });
  assert.is(readWirePacket(TAP, ip(6, tcp(2)))?.acknowledgement, 0, 'without ACK the field means nothing');
});

test('readWirePacket() finds no ports in a later fragment', () => {
  const packet = readWirePacket(TAP, ip(17, Buffer.alloc(16, 0x55), 185));
  assert.is(packet?.fragmentOffset, 1480);
  assert.is(packet?.sourcePort, 0);
  assert.is(packet?.dontFragment, false);
});

test('readWirePacket() reads what an ICMP error quotes', () => {
  const error = Buffer.concat([Buffer.from('0301000000000000', 'hex'), ip(6, tcp(2))]);
  const packet = readWirePacket(TAP, ip(1, error));
  assert.is(packet?.icmp, 0x0301);
  assert.is(packet?.quoted?.sourcePort, 10001);
  assert.is(packet?.quoted?.destination, '192.0.2.2');
  assert.is(packet?.sourcePort, 0);
});

test('readWirePacket() passes over what is no IPv4', () => {
  assert.is(readWirePacket(TAP, Buffer.alloc(40, 0x60)), undefined);
  assert.is(readWirePacket(TAP, Buffer.alloc(10, 0x45)), undefined);
});

test('echoRequest() carries a checksum that sums up to zero', () => {
  for (const size of [0, 1, 55, 56]) {
    const bytes = Buffer.concat([echoRequest(501, 2, size), Buffer.alloc(size % 2)]);
    let sum = 0;
    for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    assert.is(sum, 0xffff);
  }
});

test('echoOutcome() knows its own answer and errors about its own request', () => {
  const request = echoRequest(501, 2, 8);
  const reply = Buffer.from(request);
  reply[0] = 0;
  assert.is(echoOutcome(ip(1, reply), 501, 2), 'answered');
  assert.is(echoOutcome(ip(1, reply), 501, 3), undefined);
  assert.is(echoOutcome(ip(1, request), 501, 2), undefined, 'a request is no answer');
  const error = (head: string) => ip(1, Buffer.concat([Buffer.from(head, 'hex'), ip(1, request)]));
  assert.is(echoOutcome(error('0303000000000000'), 501, 2), 'refused');
  assert.is(echoOutcome(error('0301000000000000'), 501, 2), 'unreachable');
  assert.is(echoOutcome(error('0b00000000000000'), 501, 2), 'unreachable');
  assert.is(echoOutcome(error('0b00000000000000'), 502, 2), undefined);
});

test.run();
