/**
 * The real kernel loads what is written, and prints it back as a node shows it.
 * @evidence upstream: kube-proxy's rules of the layouts that are written, as a kernel loads them
 */
import { execFileSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jumpRules, kubeletRules } from '../../../../controllers/kube-proxy/iptables/jump.ts';
import { IPTABLES_PROXIER, restoreProgram } from '../../../../controllers/kube-proxy/iptables/proxier.ts';
import type { SyncInputs } from '../../../../controllers/kube-proxy/proxier.ts';
import { mill, rulesOf } from './mill.ts';
import { config, NODE, service, slice } from './sample.ts';

const test = suite('kube-proxy/iptables/kernel');

const SPACE = `kpx${process.pid}`;

function run(command: string, args: readonly string[], input = ''): string {
  return execFileSync(command, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

function inside(command: string, args: readonly string[], input = ''): string {
  return run('ip', ['netns', 'exec', SPACE, command, ...args], input);
}

function whyNot(): string | undefined {
  try {
    run('ip', ['netns', 'add', SPACE]);
    inside('iptables-legacy-save', ['-t', 'nat']);
    return undefined;
  } catch (error) {
    return String((error as Error).message).split('\n')[0];
  } finally {
    try {
      run('ip', ['netns', 'del', SPACE]);
    } catch {
      // It was never made.
    }
  }
}

/** Ensures the jumps and loads the program as kube-proxy does, then saves. */
function load(inputs: SyncInputs, times = 1): string {
  run('ip', ['netns', 'add', SPACE]);
  try {
    const { config: settings } = inputs;
    for (let i = 0; i < times; i++) {
      for (const rule of [...kubeletRules(settings), ...jumpRules(settings.profile)]) ensure(rule);
      inside('iptables-legacy-restore', ['--noflush', '--counters'], restoreProgram(inputs));
    }
    return inside('iptables-legacy-save', []);
  } finally {
    run('ip', ['netns', 'del', SPACE]);
  }
}

function ensure({ table, chain, target, rule, position }: ReturnType<typeof jumpRules>[number]): void {
  const saved = inside('iptables-legacy-save', ['-t', table]);
  for (const needed of [chain, target]) {
    if (needed !== undefined && !saved.includes(`\n:${needed} `))
      inside('iptables-legacy', ['-t', table, '-N', needed]);
  }
  if (saved.includes(`\n-A ${chain} ${rule}\n`)) return;
  const how = position === 'prepend' ? '-I' : '-A';
  inside('iptables-legacy-restore', ['--noflush'], `*${table}\n${how} ${chain} ${rule}\nCOMMIT\n`);
}

const missing = whyNot();
if (missing !== undefined) {
  process.stdout.write(`SKIP kube-proxy rules on the real kernel: ${missing}\n`);
  test('restoreProgram() ends each table with COMMIT', () => {
    assert.is(restoreProgram(mill()).match(/^COMMIT$/gm)?.length, 2);
  });
} else {
  test('the kernel keeps the newest layout as written, /32 and mark notation apart', () => {
    const saved = load(mill());
    const hash = '7ZRZ4YHVEURQM4Z4';
    assert.equal(rulesOf(saved, 'nat', 'KUBE-POSTROUTING'), [
      '-m mark ! --mark 0x4000/0x4000 -j RETURN',
      '-j MARK --set-xmark 0x4000/0x0',
      '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    ]);
    assert.equal(rulesOf(saved, 'nat', 'KUBE-MARK-MASQ'), ['-j MARK --set-xmark 0x4000/0x4000']);
    assert.equal(rulesOf(saved, 'nat', `KUBE-SVL-${hash}`).slice(-2), [
      '-m comment --comment "mill/flour:http -> 10.20.1.5:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-6CLAH4ESHHNTYPHP',
      '-m comment --comment "mill/flour:http -> 10.20.1.6:8080" -j KUBE-SEP-BKXSKT5WFG5GKUJR',
    ]);
    assert.is(
      rulesOf(saved, 'nat', `KUBE-SVC-${hash}`)[4],
      '-m comment --comment "mill/flour:http -> 10.20.1.5:8080" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-6CLAH4ESHHNTYPHP',
    );
    assert.equal(
      rulesOf(saved, 'filter', 'KUBE-SERVICES')[0]?.split('--dport ')[1],
      '53 -j REJECT --reject-with icmp-port-unreachable',
    );
    const written = restoreProgram(mill());
    const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
    assert.is(count(saved, /^-A KUBE/gm), count(written, /^-A KUBE/gm));
  });

  test('the jumps end up in the order of a real node, and are not doubled by a second sync', () => {
    const saved = load(mill(), 2);
    const targets = (table: string, chain: string): string[] =>
      rulesOf(saved, table, chain).map(
        (rule) => `${rule.includes('--ctstate NEW') ? 'NEW ' : ''}${rule.split('-j ')[1]}`,
      );
    assert.equal(targets('filter', 'INPUT'), [
      'KUBE-FIREWALL',
      'NEW KUBE-PROXY-FIREWALL',
      'KUBE-NODEPORTS',
      'NEW KUBE-EXTERNAL-SERVICES',
    ]);
    assert.equal(targets('filter', 'FORWARD'), [
      'NEW KUBE-PROXY-FIREWALL',
      'KUBE-FORWARD',
      'NEW KUBE-SERVICES',
      'NEW KUBE-EXTERNAL-SERVICES',
    ]);
    assert.equal(targets('filter', 'OUTPUT'), ['KUBE-FIREWALL', 'NEW KUBE-PROXY-FIREWALL', 'NEW KUBE-SERVICES']);
    for (const chain of ['PREROUTING', 'OUTPUT']) assert.equal(targets('nat', chain), ['KUBE-SERVICES']);
    assert.equal(targets('nat', 'POSTROUTING'), ['KUBE-POSTROUTING']);
  });

  test('the kernel prints the rules of 1.16 as a node of that time shows them', () => {
    const shop = service('mill/sack', '10.96.4.2', { port: 7001, targetPort: 7000 });
    const saved = load({
      services: [shop],
      endpointSlices: [slice(shop, 7000, ['10.20.1.5', '10.20.1.6', '10.20.2.7'])],
      node: NODE,
      config: config({ detector: { mode: 'ClusterCIDR', cidrs: ['10.20.0.0/16'] } }, 16),
    });
    const lines = saved.split('\n');
    const grep = (text: string): string[] => lines.filter((line) => line.includes(text));
    const jump =
      '-A KUBE-SERVICES -d 10.96.4.2/32 -p tcp -m comment --comment "mill/sack: cluster IP" -m tcp --dport 7001 -j KUBE-SVC-ITPL4AK7JDKF4WMP';
    assert.equal(grep('10.96.4.2'), [
      '-A KUBE-SERVICES ! -s 10.20.0.0/16 -d 10.96.4.2/32 -p tcp -m comment --comment "mill/sack: cluster IP" -m tcp --dport 7001 -j KUBE-MARK-MASQ',
      jump,
    ]);
    assert.equal(grep('KUBE-SVC-ITPL4AK7JDKF4WMP'), [
      ':KUBE-SVC-ITPL4AK7JDKF4WMP - [0:0]',
      jump,
      '-A KUBE-SVC-ITPL4AK7JDKF4WMP -m statistic --mode random --probability 0.33332999982 -j KUBE-SEP-UDTUBJARD3ND672R',
      '-A KUBE-SVC-ITPL4AK7JDKF4WMP -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-ZNFLI2GV72WSOYSR',
      '-A KUBE-SVC-ITPL4AK7JDKF4WMP -j KUBE-SEP-S7XR27QDC2I5L5HP',
    ]);
    assert.equal(grep('10.20.1.6'), [
      '-A KUBE-SEP-ZNFLI2GV72WSOYSR -s 10.20.1.6/32 -j KUBE-MARK-MASQ',
      '-A KUBE-SEP-ZNFLI2GV72WSOYSR -p tcp -m tcp -j DNAT --to-destination 10.20.1.6:7000',
    ]);
    assert.equal(
      rulesOf(saved, 'filter', 'INPUT').map((rule) => rule.split('-j ')[1]),
      ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FIREWALL'],
    );
  });

  test('sync() of a deleted service leaves no chain of it behind', () => {
    run('ip', ['netns', 'add', SPACE]);
    try {
      const restore = (inputs: SyncInputs): void => {
        for (const step of IPTABLES_PROXIER.sync(inputs).steps)
          inside('iptables-legacy-restore', step.args, step.input);
      };
      restore(mill());
      const before = inside('iptables-legacy-save', ['-t', 'nat']);
      const existingChains = [...before.matchAll(/^:(\S+)/gm)].map((match) => match[1]!);
      assert.ok(existingChains.some((chain) => chain.startsWith('KUBE-SEP-')));
      restore({ ...mill(), services: [], existingChains });
      assert.not.match(inside('iptables-legacy-save', ['-t', 'nat']), /KUBE-(SVC|SVL|EXT|FW|SEP)-/);
    } finally {
      run('ip', ['netns', 'del', SPACE]);
    }
  });
}

test.run();
