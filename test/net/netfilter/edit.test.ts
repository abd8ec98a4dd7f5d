/** edit(): one iptables call at a time; texts and exit codes as iptables 1.8.9 gave them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type EditResult, edit } from '../../../net/netfilter/edit.ts';
import { printRuleset } from '../../../net/netfilter/print.ts';
import { loadRules, type RuleState } from '../../../net/netfilter/restore.ts';

const test = suite('edit');
const fresh = (): RuleState => loadRules('', 'text');

/** Carries out calls one after the other; answers with the last. */
function calls(...lines: readonly string[]): EditResult {
  let state: EditResult = { ...fresh(), exitCode: 0, stdout: '', stderr: '' };
  for (const line of lines) state = edit(state, line.split(' '));
  return state;
}

test('edit() adds, inserts, replaces and deletes rules', () => {
  const state = calls(
    '-A INPUT -p tcp --dport 80 -j ACCEPT',
    '-I INPUT -s 10.0.0.1 -j DROP',
    '-A INPUT -j DROP',
    '-R INPUT 3 -j REJECT',
    '-D INPUT 2',
    '-t filter -C INPUT -s 10.0.0.1/32 -j DROP',
  );
  assert.equal([state.exitCode, state.stderr], [0, '']);
  assert.equal(printRuleset(state.ruleset).match(/^-A.*$/gm), [
    '-A INPUT -s 10.0.0.1/32 -j DROP',
    '-A INPUT -j REJECT --reject-with icmp-port-unreachable',
  ]);
});

test('edit() flushes one chain and leaves its jumps', () => {
  const state = calls(
    '-t nat -N KUBE-SEP-X',
    '-t nat -A KUBE-SEP-X -j ACCEPT',
    '-t nat -A OUTPUT -j KUBE-SEP-X',
    '-t nat -F KUBE-SEP-X',
  );
  assert.equal(printRuleset(state.ruleset).match(/^-A.*$/gm), ['-A OUTPUT -j KUBE-SEP-X']);
});

test('edit() leaves everything as it was when it refuses', () => {
  const state = calls('-N A', '-A INPUT -j A');
  const refused = edit(state, ['-X', 'A']);
  assert.is(refused.ruleset, state.ruleset);
  assert.is(refused.counters, state.counters);
});

test('edit() puts the policy counters of a changed table to 0, as the tool does, and keeps those of rules', () => {
  const text = '*filter\n:INPUT ACCEPT [5:6]\n[3:4] -A INPUT -j ACCEPT\nCOMMIT\n';
  const state = loadRules(text, 'text', { counters: true });
  const listed = edit(state, ['-S', '-v']);
  assert.is(listed.stdout.split('\n')[0], '-P INPUT ACCEPT -c 5 6');
  assert.is(listed.counters, state.counters);
  assert.equal(
    edit(edit(state, ['-N', 'A']), ['-S', '-v'])
      .stdout.split('\n')
      .slice(0, 5),
    [
      '-P INPUT ACCEPT -c 0 0',
      '-P FORWARD ACCEPT -c 0 0',
      '-P OUTPUT ACCEPT -c 0 0',
      '-N A',
      '-A INPUT -c 3 4 -j ACCEPT',
    ],
  );
});

const HELP = "Try `iptables -h' or 'iptables --help' for more information.\n";
const REFUSED: readonly (readonly [call: string, exitCode: number, stderr: string])[] = [
  ['-A NOPE -j ACCEPT', 1, 'iptables: No chain/target/match by that name.\n'],
  ['-D INPUT -j DROP', 1, 'iptables: Bad rule (does a matching rule exist in that chain?).\n'],
  ['-D INPUT 1', 1, 'iptables: Index of deletion too big.\n'],
  ['-P INPUT RETURN', 1, "iptables: Bad policy name. Run `dmesg' for more information.\n"],
  [
    '-A INPUT -j NOPE',
    2,
    `iptables v1.8.9 (legacy): Couldn't load target \`NOPE':No such file or directory\n\n${HELP}`,
  ],
  ['-A INPUT foo', 2, `Bad argument \`foo'\n${HELP}`],
  ['-A INPUT -p tcp --foo', 2, `iptables v1.8.9 (legacy): unknown option "--foo"\n${HELP}`],
  ['-A INPUT -j DNAT --to-destination 10.0.0.1', 1, "iptables: Invalid argument. Run `dmesg' for more information.\n"],
  [
    '-t nosuch -L',
    3,
    "iptables v1.8.9 (legacy): can't initialize iptables table `nosuch': Table does not exist (do you need to insmod?)\nPerhaps iptables or your kernel needs to be upgraded.\n",
  ],
];

test('edit() says no with the words and the exit code of iptables', () => {
  for (const [call, exitCode, stderr] of REFUSED) {
    const said = edit(fresh(), call.split(' '));
    assert.equal([said.exitCode, said.stderr, said.stdout], [exitCode, stderr, ''], call);
  }
});

test('edit() lists with counters in at most five places', () => {
  const text = `*nat
:POSTROUTING ACCEPT [123456:987654321]
:KUBE-MARK-MASQ - [0:0]
[10000000:99999999999] -A POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
[99999:100000] -A POSTROUTING ! -s 10.244.0.0/16 -o eth0 -p udp -m comment --comment "a b" -m udp --dport 53 -j MASQUERADE --random-fully
COMMIT
`;
  const state = loadRules(text, 'text', { counters: true });
  assert.is(
    edit(state, ['-t', 'nat', '-L', 'POSTROUTING', '-n', '-v', '--line-numbers']).stdout,
    `Chain POSTROUTING (policy ACCEPT 123K packets, 988M bytes)
num   pkts bytes target     prot opt in     out     source               destination         
1      10M  100G RETURN     0    --  *      *       0.0.0.0/0            0.0.0.0/0            mark match ! 0x4000/0x4000
2    99999  100K MASQUERADE  17   --  *      eth0   !10.244.0.0/16        0.0.0.0/0            /* a b */ udp dpt:53 random-fully
`,
  );
  assert.is(
    edit(state, ['-t', 'nat', '-L', 'KUBE-MARK-MASQ']).stdout,
    'Chain KUBE-MARK-MASQ (0 references)\ntarget     prot opt source               destination         \n',
  );
});

test.run();
