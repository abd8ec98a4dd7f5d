/** Generated names and template hashes. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fnv32a } from '../../../controllers/allocate/fnv.ts';
import { generatedName, NAME_ALPHABET, nameSuffix, safeEncode } from '../../../controllers/allocate/pod-name.ts';
import { templateDump } from '../../../controllers/allocate/template-dump.ts';
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

test('podTemplateHash() of a bare nginx is the one that clusters of each release show', () => {
  const nginx = defaultPodTemplate({
    metadata: { labels: { app: 'nginx' } },
    spec: { containers: [{ name: 'nginx', image: 'nginx', resources: {} }] },
  });
  const shown: Record<number, string> = {
    17: '86c57db685',
    18: 'f89759699',
    21: '6799fc88d8',
    23: '85b98978db',
    24: '8f458dc5b',
    25: '76d6c9b8c',
    26: '748c667d99',
    27: '77b4fdf86c',
    29: '7854ff8877',
    30: 'bf5d5cf98',
    31: '676b6c5bbc',
    33: '5869d7778c',
    34: '66686b6766',
  };
  for (const [minor, hash] of Object.entries(shown)) assert.is(podTemplateHash(nginx, 0, Number(minor)), hash, minor);
});

test('templateDump() gives up on parts whose record it does not know, and the hash is another', () => {
  const spec = { containers: [{ name: 'c', image: 'i' }] };
  const plain = defaultPodTemplate({ spec });
  const withVolume = defaultPodTemplate({ spec: { ...spec, volumes: [{ name: 'v', emptyDir: {} }] } });
  assert.match(
    templateDump(plain, 34) ?? '',
    /^\(v1\.PodTemplateSpec\)\{ObjectMeta:\(v1\.ObjectMeta\)\{Name:\(string\) /,
  );
  assert.is(templateDump(withVolume, 34), undefined);
  assert.match(podTemplateHash(withVolume), /^[4-9bcdf]{1,10}$/);
});

test('templateDump() writes ports, variables and probes as Go records', () => {
  const container = {
    name: 'c',
    image: 'i',
    ports: [{ name: 'http', containerPort: 80 }],
    env: [{ name: 'A', value: 'b' }],
    readinessProbe: { httpGet: { port: 'http' } },
  };
  const dump = templateDump(defaultPodTemplate({ spec: { containers: [container] } }), 34) ?? '';
  for (const part of [
    'Ports:([]v1.ContainerPort)[{Name:(string)http HostPort:(int32)0 ContainerPort:(int32)80 Protocol:(v1.Protocol)TCP HostIP:(string)}]',
    'Env:([]v1.EnvVar)[{Name:(string)A Value:(string)b ValueFrom:(*v1.EnvVarSource)<nil>}]',
    'HTTPGet:(*v1.HTTPGetAction){Path:(string)/ Port:(intstr.IntOrString){Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)http}',
  ]) {
    assert.match(dump, part);
  }
});

test('podTemplateHash() tells any two images apart', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 2, maxLength: 2 }), ([a, b]) => {
      assert.is.not(podTemplateHash(template(a!)), podTemplateHash(template(b!)));
    }),
  );
});

test.run();
