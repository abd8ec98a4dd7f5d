/** The forms of names. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  labelKey,
  labelValue,
  portName,
} from '../../../controllers/object/name.ts';

const test = suite('object/name');

test('dns1123Label() takes labels, and tells dots from other faults', () => {
  for (const good of ['a', '0', 'a-b', 'x'.repeat(63)]) assert.equal(dns1123Label(good), []);
  assert.equal(dns1123Label('a.b'), ['must not contain dots']);
  assert.equal(dns1123Label('A'), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  assert.equal(dns1123Label('x'.repeat(64)), ['must be no more than 63 characters']);
});

test('dns1123Subdomain() takes 253 characters', () => {
  assert.equal(dns1123Subdomain('a.b-c.0'), []);
  assert.is(dns1123Subdomain('a..b').length, 1);
  assert.equal(dns1123Subdomain('a'.repeat(254)), ['must be no more than 253 characters']);
});

test('portName() wants a letter and no stray hyphens', () => {
  assert.equal(portName('http-2'), []);
  assert.equal(portName('80'), ['must contain at least one letter (a-z)']);
  assert.equal(portName('a--'), ['must not contain consecutive hyphens', 'must not begin or end with a hyphen']);
  assert.equal(portName('a-name-too-long-'), [
    'must be no more than 15 characters',
    'must not begin or end with a hyphen',
  ]);
});

test('labelKey() and labelValue() know prefixes and empty values', () => {
  assert.equal(labelKey('example.com/a_b.c'), []);
  assert.equal(labelKey('/a'), ['prefix part must be non-empty']);
  assert.match(
    labelKey('a/b/c')[0]!,
    /^a valid label key must consist of .* with an optional DNS subdomain prefix and '\/'/,
  );
  assert.equal(labelValue(''), []);
  assert.is(labelValue('a b').length, 1);
});

test('every name of a Service is also the label and the subdomain that DNS needs', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[-a-z0-9.]{1,70}$/), (text) => {
      if (dns1035Label(text).length === 0) assert.equal([dns1123Label(text), dns1123Subdomain(text)], [[], []]);
    }),
  );
});

test.run();
