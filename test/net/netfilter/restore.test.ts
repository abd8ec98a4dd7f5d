/** restore() and loadRules(): what iptables-restore 1.8.9 does, measured on Linux 6.18. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printRuleset } from '../../../net/netfilter/print.ts';
import { loadRules, type RuleState, restore } from '../../../net/netfilter/restore.ts';
import { RulesetError } from '../../../net/netfilter/ruleset-error.ts';

const test = suite('restore');
const saved = ({ ruleset, counters }: RuleState) => printRuleset(ruleset, counters, { withCounters: true });

const BEFORE = `*filter
:INPUT ACCEPT [5:6]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [7:8]
:A - [0:0]
:B - [0:0]
[1:2] -A INPUT -j A
[3:4] -A A -j ACCEPT
[5:5] -A B -j DROP
COMMIT
`;

test('restore() takes counters over only when asked', () => {
  assert.is(saved(loadRules(BEFORE, 'text', { counters: true })), BEFORE);
  assert.is(saved(loadRules(BEFORE, 'text')), BEFORE.replace(/\[\d+:\d+\]/g, '[0:0]'));
});

test('restore() with noflush empties user chains that are declared, and no builtin one', () => {
  const text = '*filter\n:INPUT DROP [9:9]\n:A - [0:0]\n-A A -j DROP\n[8:8] -A A -j ACCEPT\nCOMMIT\n';
  const next = restore(loadRules(BEFORE, 'text', { counters: true }), text, { noflush: true });
  assert.is(
    saved(next),
    `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:A - [0:0]
:B - [0:0]
[1:2] -A INPUT -j A
[0:0] -A A -j DROP
[0:0] -A A -j ACCEPT
[5:5] -A B -j DROP
COMMIT
`,
  );
});

test('restore() with noflush deletes, inserts and creates', () => {
  const text = '*filter\n:B -\n-X B\n:Q - [3:4]\n[9:10] -I Q -j DROP\n[11:12] -I Q 2 -j ACCEPT\nCOMMIT\n';
  const next = restore(loadRules(BEFORE, 'text', { counters: true }), text, { noflush: true, counters: true });
  const rules = saved(next)
    .split('\n')
    .filter((line) => line.includes('-A '));
  assert.equal(rules, ['[1:2] -A INPUT -j A', '[3:4] -A A -j ACCEPT', '[9:10] -A Q -j DROP', '[11:12] -A Q -j ACCEPT']);
});

test('restore() keeps policies that a text does not name, and drops everything else of the table', () => {
  const state = loadRules(BEFORE.replace(':INPUT ACCEPT', ':INPUT DROP'), 'text');
  assert.is(
    saved(restore(state, '*filter\n-A OUTPUT -j DROP\nCOMMIT\n')),
    '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[0:0] -A OUTPUT -j DROP\nCOMMIT\n',
  );
});

test('restore() shares what it does not change', () => {
  const state = loadRules(`${BEFORE}*nat\n-A OUTPUT -j RETURN\nCOMMIT\n`, 'text');
  const next = restore(state, '*filter\n-N C\nCOMMIT\n', { noflush: true });
  assert.is(next.ruleset.table(2), state.ruleset.table(2));
  assert.is(next.ruleset.table(3)!.chain('A'), state.ruleset.table(3)!.chain('A'));
});

test('restore() starts every nth statistic of a committed table anew, and leaves other tables alone', () => {
  const rule = '-A OUTPUT -m statistic --mode nth --every 5 --packet 1';
  const state = loadRules(`*filter\n${rule}\nCOMMIT\n*mangle\n${rule}\nCOMMIT\n`, 'text');
  const at = (id: 1 | 3) => state.ruleset.span(id, 'OUTPUT')![0];
  assert.is(state.counters.nth[at(3)], 3);
  state.counters.nth[at(1)] = 2;
  state.counters.nth[at(3)] = 2;
  const next = restore(state, '*filter\n-A INPUT -j ACCEPT\nCOMMIT\n', { noflush: true });
  assert.is(next.counters.nth[next.ruleset.span(3, 'OUTPUT')![0]], 3);
  assert.is(next.counters.nth[next.ruleset.span(1, 'OUTPUT')![0]], 2);
});

test('restore() commits table by table: what stands before the wrong one stays', () => {
  const state = loadRules('', 'text');
  const next = restore(state, '*filter\n-A INPUT -j DROP\nCOMMIT\n*nat\n-A OUTPUT -j NOPE\nCOMMIT\n*raw\nCOMMIT\n');
  assert.equal([next.error!.line, next.error!.reason], [5, "Couldn't load target `NOPE':No such file or directory"]);
  assert.is(next.ruleset.rule(0)!.target.name, 'DROP');
  assert.equal(
    next.ruleset.tables.map(({ name, size }) => [name, size]),
    [
      ['filter', 4],
      ['nat', 4],
    ],
  );
});

test('restore() lists the table that was loaded last first', () => {
  const { ruleset } = loadRules('*raw\nCOMMIT\n*filter\nCOMMIT\n*nat\nCOMMIT\n*raw\nCOMMIT\n', 'text');
  assert.equal(printRuleset(ruleset).match(/^\*\w+/gm), ['*nat', '*filter', '*raw']);
});

test('restore() carries 20,000 rules through small changes without copying a chain that it leaves alone', () => {
  const chains = Array.from({ length: 5_000 }, (_, i) => `KUBE-SEP-${String(i).padStart(16, 'A')}`);
  const text = [
    '*nat',
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...chains.flatMap((chain, i) => [
      `-A PREROUTING -d 10.96.${i >> 8}.${i & 255} -p tcp -m tcp --dport 80 -j ${chain}`,
      `-A ${chain} -s 10.1.${i >> 8}.${i & 255} -j MARK --or-mark 0x4000`,
      `-A ${chain} -m comment --comment "ns/name:port"`,
      `-A ${chain} -p tcp -m tcp -j DNAT --to-destination 10.1.${i >> 8}.${i & 255}:8080`,
    ]),
    'COMMIT',
    '',
  ].join('\n');
  let state: RuleState = loadRules(text, 'text');
  assert.is(state.ruleset.size, 20_000 + 4);
  const before = state.ruleset.table(2)!;
  for (let i = 0; i < 5; i++) {
    const change = `*nat\n:${chains[i]} - [0:0]\n-A ${chains[i]} -j RETURN\n:${chains[i + 10]} -\nCOMMIT\n`;
    state = restore(state, change, { noflush: true });
  }
  assert.is(state.ruleset.size, 20_000 + 4 - 5 * 2 - 5 * 3);
  const after = state.ruleset.table(2)!;
  const changed = after.chains.filter((chain) => chain !== before.chain(chain.name)).map(({ name }) => name);
  assert.equal(changed, [...chains.slice(10, 15), ...chains.slice(0, 5)]);
});

const WRONG: readonly (readonly [text: string, line: number, column: number, reason: string])[] = [
  ['*filter\n-A INPUT -j DROP\n', 3, 1, 'COMMIT expected at line 3'],
  ['iptables-save\n*nat\nCOMMIT\n', 1, 1, "line 1 failed: `iptables-save' stands outside of a table"],
  ['*filter\n...\nCOMMIT\n', 2, 1, "Bad argument `...'"],
  ['*nosuch\nCOMMIT\n', 1, 2, "unknown table `nosuch'"],
  ['*filter\n-A INPUT -j NOPE\nCOMMIT\n', 2, 1, "Couldn't load target `NOPE':No such file or directory"],
  ['*filter\n-A INPUT -g NOPE\nCOMMIT\n', 2, 1, "goto 'NOPE' is not a chain"],
  ['*filter\n-A NOPE -j DROP\nCOMMIT\n', 2, 1, 'No chain/target/match by that name'],
  ['*filter\n:A -\n:A -\nCOMMIT\n', 3, 2, "error creating chain 'A':File exists"],
  ['*filter\n:A ACCEPT\nCOMMIT\n', 2, 2, "Can't set policy `ACCEPT' on `A': Bad built-in chain name"],
  ['*filter\n:INPUT\nCOMMIT\n', 2, 1, 'line 2 policy invalid'],
  ['*filter\n-A INPUT -p tcp --dport 70000\nCOMMIT\n', 2, 25, "invalid port/service `70000' specified"],
  ['*filter\n-A INPUT -s 10.0.0.300\nCOMMIT\n', 2, 13, "host/network `10.0.0.300' not found"],
  ['*filter\n-A INPUT -s fd00::1\nCOMMIT\n', 2, 13, "host/network `fd00::1' not found"],
  ['*filter\n-A INPUT -s 10.0.0.0/33\nCOMMIT\n', 2, 13, "invalid mask `33' specified"],
  ['*filter\n-A INPUT -p foo\nCOMMIT\n', 2, 13, 'unknown protocol "foo" specified'],
  ['*filter\n-A INPUT --dport 80 -p tcp\nCOMMIT\n', 2, 10, 'unknown option "--dport"'],
  ['*filter\n-A INPUT -o eth0\nCOMMIT\n', 2, 10, "Can't use -o with INPUT"],
  [
    '*filter\n-A INPUT -m mark --mark x\nCOMMIT\n',
    2,
    25,
    'mark: bad integer value for option "--mark", or out of range.',
  ],
  ['*filter\n-A INPUT ! ! -s 10.0.0.1\nCOMMIT\n', 2, 12, 'multiple consecutive ! not allowed'],
  ['*filter\n-A INPUT -j DROP -j ACCEPT\nCOMMIT\n', 2, 18, 'multiple -j flags not allowed'],
  [
    '*filter\n-A INPUT -m mark --mark 1 -m connmark --mark 2 -m mark --mark 3\nCOMMIT\n',
    2,
    56,
    'connmark: option "--mark" can only be used once.',
  ],
  ['*filter\n[1:2 -A INPUT\nCOMMIT\n', 2, 1, 'Bad line 2: need ]'],
  ['*filter\n-A INPUT -j DNAT --to-destination 10.0.0.1\nCOMMIT\n', 2, 13, "target `DNAT' only works in table `nat'"],
  ['*nat\n-A INPUT -j MASQUERADE\nCOMMIT\n', 2, 1, "target `MASQUERADE' can't be used from INPUT"],
  ['*filter\n:A -\n:B -\n-A INPUT -j A\n-A A -j B\n-A B -j A\nCOMMIT\n', 6, 1, "chain `A' leads back to itself"],
];

test('loadRules() says where a text is wrong, and what iptables would say', () => {
  for (const [text, line, column, reason] of WRONG) {
    try {
      loadRules(text, 'node.rules');
      assert.unreachable(`loaded: ${text}`);
    } catch (error) {
      assert.instance(error, RulesetError);
      assert.is((error as RulesetError).message, `node.rules:${line}:${column}: ${reason}`);
    }
  }
});

test('loadRules() takes a loop that no hook reaches, as the kernel does', () => {
  assert.is(loadRules('*filter\n:A -\n-A A -j A\nCOMMIT\n', 'text').ruleset.size, 4);
});

test('loadRules() reads ten megabytes of garbage as one error', () => {
  const garbage = 'x"\\!-['.repeat(1_700_000);
  assert.throws(
    () => loadRules(garbage, 'garbage'),
    (error: unknown) => error instanceof RulesetError && error.line === 1,
  );
  assert.throws(
    () => loadRules(`*filter\n${garbage}`, 'garbage'),
    (error: unknown) => error instanceof RulesetError && error.line === 2,
  );
});

test.run();
