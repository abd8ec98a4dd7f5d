/**
 * The same texts and commands given to the model and to this machine's kernel, in a network namespace of their own.
 * @evidence kernel: Rule sets: what loads, what is refused and where, how it prints back
 */
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emptyCounters } from '../../../net/netfilter/counters.ts';
import { edit } from '../../../net/netfilter/edit.ts';
import { printRuleset } from '../../../net/netfilter/print.ts';
import { loadRules, type RuleState, restore } from '../../../net/netfilter/restore.ts';
import { emptyRuleset } from '../../../net/netfilter/ruleset.ts';
import { ruleText } from './rule-text.ts';

const test = suite('netfilter kernel');
const space = `kubehop-nf-${process.pid}`;

function inSpace(argv: readonly string[], input = ''): { status: number; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', space, ...argv], { input, encoding: 'utf8' });
  return { status: status ?? -1, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** Why the kernel can't be asked, or '' when it can. */
function obstacle(): string {
  if (process.getuid?.() !== 0) return 'needs root';
  if (spawnSync('ip', ['netns', 'add', space]).status !== 0) return 'ip netns add failed';
  const version = inSpace(['iptables-legacy', '-V']);
  if (version.status !== 0) return 'iptables-legacy is not installed';
  return inSpace(['iptables-legacy', '-L', '-n']).status === 0 ? '' : 'the kernel has no iptables tables';
}

const why = obstacle();
if (why !== '') {
  console.log(`SKIP netfilter against the kernel: ${why}`);
  test('edit() says what iptables says of a chain that is not there', () => {
    const { exitCode, stderr } = edit(nothing(), ['-F', 'NOPE']);
    assert.equal([exitCode, stderr], [1, 'iptables: No chain/target/match by that name.\n']);
  });
}

/** A test that needs the kernel. */
function onKernel(name: string, claim: () => void): void {
  if (why === '') test(name, claim);
}

test.after(() => {
  spawnSync('ip', ['netns', 'del', space]);
});

const nothing = (): RuleState => ({ ruleset: emptyRuleset(), counters: emptyCounters(emptyRuleset()) });

/** `iptables-save -c` without its comment lines, table by table in the order of the names. */
function tables(saved: string): string[] {
  const lines = saved.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/(?<=^COMMIT\n)/m)
    .filter((block) => block.trim() !== '')
    .sort();
}

/** Every table with its first policies and nothing in it. */
function reset(): void {
  const hooks: Record<string, string[]> = {
    raw: ['PREROUTING', 'OUTPUT'],
    mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
    nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
    filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  };
  const text = Object.entries(hooks).map(
    ([name, chains]) => `*${name}\n${chains.map((chain) => `:${chain} ACCEPT\n`).join('')}COMMIT\n`,
  );
  inSpace(['iptables-legacy-restore'], text.join(''));
}

/** What the kernel holds, of the tables that the model has. */
function held(state: RuleState): string[] {
  const names = state.ruleset.tables.map(({ name }) => `*${name}\n`);
  return tables(inSpace(['iptables-legacy-save', '-c']).stdout).filter((block) =>
    names.some((name) => block.startsWith(name)),
  );
}

onKernel('loadRules() and printRuleset() make of random rule sets what the kernel makes of them', () => {
  fc.assert(
    fc.property(ruleText, (text) => {
      reset();
      const loaded = inSpace(['iptables-legacy-restore', '-c'], text);
      assert.is(loaded.status, 0, `${loaded.stderr}\n${text}`);
      const state = loadRules(text, 'text', { counters: true });
      assert.equal(tables(printRuleset(state.ruleset, state.counters, { withCounters: true })), held(state));
    }),
    { numRuns: 25 },
  );
});

onKernel('restore() with noflush changes what iptables-restore --noflush changes', () => {
  const first =
    '*filter\n:INPUT DROP [1:2]\n:A - [0:0]\n:B - [0:0]\n[3:4] -A INPUT -j A\n[5:6] -A A -p tcp -j B\n[7:8] -A B\nCOMMIT\n';
  const changes = [
    '*filter\n:A - [0:0]\n[9:9] -A A -j DROP\n-X B\nCOMMIT\n',
    '*filter\n-N C\n-I INPUT 2 -j C\n-D INPUT -j A\n-P FORWARD DROP\nCOMMIT\n',
    '*filter\n-Z A\nCOMMIT\n',
    '*filter\nCOMMIT\n',
    '*filter\n-E C D\n-R INPUT 1 -j D\nCOMMIT\n',
    '*mangle\n-A OUTPUT -j MARK --or-mark 1\nCOMMIT\n*filter\n-F\n-X\nCOMMIT\n',
  ];
  for (const counters of [true, false]) {
    reset();
    const start = ['iptables-legacy-restore', '-c'];
    inSpace(start, first);
    let state: RuleState = loadRules(first, 'text', { counters: true });
    for (const text of changes) {
      const done = inSpace(['iptables-legacy-restore', '--noflush', ...(counters ? ['-c'] : [])], text);
      const next = restore(state, text, { noflush: true, counters });
      assert.is(next.error === undefined, done.status === 0, `${text}\n${done.stderr}`);
      state = next;
      assert.equal(tables(printRuleset(state.ruleset, state.counters, { withCounters: true })), held(state), text);
    }
  }
});

const CALLS = `
-N A|-N A|-A A -j ACCEPT|-A INPUT -j A|-X A|-F A|-X A|-D INPUT -j A|-X A|-X A|-X INPUT
-A NOPE -j ACCEPT|-A INPUT -j NOPE|-A INPUT -g NOPE|-A INPUT -j OUTPUT|-g B|-N B|-A B -j INPUT
-D INPUT 1|-D INPUT -j DROP|-C INPUT -j DROP|-I INPUT 5 -j DROP|-R INPUT 1 -j DROP|-R NOPE 1 -j DROP|-D NOPE 1|-D NOPE -j DROP|-C NOPE -j DROP|-I NOPE -j DROP
-P INPUT FOO|-P INPUT RETURN|-P B DROP|-P NOPE DROP|-F NOPE|-Z NOPE|-Z INPUT 4|-L NOPE|-S NOPE|-S INPUT 3|-L INPUT 3|-L B|-S B
-E B C|-E NOPE D|-E INPUT D|-N D|-E C D|-N INPUT|-N ACCEPT|-N DNAT|-A C -j ACCEPT|-A D -j DROP|-X|-S|-F|-X|-S
-A INPUT -j DROP -m nosuch|-A INPUT -p tcp --foo|-t nosuch -L|-A|-A INPUT foo|-A INPUT -j|-A INPUT -s foo.invalid -j DROP
-N L1|-A L1 -j L1|-A INPUT -j L1|-S|-A INPUT -j DNAT --to-destination 192.0.2.1|-t nat -A POSTROUTING -j DNAT --to-destination 192.0.2.1
-t nat -A PREROUTING -j MASQUERADE|-A INPUT -m tcp --dport 80|-A INPUT -m recent --set -m mark --mark 5 -c 5 6|-S -v|-L -n -v|-Z INPUT 1
-L INPUT -n -v --line-numbers|-L INPUT 1 -n -v|-S INPUT 1|-R INPUT 1 -s 192.0.2.1,192.0.2.2 -j DROP|-L -Z|-D INPUT 0|-D INPUT 9|-I INPUT 0 -j DROP
-A 12345678901234567890123456789 -j DROP|-F A B|-A INPUT -j ACCEPT -j DROP|-Q|-A OUTPUT -i eth0|-A INPUT -m mark --mark x|-A INPUT -m mark
-I INPUT -s 192.0.2.1,192.0.2.2 -d 10.0.0.0/8,10.1.0.0/16 -j DROP|-S INPUT|-D INPUT -s 192.0.2.2,192.0.2.1 -d 10.0.0.0/8 -j DROP|-S INPUT
-w 5 -A FORWARD -p icmp --icmp-type 8 -j REJECT|-C FORWARD -p icmp -m icmp --icmp-type echo-request -j REJECT|-t mangle -L -n|-t raw -S|-t nat -A OUTPUT -j DROP|-t nat -P OUTPUT DROP|-t nat -S
`;

onKernel('edit() answers every call as iptables does: text, exit code and what is there afterwards', () => {
  reset();
  let state = nothing();
  for (const call of CALLS.trim().split(/[|\n]/)) {
    const argv = call.split(' ');
    const real = inSpace(['iptables-legacy', ...argv]);
    const said = edit(state, argv);
    assert.equal(
      { exitCode: said.exitCode, stdout: said.stdout, stderr: said.stderr },
      { exitCode: real.status, stdout: real.stdout, stderr: real.stderr },
      call,
    );
    state = said;
    assert.equal(tables(printRuleset(state.ruleset, state.counters, { withCounters: true })), held(state), call);
  }
});

const LISTED = `*filter
:INPUT ACCEPT [123456:987654321]
:KUBE-SERVICES-LONG-NAME - [0:0]
:B - [0:0]
[99999:100000] -A INPUT -s 10.0.0.1/32 -d 10.96.0.10/24 -i eth0 -p tcp -m comment --comment "a b" -m tcp --dport 6080 -j ACCEPT
[100000:9999999] -A INPUT ! -s 10.0.0.1/32 ! -d 10.96.0.10/24 ! -i verylonginterf+ ! -p tcp -f -j KUBE-SERVICES-LONG-NAME
[10000000:99999999999] -A INPUT -p tcp -m tcp ! --sport 1:5 ! --dport 7 ! --tcp-option 5 ! --tcp-flags SYN,ACK SYN -g B
[1000000000:9999999999999] -A INPUT -p udp -m udp --sport 53 --dport 1:65 -j REJECT
[0:0] -A INPUT ! -f -p icmp -m icmp --icmp-type 8 -j DROP
[0:0] -A INPUT -p icmp -m icmp --icmp-type 3/4 -j DROP
[0:0] -A INPUT -p icmp -m icmp ! --icmp-type any -j DROP
[0:0] -A INPUT -m mark --mark 0x5 -m mark ! --mark 0x5/0xf -m connmark --mark 0x5/0xf -j RETURN
[0:0] -A INPUT -m addrtype --src-type LOCAL ! --dst-type UNICAST,LOCAL --limit-iface-in -j MARK --set-mark 5
[0:0] -A INPUT -m statistic --mode random --probability 0.3333333 -m statistic --mode nth ! --every 3 --packet 1 -j MARK --or-mark 5
[0:0] -A INPUT -m conntrack ! --ctstate NEW,DNAT -m state --state NEW,ESTABLISHED -m conntrack --ctstate INVALID --ctproto 6 --ctorigdst 10.0.0.1 -j MARK --xor-mark 5
[0:0] -A INPUT -p tcp -m multiport --dports 6001,6002:6003 -m multiport ! --sports 6005 -m multiport --ports 6006 -j MARK --and-mark 5
[0:0] -A INPUT -m physdev --physdev-is-in ! --physdev-in eth+ -j MARK --set-xmark 5/6
[0:0] -A INPUT -m limit --limit 5/min -m recent --rcheck --seconds 5 --reap --name KUBE-SEP-X -m recent --update --seconds 3 --hitcount 4 --rttl --rdest --name q -m recent ! --remove
[0:0] -A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 192.0.2.1-192.0.2.2 -m length --length 5:6 -m ttl --ttl-lt 5 -m ttl ! --ttl-eq 6 -m ttl --ttl-gt 7 -m length ! --length 9
[0:0] -A INPUT -p tcp -j REJECT --reject-with tcp-reset
[0:0] -A INPUT -j CONNMARK --save-mark
[0:0] -A INPUT -j CONNMARK --restore-mark --mask 0xff
[0:0] -A INPUT -j CONNMARK --set-mark 0x80/0x80
[0:0] -A INPUT -s 10.0.0.5/255.255.0.255 -p sctp
[0:0] -A INPUT -p 200
[0:0] -A OUTPUT -m owner --uid-owner 5 ! --gid-owner 6-7 -m owner --socket-exists -m owner ! --uid-owner 8
COMMIT
*nat
[0:0] -A PREROUTING -p tcp -m tcp --dport 6443 -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --random --persistent
[0:0] -A PREROUTING -j DNAT --to-destination 10.0.0.1
[0:0] -A PREROUTING -p tcp -j REDIRECT --to-ports 80-90 --random
[0:0] -A PREROUTING -p tcp -j REDIRECT
[0:0] -A POSTROUTING -j SNAT --to-source 10.0.0.1 --random-fully
[0:0] -A POSTROUTING -j MASQUERADE
[0:0] -A POSTROUTING -p tcp -j MASQUERADE --to-ports 1024-2000 --random-fully
[0:0] -A POSTROUTING -j MASQUERADE --random
COMMIT
`;

onKernel('edit() lists rules in the columns and words of iptables -L', () => {
  reset();
  inSpace(['iptables-legacy-restore', '-c'], LISTED);
  const state = loadRules(LISTED, 'text', { counters: true });
  for (const call of [
    '-L -n',
    '-L INPUT -n -v --line-numbers',
    '-L -n -v -x',
    '-t nat -L -n',
    '-t nat -L -n -v',
    '-S -v',
    '-t nat -L POSTROUTING',
  ]) {
    const real = inSpace(['iptables-legacy', ...call.split(' ')]);
    assert.equal(edit(state, call.split(' ')).stdout.split('\n'), real.stdout.split('\n'), call);
  }
});

test.run();
