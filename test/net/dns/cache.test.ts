/** What a server keeps, and for how long. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { AnswerCache } from '../../../net/dns/cache.ts';
import { type Message, query, Rcode, reply } from '../../../net/dns/message.ts';
import { RecordType } from '../../../net/dns/record.ts';

const test = suite('net/dns/cache');
const asked = query({ name: 'web.example.com.', type: RecordType.A });
const answer = (ttl: number): Message =>
  reply(asked, { answer: [{ name: 'web.example.com.', type: RecordType.A, ttl, data: '192.0.2.1' }] });
const soa = (ttl: number) => ({ name: 'example.com.', type: RecordType.SOA, ttl, data: 'a. b. 1 2 3 4 5' });

test('find() counts the TTL down in whole seconds and forgets at the end', () => {
  const cache = new AnswerCache({ successSeconds: 30, denialSeconds: 30 });
  cache.store(answer(300), 0);
  assert.is(cache.find(asked, 9.9 * SECOND)?.answer[0]?.ttl, 21);
  assert.is(cache.find(asked, 29.5 * SECOND)?.answer[0]?.ttl, 1);
  assert.is(cache.find(asked, 30 * SECOND), undefined);
});

test('capped() passes a long TTL on as the time that the answer is kept for', () => {
  const cache = new AnswerCache({ successSeconds: 30, denialSeconds: 30 });
  assert.is(cache.capped(answer(300)).answer[0]?.ttl, 30);
  assert.is(cache.capped(answer(7)).answer[0]?.ttl, 7);
});

test('store() keeps a denial for the time of its SOA, within its own bounds', () => {
  const cache = new AnswerCache({ successSeconds: 30, denialSeconds: 5 });
  cache.store(reply(asked, { rcode: Rcode.NxDomain, authority: [soa(30)] }), 0);
  assert.is(cache.find(asked, 4 * SECOND)?.rcode, Rcode.NxDomain);
  assert.is(cache.find(asked, 5 * SECOND), undefined);
});

test('store() keeps no denial without an SOA, no truncated answer and no refusal', () => {
  const cache = new AnswerCache({ successSeconds: 30, denialSeconds: 30 });
  cache.store(reply(asked, { rcode: Rcode.NxDomain }), 0);
  cache.store({ ...answer(30), truncated: true }, 0);
  cache.store(reply(asked, { rcode: Rcode.Refused }), 0);
  assert.is(cache.size, 0);
});

test('find() prefers what was known to a failure that passes', () => {
  const cache = new AnswerCache({ successSeconds: 30, denialSeconds: 30 });
  cache.store(answer(30), 0);
  cache.store(reply(asked, { rcode: Rcode.ServFail }), SECOND);
  assert.is(cache.find(asked, 2 * SECOND)?.rcode, Rcode.NoError);
  assert.is(
    cache.find({ ...asked, question: { name: 'WEB.example.com.', type: RecordType.A } }, 2 * SECOND)?.answer.length,
    1,
  );
});

test.run();
