/** Messages on the wire: sizes, compression, and that reading undoes writing. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, encode, messageBytes } from '../../../net/dns/codec.ts';
import { type Message, query, reply } from '../../../net/dns/message.ts';
import { RecordType } from '../../../net/dns/record.ts';

const test = suite('net/dns/codec');
const NAME = 'kubernetes.default.svc.cluster.local.';

test('encode() writes a question as the resolver sends it: header, name, type and class', () => {
  const bytes = encode(query({ name: 'web.', type: RecordType.AAAA }, 0x1234));
  assert.equal([...bytes], [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 119, 101, 98, 0, 0, 28, 0, 1]);
});

test('messageBytes() of an answer that is not compressed repeats the name', () => {
  const asked = query({ name: NAME, type: RecordType.A });
  const answer = reply(asked, { answer: [{ name: NAME, type: RecordType.A, ttl: 30, data: '10.96.0.1' }] });
  assert.is(messageBytes(asked), 12 + 38 + 4);
  assert.is(messageBytes(answer), 12 + 38 + 4 + 38 + 10 + 4);
  assert.is(messageBytes(answer, true), 12 + 38 + 4 + 2 + 10 + 4);
});

test('encode() never points from the target of an SRV record, but later names may point to it', () => {
  const asked = query({ name: '_http._tcp.a.zone.', type: RecordType.SRV });
  const answer = reply(asked, {
    answer: [{ name: '_http._tcp.a.zone.', type: RecordType.SRV, ttl: 5, data: '0 100 80 x.a.zone.' }],
    additional: [{ name: 'x.a.zone.', type: RecordType.A, ttl: 5, data: '192.0.2.1' }],
  });
  // The target stands in full (10 bytes); the additional record's owner is a pointer (2).
  assert.is(messageBytes(answer, true), 12 + 19 + 4 + (2 + 10 + 6 + 10) + (2 + 10 + 4));
});

test('encode() adds eleven bytes for EDNS', () => {
  const question = { name: NAME, type: RecordType.A };
  assert.is(messageBytes(query(question, 0, 1200)), messageBytes(query(question)) + 11);
});

const label = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
const name = fc.array(label, { minLength: 0, maxLength: 5 }).map((labels) => `${labels.join('.')}.`);
const address = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join('.'));
const ttl = fc.nat(2 ** 31 - 1);
const number = fc.nat(65535);
const record = fc.oneof(
  fc.record({ name, type: fc.constant(RecordType.A), ttl, data: address }),
  fc.record({
    name,
    type: fc.constantFrom(RecordType.CNAME, RecordType.NS, RecordType.PTR),
    ttl,
    data: name,
  }),
  fc.record({
    name,
    type: fc.constant(RecordType.AAAA),
    ttl,
    data: fc.constantFrom('2001:db8::1', '::', 'fd00:10:244::81'),
  }),
  fc.record({
    name,
    type: fc.constant(RecordType.SRV),
    ttl,
    data: fc.tuple(number, number, number, name).map((parts) => parts.join(' ')),
  }),
  fc.record({
    name,
    type: fc.constant(RecordType.SOA),
    ttl,
    data: fc.tuple(name, name, ttl, ttl, ttl, ttl, ttl).map((parts) => parts.join(' ')),
  }),
  fc.record({ name, type: fc.constant(RecordType.TXT), ttl, data: fc.stringMatching(/^[ -~]{0,600}$/) }),
);
const message: fc.Arbitrary<Message> = fc.record({
  id: number,
  response: fc.boolean(),
  authoritative: fc.boolean(),
  truncated: fc.boolean(),
  recursionDesired: fc.boolean(),
  recursionAvailable: fc.boolean(),
  rcode: fc.nat(5),
  question: fc.record({ name, type: fc.constantFrom(1, 28, 33) }),
  answer: fc.array(record, { maxLength: 6 }),
  authority: fc.array(record, { maxLength: 2 }),
  additional: fc.array(record, { maxLength: 6 }),
  udpBytes: fc.constantFrom(0, 1200, 4096),
});

test('decode() undoes encode(), compressed or not', () => {
  fc.assert(
    fc.property(message, fc.boolean(), (one, compress) => {
      assert.equal(decode(encode(one, compress)), JSON.parse(JSON.stringify(one)));
    }),
  );
});

test('encode() compressed is never larger', () => {
  fc.assert(fc.property(message, (one) => messageBytes(one, true) <= messageBytes(one)));
});

test('decode() refuses bytes that end too early and names that point forward', () => {
  const bytes = encode(query({ name: NAME, type: RecordType.A }));
  assert.throws(() => decode(bytes.subarray(0, 20)), /ends too early/);
  const looped = Uint8Array.from([...bytes.subarray(0, 12), 0xc0, 12, 0, 1, 0, 1]);
  assert.throws(() => decode(looped), /points forward/);
});

test.run();
