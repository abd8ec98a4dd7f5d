/** Generated names and template hashes. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fnv32a } from '../../../controllers/allocate/fnv.ts';
import { generatedName, NAME_ALPHABET, nameSuffix, safeEncode } from '../../../controllers/allocate/pod-name.ts';
import { podTemplateHash } from '../../../controllers/allocate/template-hash.ts';
import { defaultPodTemplate } from '../../../controllers/object/pod-defaults.ts';

const test = suite('allocate/pod-name');

const template = (image: string) => defaultPodTemplate({ spec: { containers: [{ image, name: 'c' }] } });

test('nameSuffix() has five letters, none of them a vowel or one of 0, 1, 3', () => {
  assert.is(
    nameSuffix(() => 0),
    'bbbbb',
  );
  assert.is(NAME_ALPHABET.length, 27);
  assert.not.match(NAME_ALPHABET, /[aeiou013]/);
  assert.is(
    nameSuffix((n) => n - 1),
    '99999',
  );
});

test('generatedName() cuts a long base so that 63 characters remain', () => {
  assert.is(generatedName('web-5d98f66655-', 'bcdfg'), 'web-5d98f66655-bcdfg');
  assert.is(generatedName('x'.repeat(80), 'bcdfg').length, 63);
});

test('safeEncode() of digits has ten letters to choose from', () => {
  assert.is(safeEncode('0123456789'), '456789bcdf');
});

test('fnv32a() gives the hashes of its authors', () => {
  assert.is(fnv32a(''), 0x811c9dc5);
  assert.is(fnv32a('a'), 0xe40c292c);
  assert.is(fnv32a('foobar'), 0xbf9cf968);
});

test('podTemplateHash() changes with the template and with collisions, not with the order of fields', () => {
  const hash = podTemplateHash(template('nginx'));
  assert.match(hash, /^[4-9bcdf]{1,10}$/);
  assert.is.not(podTemplateHash(template('httpd')), hash);
  assert.is.not(podTemplateHash(template('nginx'), 1), hash);
  const turned = defaultPodTemplate({ spec: { containers: [{ name: 'c', image: 'nginx' }] } });
  assert.is(podTemplateHash(turned), hash);
});

test('podTemplateHash() tells any two images apart', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 2, maxLength: 2 }), ([a, b]) => {
      assert.is.not(podTemplateHash(template(a!)), podTemplateHash(template(b!)));
    }),
  );
});

test.run();
