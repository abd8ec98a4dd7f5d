/** Rule sets that people published: each prints as the kernel printed it back, or fails where the tool failed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printRuleset } from '../../../net/netfilter/print.ts';
import { loadRules } from '../../../net/netfilter/restore.ts';
import { RulesetError } from '../../../net/netfilter/ruleset-error.ts';

const test = suite('shared rulesets');
const folder = join(process.env.KUBEHOP_SHARED ?? '', 'rulesets');
const there = process.env.KUBEHOP_SHARED !== undefined && existsSync(folder);

/** Line of the first thing that iptables-restore refuses. */
const FAILING: Readonly<Record<string, number>> = { 'istio-golden-raw.rules': 1, 'ovnk-egress-ip-doc.rules': 7 };

for (const file of there ? readdirSync(folder).filter((name) => name.endsWith('.rules')) : []) {
  const text = readFileSync(join(folder, file), 'utf8');
  const line = FAILING[file];
  if (line !== undefined) {
    test(`loadRules() refuses ${file} at line ${line}`, () => {
      assert.throws(
        () => loadRules(text, file),
        (error: unknown) => error instanceof RulesetError && error.line === line && error.file === file,
      );
    });
    continue;
  }
  test(`printRuleset() prints ${file} as the kernel does, and again the same`, () => {
    const canonical = readFileSync(join(folder, file.replace(/\.rules$/, '.canonical')), 'utf8');
    const { ruleset, counters } = loadRules(text, file);
    assert.is(printRuleset(ruleset, counters), canonical);
    const again = loadRules(canonical, file);
    assert.equal(printRuleset(again.ruleset).split('\n').sort(), canonical.split('\n').sort());
  });
}

test('the folder of rule sets is looked at only where it is named', () => {
  assert.is(there, process.env.KUBEHOP_SHARED !== undefined);
});

test.run();
