/** walk(): against a plain interpreter of the text, and facts measured on Linux 6.18. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressTable } from '../../../net/address.ts';
import { count, emptyCounters } from '../../../net/netfilter/counters.ts';
import { HOOK_NAMES, Hook, TABLE_HOOKS, TABLE_NAMES, TableId } from '../../../net/netfilter/hook.ts';
import { PendingMatches } from '../../../net/netfilter/match-state.ts';
import { examined, Path } from '../../../net/netfilter/path.ts';
import { printRule } from '../../../net/netfilter/print.ts';
import { loadRules } from '../../../net/netfilter/restore.ts';
import { retrace } from '../../../net/netfilter/retrace.ts';
import type { Ruleset } from '../../../net/netfilter/ruleset.ts';
import { AddressType, CtState, emptySkb, type Skb } from '../../../net/netfilter/skb.ts';
import { VERDICT_NAMES, Verdict } from '../../../net/netfilter/verdict.ts';
import { type WalkEnvironment, walk } from '../../../net/netfilter/walk.ts';
import { type NaiveWorld, naiveWalk } from './naive-walk.ts';
import { ADDRESSES, INTERFACES, longChainText, PORTS, ruleText } from './rule-text.ts';

const test = suite('walk');

/** The name that the plain interpreter gives a rule. */
function nameOf(ruleset: Ruleset, index: number): string {
  const table = ruleset.tableAt(index);
  const chain = ruleset.chainAt(index);
  const [first] = ruleset.span(table.id, chain.name)!;
  return `${chain.name} ${ruleset.rule(index) === undefined ? 'policy' : index - first + 1}`;
}

/** A share below 1 that depends on the rule alone, and on no hundredth's edge. */
function shareOf(name: string): number {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + char.charCodeAt(0)) % 97;
  return sum / 97 + 0.001;
}

const packet = fc.record({
  protocol: fc.constantFrom(1, 6, 6, 6, 17, 17, 47),
  source: fc.nat(ADDRESSES.length - 1),
  destination: fc.nat(ADDRESSES.length - 1),
  sourcePort: fc.constantFrom(...PORTS, 40_000),
  destinationPort: fc.constantFrom(...PORTS, 81),
  flags: fc.nat(63),
  icmp: fc.constantFrom(8 << 8, 0, (3 << 8) | 3, (3 << 8) | 4),
  mark: fc.nat(7),
  connectionMark: fc.nat(7),
  ctState: fc.constantFrom(
    0,
    CtState.New,
    CtState.Established,
    CtState.Related | CtState.Dnat,
    CtState.Invalid,
    CtState.New | CtState.Snat,
  ),
  inInterface: fc.constantFrom(...INTERFACES),
  ttl: fc.constantFrom(3, 64),
  sizeBytes: fc.constantFrom(40, 60, 1500),
  /** Ticks since the packet before. */
  waited: fc.constantFrom(0, 1, 250, 2999, 3000, 14_750, 15_000, 15_250),
});

