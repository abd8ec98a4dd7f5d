/** The C libraries' resolvers against servers that answer, fail, refuse or keep silent. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { glibcResolution } from '../../../net/dns/glibc.ts';
import { type Message, query, Rcode, reply } from '../../../net/dns/message.ts';
import { muslResolution } from '../../../net/dns/musl.ts';
import { RecordType, typeName } from '../../../net/dns/record.ts';
import type { Ask, Heard, LookupPlan, LookupResult } from '../../../net/dns/resolution.ts';

const test = suite('net/dns/resolver');
const SEARCH = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const CONFIG = { nameservers: ['10.96.0.10'], search: SEARCH, options: ['ndots:5'] };

type Word = 'refused' | 'silent' | Partial<Message>;

interface Told extends LookupResult {
  readonly wire: readonly string[];
  readonly sockets: readonly number[];
  readonly seconds: number;
}

/** Drives a look-up; every server says `word` to a question. */
function look(plan: LookupPlan, word: (ask: Ask, number: number) => Word): Told {
  const resolution = plan.resolver === 'musl' ? muslResolution(plan, 0) : glibcResolution(plan, 0);
  const wire: string[] = [];
  const sockets: number[] = [];
  let nowNs = 0;
  let step = resolution.next();
  const heard: Heard[] = [];
  while (!step.done) {
    for (const ask of step.value.sends) {
      const number = wire.length;
      wire.push(`${nowNs / SECOND} ${typeName(ask.question.type)} ${ask.question.name}${ask.tcp ? ' tcp' : ''}`);
      sockets.push(ask.socket);
      const said = word(ask, number);
      const { socket, server } = ask;
      if (said === 'refused') heard.push({ type: 'refused', socket, nowNs });
      else if (said !== 'silent')
        heard.push({ type: 'answer', socket, server, message: reply(query(ask.question), said), nowNs });
    }
    const next = heard.shift();
    if (next === undefined) nowNs = step.value.untilNs;
    step = resolution.next(next ?? { type: 'timeout', nowNs });
  }
  return { ...step.value, wire, sockets, seconds: nowNs / SECOND };
}

const glibc = (name: string, more: Partial<LookupPlan> = {}): LookupPlan => ({
  resolver: 'glibc',
  name,
  family: 'any',
  config: CONFIG,
  ...more,
});
const musl = (name: string): LookupPlan => ({ ...glibc(name), resolver: 'musl' });
const address = (ask: Ask): Partial<Message> =>
  ask.question.type === RecordType.A
    ? { answer: [{ name: ask.question.name, type: RecordType.A, ttl: 30, data: '10.96.0.1' }] }
    : {};
const only =
  (name: string) =>
  (ask: Ask): Word =>
    ask.question.name === name ? address(ask) : { rcode: Rcode.NxDomain };

test('glibcResolution() asks for kubernetes.default in four queries, the first name denied', () => {
  const told = look(glibc('kubernetes.default'), only('kubernetes.default.svc.cluster.local.'));
  assert.equal(told.wire, [
    '0 A kubernetes.default.default.svc.cluster.local.',
    '0 AAAA kubernetes.default.default.svc.cluster.local.',
    '0 A kubernetes.default.svc.cluster.local.',
    '0 AAAA kubernetes.default.svc.cluster.local.',
  ]);
  assert.equal(told.sockets, [0, 0, 1, 1]);
  assert.equal(told.addresses, ['10.96.0.1']);
});

test('glibcResolution() needs one pair of queries where the name ends with a dot, whatever ndots', () => {
  assert.is(look(glibc('www.example.com.'), only('www.example.com.')).wire.length, 2);
  assert.is(look(glibc('www.example.com'), only('www.example.com.')).wire.length, 8);
});

test('glibcResolution() waits 5 s twice for the first name, then for the name as it stands: 20 s', () => {
  const told = look(glibc('web'), () => 'silent');
  assert.equal(
    told.wire.filter((line) => !line.includes('AAAA')),
    ['0 A web.default.svc.cluster.local.', '5 A web.default.svc.cluster.local.', '10 A web.', '15 A web.'],
  );
  assert.is(told.seconds, 20);
  assert.is(told.error, 'again');
});

test('glibcResolution() gives up at once when it is refused: two attempts, no other name', () => {
  const told = look(glibc('web'), () => 'refused');
  assert.is(told.wire.length, 4);
  assert.is(told.seconds, 0);
  assert.is(told.error, 'again');
});

test('glibcResolution() loses 5 s when one of two answers is lost, then asks one after the other', () => {
  const told = look(glibc('web'), (ask, number) => (number === 1 ? 'silent' : address(ask)));
  assert.equal(told.wire, [
    '0 A web.default.svc.cluster.local.',
    '0 AAAA web.default.svc.cluster.local.',
    '5 A web.default.svc.cluster.local.',
    '5 AAAA web.default.svc.cluster.local.',
  ]);
  assert.is(told.seconds, 5);
  assert.equal(told.addresses, ['10.96.0.1']);
});

test('glibcResolution() with single-request-reopen asks for AAAA from a socket of its own', () => {
  const config = { ...CONFIG, options: ['ndots:5', 'single-request-reopen'] };
  assert.equal(look(glibc('web', { config }), address).sockets, [0, 1]);
});

test('glibcResolution() asks again over TCP for an answer that was cut', () => {
  const cut = look(glibc('web', { family: 'ipv4' }), (ask) =>
    ask.tcp ? address(ask) : { ...address(ask), truncated: true },
  );
  assert.equal(cut.wire, ['0 A web.default.svc.cluster.local.', '0 A web.default.svc.cluster.local. tcp']);
});

test('glibcResolution() gives the second of two servers a share of twice the time', () => {
  const config = { ...CONFIG, nameservers: ['10.96.0.10', '192.0.2.53', '192.0.2.54'], options: ['attempts:1'] };
  const told = look(glibc('web.', { config, family: 'ipv4' }), () => 'silent');
  assert.equal(told.wire, ['0 A web.', '5 A web.', '8 A web.']);
  assert.is(told.seconds, 14);
});

test('muslResolution() asks every server at once, again after half of its 5 s, and tries no other name', () => {
  const config = { ...CONFIG, nameservers: ['10.96.0.10', '192.0.2.53'] };
  const told = look({ ...musl('web'), config }, () => 'silent');
  assert.is(told.wire.length, 8);
  assert.ok(told.wire.slice(4).every((line) => line.startsWith('2.5 ')));
  assert.is(told.seconds, 5);
  assert.is(told.error, 'again');
});

test('muslResolution() never tries endings for a name with as many dots as ndots', () => {
  assert.is(look(musl('a.b.c.d.e.example.com'), only('a.b.c.d.e.example.com.')).wire.length, 2);
  assert.is(look(musl('a.b.c.d.e.f'), () => ({ rcode: Rcode.NxDomain })).wire.length, 2);
  assert.is(look(glibc('a.b.c.d.e.f'), () => ({ rcode: Rcode.NxDomain })).wire.length, 8);
});

test('muslResolution() stops at a name that lacks the type, where glibc goes on', () => {
  const plan = { family: 'ipv6' as const };
  assert.is(look({ ...musl('web'), ...plan }, () => ({})).wire.length, 1);
  assert.is(look(glibc('web', plan), () => ({})).wire.length, 4);
});

test('muslResolution() hears no refusal: its socket is not connected', () => {
  assert.is(look(musl('web'), () => 'refused').seconds, 5);
});

test.run();
