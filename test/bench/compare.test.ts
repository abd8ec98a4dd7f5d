/**
 * What may be said of two reports: ratios, and between which bounds they lie.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compareReports, comparisonTable, tendency } from '../../bench/compare.ts';
import { sampleReport } from './sample-report.ts';

const test = suite('compare');

test('compareReports() divides after by before, and bounds it by the worst of both', () => {
  const { results, sameMachine } = compareReports(sampleReport(), sampleReport(2));
  const trie = results.find(({ name, race }) => name === 'trie "x"' && race.endsWith('1,000 prefixes'))!;
  assert.equal([trie.before, trie.after, trie.ratio], [1000, 2000, 2]);
  assert.equal(trie.ratios, { low: 1600 / 1200, high: 2400 / 800 });
  assert.equal(trie.inRace, [10, 20]);
  assert.equal([results.length, sameMachine], [5, true]);
});

test('compareReports() tells figures that changed, and leaves out those that did not', () => {
  const { figures } = compareReports(sampleReport(), sampleReport(2));
  assert.equal(figures, [{ section: 'routes', sheet: 'Memory', name: 'linear', column: 'ms', before: 3, after: 6 }]);
  assert.equal(compareReports(sampleReport(), sampleReport()).figures, []);
});

test('compareReports() names what only one of them has, and machines that differ', () => {
  const all = sampleReport();
  const routes = { ...sampleReport(1, 'Quipu'), sections: all.sections.slice(0, 1) };
  const { onlyBefore, onlyAfter, sameMachine } = compareReports(all, routes);
  assert.equal([onlyBefore, onlyAfter, sameMachine], [['engine: Bus: engine'], [], false]);
  assert.match(comparisonTable('abc', all, routes), /The machines differ/);
});

test('tendency() says faster or slower only where the bounds leave nothing else', () => {
  assert.is(tendency({ ratios: { low: 1.01, high: 2 } }), 'faster');
  assert.is(tendency({ ratios: { low: 0.5, high: 0.99 } }), 'slower');
  assert.is(tendency({ ratios: { low: 0.9, high: 1.4 } }), 'within the spread');
});

test('comparisonTable() shows the ratio with its bounds', () => {
  const text = comparisonTable('abc', sampleReport(), sampleReport(2));
  assert.match(
    text,
    /^ {2}trie "x" .*1\.0 k → 2\.0 k look-ups\/s +2\.00 x +1\.33 x - 3\.00 x +faster +in race 10\.0 x → 20\.0 x$/m,
  );
  assert.match(text, /^ {2}linear .*within the spread/m);
});

test.run();
