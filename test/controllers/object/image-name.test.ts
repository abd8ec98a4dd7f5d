/** Names of images: with and without registry, tag and digest. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { imageNameOf } from '../../../controllers/object/image-name.ts';

const test = suite('object/image-name');

test('imageNameOf() leaves out registry and digest, whose port is no tag', () => {
  assert.equal(imageNameOf('nginx'), { base: 'nginx', name: 'nginx', tag: '' });
  assert.equal(imageNameOf('localhost:5000/shop/web:1.25@sha256:ab:cd'), {
    base: 'web:1.25',
    name: 'web',
    tag: '1.25',
  });
  assert.equal(imageNameOf('docker.io/library/nginx@sha256:ab'), { base: 'nginx', name: 'nginx', tag: '' });
});

test.run();
