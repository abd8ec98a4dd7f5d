/**
 * Real applications, as their users deploy them: what concerns the network is kept or said to be missing, the rest is
 * passed over. The bundles are not part of this project; where they lie is said by KUBEHOP_SHARED.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../runs/input-error.ts';
import { parseManifest } from '../../../runs/manifest/document.ts';
import { readSources } from '../../../runs/manifest/source.ts';
import { unreadSecrets } from '../../../runs/scenario/assumption.ts';
import { type ManifestObject, sortObject } from '../../../runs/scenario/object.ts';

const test = suite('scenario: applications');
const folder = join(process.env.KUBEHOP_SHARED ?? '', 'manifests');
const given = process.env.KUBEHOP_SHARED !== undefined && existsSync(folder);

interface Expected {
  readonly passOverWithNotice: readonly string[];
}

test('sortObject() passes over what does not concern the network, Secrets that nobody reads among it, and nothing else', () => {
  if (!given) return;
  const bundles = JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8')) as Record<string, Expected>;
  for (const [bundle, { passOverWithNotice }] of Object.entries(bundles)) {
    const passed = new Set<string>();
    const kept: ManifestObject[] = [];
    for (const document of readSources(join(folder, bundle)).flatMap(parseManifest)) {
      try {
        const sorted = sortObject(document);
        if (sorted.type === 'passed-over') passed.add(sorted.kind);
        else if (sorted.type === 'kept') kept.push(sorted.object);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        assert.match(error.reason, /is not modelled yet$/);
      }
    }
    for (const { kind } of unreadSecrets(kept)) passed.add(String(kind));
    // Lists are taken apart, so the kinds of their items stand for them.
    const wanted = passOverWithNotice.filter((kind) => !kind.endsWith('List'));
    assert.equal([...passed].sort(), [...wanted].sort(), bundle);
  }
});

test.run();
