/**
 * Suggestions and quantities: the small words of a scenario.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compare,
  parseBitRate,
  parseComparison,
  parseRate,
  parseShare,
  parseSize,
} from '../../../runs/scenario/quantity.ts';
import { didYouMean, editDistance, suggestion } from '../../../runs/scenario/suggestion.ts';
import { formatOrigin, parseOrigin, parseTarget, type Target } from '../../../runs/scenario/target.ts';

const test = suite('scenario: words');

test('editDistance() counts insertions, deletions, substitutions and swaps', () => {
  assert.is(editDistance('form', 'from'), 1);
  assert.is(editDistance('kuberntes', 'kubernetes'), 1);
  assert.is(editDistance('abc', 'xyz'), 3);
  assert.is(editDistance('', 'abc'), 3);
});

test('editDistance() is zero for equal words only, and the same both ways', () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      assert.is(distance === 0, a === b);
      assert.is(distance, editDistance(b, a));
      assert.ok(distance >= Math.abs(a.length - b.length) && distance <= Math.max(a.length, b.length));
    }),
  );
});

test('suggestion() keeps quiet when nothing is near', () => {
  assert.is(suggestion('zebra', ['from', 'to']), undefined);
  assert.is(suggestion('podcidr', ['podCIDR', 'pods']), 'podCIDR');
  assert.is(didYouMean('too', ['from', 'to']), '; did you mean "to"?');
  assert.is(didYouMean('x', []), '');
});

test('parseBitRate() reads decimal bit rates, and no bytes', () => {
  assert.is(parseBitRate('10Gbit/s'), 10e9);
  assert.is(parseBitRate('1.5mbit'), 1.5e6);
  assert.is(parseBitRate('300bit/s'), 300);
  assert.is(parseBitRate('10Gbps'), undefined);
  assert.is(parseBitRate('10'), undefined);
});

test('parseRate() reads rates per any period', () => {
  assert.is(parseRate('10/s'), 10);
  assert.is(parseRate('90/m'), 1.5);
  assert.is(parseRate('1/10ms'), 100);
  assert.is(parseRate('0/s'), undefined);
  assert.is(parseRate('10'), undefined);
  assert.is(parseRate('1/0s'), undefined);
});

test('parseSize() and parseShare() read sizes and shares', () => {
  assert.is(parseSize('1400'), 1400);
  assert.is(parseSize('64KiB'), 65536);
  assert.is(parseSize('2k'), 2000);
  assert.is(parseSize('1.5B'), undefined);
  assert.is(parseSize('1 parsec'), undefined);
  assert.is(parseShare('25%'), 0.25);
  assert.is(parseShare('1'), 1);
  assert.is(parseShare('1.5'), undefined);
});

test('parseComparison() and compare() hold what they say', () => {
  const read = (text: string) => parseSize(text);
  for (const [text, below, equal, above] of [
    ['= 5', false, true, false],
    ['5', false, true, false],
    ['>= 5', false, true, true],
    ['> 5', false, false, true],
    ['<5', true, false, false],
    ['<= 5', true, true, false],
  ] as const) {
    const comparison = parseComparison(text, read)!;
    assert.equal(
      [4, 5, 6].map((value) => compare(value, comparison)),
      [below, equal, above],
      text,
    );
  }
  assert.is(parseComparison('~ 5', read), undefined);
  assert.is(parseComparison('>= lots', read), undefined);
});

test('parseOrigin() reads the four kinds of sender', () => {
  assert.equal(parseOrigin('pod/shop/web-1'), { type: 'pod', namespace: 'shop', name: 'web-1' });
  assert.equal(parseOrigin('host/client'), { type: 'host', namespace: 'default', name: 'client' });
  assert.is(parseOrigin('host/a/b'), undefined);
  assert.is(parseOrigin('client'), undefined);
  assert.is(formatOrigin(parseOrigin('deployment/shop/web')!), 'deployment/shop/web');
  assert.is(formatOrigin(parseOrigin('pod/web')!), 'pod/web');
});

test('parseTarget() reads every kind of destination', () => {
  const at = (text: string) => {
    const { destination, port, path, scheme } = parseTarget(text) as Target;
    return [scheme, destination, port, path];
  };
  assert.equal(at('http://web'), ['http', { type: 'name', name: 'web' }, 80, '/']);
  assert.equal(at('http://Web.Shop:8080?x=1'), ['http', { type: 'name', name: 'web.shop' }, 8080, '/?x=1']);
  assert.equal(at('tcp://192.0.2.1:22'), ['tcp', { type: 'address', address: '192.0.2.1' }, 22, '/']);
  assert.equal(at('http://[2001:db8::1]:81/p'), ['http', { type: 'address', address: '2001:db8::1' }, 81, '/p']);
  assert.equal(at('icmp://node/node1'), ['icmp', { type: 'node', name: 'node1' }, 0, '/']);
  assert.equal(at('http://pod/shop/web-1:80/p'), ['http', { type: 'pod', namespace: 'shop', name: 'web-1' }, 80, '/p']);
  assert.equal(at('udp://pod/echo:7'), ['udp', { type: 'pod', namespace: 'default', name: 'echo' }, 7, '/']);
  assert.equal(at('http://$WEB_SERVICE_HOST:$WEB_SERVICE_PORT/'), ['http', { type: 'variable' }, 0, '/']);
  assert.is((parseTarget('http://node/node1:80/?family=6') as Target).family, 6);
  assert.is((parseTarget('http://node/node1:80/?family=6') as Target).path, '/');
});

test('parseTarget() says what is wanted', () => {
  assert.match(parseTarget('web') as string, /^a URL that starts with/);
  assert.is(parseTarget('tcp://web'), 'a port: tcp://NAME:PORT');
  assert.is(parseTarget('http://web:70000'), 'a port from 1 to 65535, not 70000');
  assert.is(parseTarget('http://[web]/'), 'an IPv6 address between the brackets');
  assert.match(parseTarget('http://node/') as string, /node\/NAME:PORT/);
  assert.match(parseTarget('http://we b/') as string, /host name or an address/);
});

test.run();
