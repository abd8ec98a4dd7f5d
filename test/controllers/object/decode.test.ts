/** What the decoder takes and refuses. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeManifest, decodeMessage } from '../../../controllers/object/decode.ts';
import { type Kind, kindInfo } from '../../../controllers/object/kind.ts';

const test = suite('object/decode');

function message(kind: Kind, value: unknown): string | undefined {
  const info = kindInfo(kind)!;
  return decodeMessage(info, decodeManifest(info, value));
}

test('decodeMessage() names every unknown field by its path', () => {
  assert.is(
    message('Service', { spec: { foo: 1, ports: [{ port: 80 }, { prot: 'x' }] } }),
    'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.foo", unknown field "spec.ports[1].prot"',
  );
  assert.is(
    message('Deployment', { spec: { template: { spec: { containers: [{ image: 'a', imagee: 'b' }] } } } }),
    'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].imagee"',
  );
});

test('decodeMessage() names the first value of a wrong type as Go does', () => {
  assert.is(
    message('Service', { spec: { ports: [{ port: 'http' }] } }),
    'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
  );
  assert.is(
    message('Pod', { metadata: { labels: { a: 1 } } }),
    'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  );
  assert.is(
    message('Service', { spec: { ports: { port: 80 } } }),
    'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort',
  );
});

test('decodeManifest() leaves nulls out, and takes names or numbers where both may stand', () => {
  const value = {
    metadata: null,
    spec: {
      selector: null,
      ports: [
        { port: 80, targetPort: 'web' },
        { port: 81, targetPort: 8 },
      ],
    },
  };
  const decoded = decodeManifest(kindInfo('Service')!, value);
  assert.equal(decoded.manifest, { spec: { ports: value.spec.ports } });
  assert.is(message('Service', value), undefined);
});

test('decodeManifest() takes no field from the prototype', () => {
  assert.match(message('Service', JSON.parse('{"spec":{"constructor":1}}')) ?? '', 'unknown field "spec.constructor"');
});

test.run();