/** Holds the walk against the plain interpreter: verdict, path, what was looked at, counters, marks. */
function agrees(texts: fc.Arbitrary<string>): void {
  fc.assert(
    fc.property(texts, fc.array(packet, { minLength: 1, maxLength: 8 }), (text, packets) => {
      const { ruleset } = loadRules(text, 'text');
      const counters = emptyCounters(ruleset);
      const pending = new PendingMatches();
      let now = 0;
      const seenBy = new Map<string, Map<string, number[]>>();
      const addresses = new AddressTable();
      const handles = ADDRESSES.map((address) => addresses.intern(address));
      const type = (address: number) =>
        ({ '10.0.0.1': 'LOCAL', '127.0.0.1': 'LOCAL', '192.0.2.1': 'BROADCAST' })[addresses.text(address)] ?? 'UNICAST';
      const environment: WalkEnvironment = {
        addresses,
        addressType: (address) => ({ LOCAL: AddressType.Local, BROADCAST: AddressType.Broadcast })[type(address)] ?? 1,
        draw: (index) => Math.floor(shareOf(nameOf(ruleset, index)) * 2 ** 31),
        nth: (index) => counters.nth[index]!,
        matches: pending,
        get jiffies() {
          return now;
        },
        nowNs: 0,
        connection: () => undefined,
        comesBack: () => false,
        pathMss: () => 1460,
        ipset: () => undefined,
      };
      const expected = new Map<string, [number, number]>();
      for (const table of ruleset.tables) {
        const evaluated = new Map<string, number>();
        const buckets = new Map<string, { tokens: number; at: number }>();
        const world: NaiveWorld = {
          text: (address) => addresses.text(address),
          type,
          draw: shareOf,
          evaluated,
          seenBy,
          buckets,
          now: () => now,
        };
        for (const hook of TABLE_HOOKS[table.id]!) {
          for (const fields of packets) {
            const { waited: _, ...header } = fields;
            const skb: Skb = { ...emptySkb(), ...header };
            skb.source = handles[fields.source]!;
            skb.destination = handles[fields.destination]!;
            const other = { ...skb };
            const again = { ...skb };
            const path = new Path();
            now += fields.waited;
            pending.begin(counters.matches);
            const verdict = walk(ruleset, table.id, hook, skb, environment, path);
            const naive = naiveWalk(text, TABLE_NAMES[table.id]!, HOOK_NAMES[hook]!, other, world);
            const codes = [...path.toArray()];
            assert.is(VERDICT_NAMES[verdict], naive.verdict);
            assert.equal(
              codes.filter((code) => (code & 1) === 0).map((code) => nameOf(ruleset, code >> 1)),
              naive.matched,
            );
            assert.equal(skb, other);
            const seen: string[] = [];
            const total = examined(ruleset, path.codes, path.length, (index) => seen.push(nameOf(ruleset, index)));
            assert.equal(seen, naive.examined);
            assert.is(total, naive.examined.length);
            count(ruleset, counters, path.codes, fields.sizeBytes, path.length);
            retrace(ruleset, codes, again, { ...environment, jiffies: now, matches: counters.matches }, () => {});
            if (verdict !== Verdict.Unknown)
              assert.equal([again.mark, again.connectionMark], [skb.mark, skb.connectionMark]);
            for (const name of naive.matched) {
              const [packetsSeen, bytes] = expected.get(`${table.id} ${name}`) ?? [0, 0];
              expected.set(`${table.id} ${name}`, [packetsSeen + 1, bytes + fields.sizeBytes]);
            }
          }
        }
      }
      for (let index = 0; index < ruleset.size; index++) {
        const wanted = expected.get(`${ruleset.tableAt(index).id} ${nameOf(ruleset, index)}`) ?? [0, 0];
        assert.equal([counters.packets[index], counters.bytes[index]], wanted, printRule(ruleset, index));
      }
    }),
    { numRuns: 150 },
  );
}

test('walk(), examined(), count() and retrace() agree with a plain interpreter of the text', () => agrees(ruleText));

test('walk() goes the same way through chains that are long enough for a short cut', () => agrees(longChainText));

const addresses = new AddressTable();

/** Where nothing is remembered and nothing is drawn. */
const quiet: WalkEnvironment = {
  addresses,
  addressType: () => 1,
  draw: () => 0,
  nth: () => 0,
  matches: new Map(),
  jiffies: 0,
  nowNs: 0,
  connection: () => undefined,
  comesBack: () => false,
  pathMss: () => 1460,
  ipset: () => undefined,
};

/** Sends UDP packets through filter OUTPUT; answers with packets counted, rule by rule. */
function sendThrough(text: string, destinationPorts: readonly number[]): number[][] {
  const { ruleset } = loadRules(text, 'text');
  const counters = emptyCounters(ruleset);
  return destinationPorts.map((destinationPort) => {
    const skb = { ...emptySkb(), protocol: 17, destinationPort, sizeBytes: 30 };
    const path = new Path();
    const environment = { ...quiet, nth: (index: number) => counters.nth[index]! };
    walk(ruleset, TableId.Filter, Hook.Output, skb, environment, path);
    count(ruleset, counters, path.codes, 30, path.length);
    return [...counters.packets].filter((_, index) => ruleset.rule(index) !== undefined);
  });
}

