/** Answers that fit and answers that don't. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { messageBytes } from '../../../net/dns/codec.ts';
import { type Message, query, reply } from '../../../net/dns/message.ts';
import { RecordType } from '../../../net/dns/record.ts';
import { fit, TCP_BYTES } from '../../../net/dns/truncation.ts';

const test = suite('net/dns/truncation');
const NAME = 'many.default.svc.cluster.local.';

function addresses(count: number, udpBytes = 0): Message {
  const asked = query({ name: NAME, type: RecordType.A }, 0, udpBytes);
  const answer = Array.from({ length: count }, (_, i) => ({
    name: NAME,
    type: RecordType.A,
    ttl: 30,
    data: `10.244.0.${i}`,
  }));
  return reply(asked, { answer });
}

test('fit() leaves what fits as it is: not even compressed', () => {
  const message = addresses(5);
  assert.is(fit(message, 512).message, message);
  assert.is(fit(message, 512).bytes, messageBytes(message));
});

test('fit() compresses what would not fit otherwise, and leaves nothing out', () => {
  const message = addresses(20);
  const { message: told, bytes } = fit(message, 512);
  assert.ok(messageBytes(message) > 512);
  assert.is(told.truncated, false);
  assert.is(bytes, 12 + 32 + 4 + 20 * 16);
});

test('fit() cuts what does not fit, and says so', () => {
  const { message, bytes } = fit(addresses(60), 512);
  assert.is(message.truncated, true);
  assert.is(message.answer.length, Math.floor((512 - 48) / 16));
  assert.ok(bytes <= 512);
});

test('fit() has more room where the client says so, and all there is over TCP', () => {
  assert.is(fit(addresses(60, 1200), 1200).message.truncated, false);
  assert.is(fit(addresses(60), TCP_BYTES).message.truncated, false);
  assert.is(fit(addresses(60), TCP_BYTES).bytes, messageBytes(addresses(60)));
});

test.run();