test('count() moves an nth statistic as the kernel does', () => {
  const rules = ['--every 3 --packet 0', '--every 3 --packet 1', '--every 3 --packet 2', '! --every 3 --packet 0'];
  const lines = rules.map(
    (rule) => `-A OUTPUT -p udp -m udp --dport 9 -m statistic --mode nth ${rule.replace(/(! )?--every/, '$1--every')}`,
  );
  assert.equal(sendThrough(`*filter\n${lines.join('\n')}\nCOMMIT\n`, [9, 9, 9, 9, 9]), [
    [1, 0, 0, 0],
    [1, 1, 0, 1],
    [1, 1, 1, 2],
    [2, 1, 1, 2],
    [2, 2, 1, 3],
  ]);
});

test('walk() moves an nth statistic also when a later match of its rule fails', () => {
  const text = '*filter\n-A OUTPUT -p udp -m statistic --mode nth --every 2 --packet 1 -m udp --dport 9\nCOMMIT\n';
  assert.equal(sendThrough(text, [9, 10, 9, 10, 10, 9, 9]).flat(), [0, 0, 0, 0, 0, 1, 1]);
});

test('walk() leaves by the policy from an empty goto chain, and by the caller from a goto in a user chain', () => {
  const text = `*filter
:A - [0:0]
:B - [0:0]
:E - [0:0]
-A OUTPUT -p udp -j A
-A OUTPUT -p udp -g E
-A OUTPUT -p udp
-A A -g B
-A A
-A B
-A B -j RETURN
-A B
COMMIT
`;
  assert.equal(sendThrough(text, [9]).flat(), [1, 1, 0, 1, 0, 1, 1, 0]);
});

test('walk() takes the policy at a RETURN in a builtin chain', () => {
  const { ruleset } = loadRules(
    '*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -j RETURN\n-A OUTPUT -j ACCEPT\nCOMMIT\n',
    'text',
  );
  const path = new Path();
  assert.is(walk(ruleset, TableId.Filter, Hook.Output, emptySkb(), quiet, path), Verdict.Drop);
  assert.equal(
    [...path.toArray()].map((code) => printRule(ruleset, code >> 1)),
    ['-A OUTPUT -j RETURN', '-P OUTPUT DROP'],
  );
});

test('walk() accepts without a path where no table is loaded', () => {
  const { ruleset } = loadRules('*filter\nCOMMIT\n', 'text');
  const path = new Path();
  assert.is(walk(ruleset, TableId.Nat, Hook.Output, emptySkb(), quiet, path), Verdict.Accept);
  assert.is(path.length, 0);
});

test('walk() compares IPv6 addresses in all their words', () => {
  const text = '*filter\n-A OUTPUT ! -s fd00:1::/64 -d fd00::5/128 -j DROP\n-A OUTPUT -d fd00::/16 -j REJECT\nCOMMIT\n';
  const { ruleset } = loadRules(text, 'text', { family: 6 });
  const verdict = (source: string, destination: string) => {
    const skb = { ...emptySkb(), source: addresses.intern(source), destination: addresses.intern(destination) };
    return walk(ruleset, TableId.Filter, Hook.Output, skb, quiet, new Path());
  };
  assert.is(verdict('fd00:2::1', 'fd00::5'), Verdict.Drop);
  assert.is(verdict('fd00:1::1', 'fd00::5'), Verdict.Reject);
  assert.is(verdict('fd00:1:0:1::1', 'fd00::5'), Verdict.Drop);
  assert.is(verdict('fd00:2::1', 'fd00::6'), Verdict.Reject);
  assert.is(verdict('fd00:2::1', '2001:db8::1'), Verdict.Accept);
});

test.run();
