/** printRuleset() and parseRules(): inverses of each other; canonical forms as iptables 1.8.9 on Linux 6.18 prints them. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printRule, printRuleset } from '../../../net/netfilter/print.ts';
import { loadRules } from '../../../net/netfilter/restore.ts';
import { ruleText } from './rule-text.ts';

const test = suite('print');

/** What a rule of chain X is printed as, without `-A X `. */
function printed(rule: string, table = 'filter', family: 4 | 6 = 4): string {
  const text = `*${table}\n:X - [0:0]\n:Y - [0:0]\n-A X ${rule}\nCOMMIT\n`;
  const { ruleset } = loadRules(text, 'text', { family });
  const [first] = ruleset.span(ruleset.tables[0]!.id, 'X')!;
  return printRule(ruleset, first).slice('-A X '.length);
}

test('printRuleset() prints a text that loads as the same rules and counters', () => {
  fc.assert(
    fc.property(ruleText, fc.array(fc.nat(1_000_000), { minLength: 4, maxLength: 4 }), (text, [a, b, c, d]) => {
      const counted = text.replace(/^-A/gm, `[${a}:${b}] -A`).replaceAll('[0:0]\n', `[${c}:${d}]\n`);
      const first = loadRules(counted, 'text', { counters: true });
      const saved = printRuleset(first.ruleset, first.counters, { withCounters: true });
      const again = loadRules(saved, 'saved', { counters: true });
      // Tables are printed last loaded first, so the second load has them the other way round.
      const reversed = printRuleset(again.ruleset, again.counters, { withCounters: true });
      const blocks = (out: string) => out.split(/(?<=^COMMIT\n)/m).filter((block) => block !== '');
      assert.equal(blocks(reversed).reverse(), blocks(saved));
      assert.equal(again.ruleset.size, first.ruleset.size);
    }),
    { numRuns: 200 },
  );
});

test('printRule() prints conditions in the order of the kernel', () => {
  assert.is(
    printed('-j ACCEPT -p tcp --dport 80 -o lo -i eth+ -d 10.1.2.3/8 ! -s 10.0.0.1 -m comment --comment "a b"'),
    '! -s 10.0.0.1/32 -d 10.0.0.0/8 -i eth+ -o lo -p tcp -m tcp --dport 80 -m comment --comment "a b" -j ACCEPT',
  );
});

const CANONICAL: readonly (readonly [given: string, printed: string])[] = [
  ['-s 10.5/16', '-s 10.5.0.0/16'],
  ['-s 10.0.0.5/255.255.0.255', '-s 10.0.0.5/255.255.0.255'],
  ['-s 0.0.0.0/0 -j ACCEPT', '-j ACCEPT'],
  ['! -s 0.0.0.0/0', '! -s 0.0.0.0/0'],
  ['-p 47', '-p gre'],
  ['-p TCP', '-p tcp'],
  ['-p 200', '-p 200'],
  ['-p all -j Y', '-j Y'],
  ['-p tcp --dport 80:', '-p tcp -m tcp --dport 80:65535'],
  ['-p tcp --dport 0:65535', '-p tcp -m tcp'],
  ['-p tcp --dp 80', '-p tcp -m tcp --dport 80'],
  ['-p tcp --syn', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN'],
  [
    '-p tcp ! --tcp-flags ALL FIN,URG,PSH --tcp-option 5',
    '-p tcp -m tcp --tcp-option 5 ! --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG',
  ],
  ['-p tcp --tcp-flags ALL NONE', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE'],
  ['-p udp -m mark ! --mark 1337/0xfff -m udp --dport 53', '-p udp -m mark ! --mark 0x539/0xfff -m udp --dport 53'],
  ['-p icmp ! --icmp-type fragmentation-needed', '-p icmp -m icmp ! --icmp-type 3/4'],
  ['-p icmp --icmp-type 255', '-p icmp -m icmp --icmp-type any'],
  ['-m mark --mark 010 -m connmark --mark 2', '-m mark --mark 0x8 -m connmark --mark 0x2'],
  [
    '-m addrtype --dst-type LOCAL,unicast --src-type BROADCAST',
    '-m addrtype --src-type BROADCAST --dst-type UNICAST,LOCAL',
  ],
  ['-m statistic --probability 0.3333333333 --mode random', '-m statistic --mode random --probability 0.33333333349'],
  ['-m statistic --mode random --probability 0.33333', '-m statistic --mode random --probability 0.33332999982'],
  ['-m statistic --mode nth --every 3 --packet 0', '-m statistic --mode nth --every 3 --packet 0'],
  ['-m conntrack --ctstate dnat,NEW,ESTABLISHED,RELATED', '-m conntrack --ctstate NEW,RELATED,ESTABLISHED,DNAT'],
  [
    '-m conntrack --ctorigdstport 80 --ctproto tcp --ctstate NEW',
    '-m conntrack --ctstate NEW --ctproto 6 --ctorigdstport 80',
  ],
  ['-p tcp -m multiport --destination-ports 80,1:2', '-p tcp -m multiport --dports 80,1:2'],
  ['-m owner --uid-owner root', '-m owner --uid-owner 0'],
  ['-m limit --limit 60/hour --limit-burst 5', '-m limit --limit 1/min'],
  ['-m limit', '-m limit --limit 3/hour'],
  [
    '-m recent --name N --reap --rcheck --seconds 9',
    '-m recent --rcheck --seconds 9 --reap --name N --mask 255.255.255.255 --rsource',
  ],
  ['-m pkttype ! --pkt-type host', '-m pkttype ! --pkt-type unicast'],
  ['-j REJECT', '-j REJECT --reject-with icmp-port-unreachable'],
  ['-j REJECT --reject-with host-prohib', '-j REJECT --reject-with icmp-host-prohibited'],
  ['-j LOG --log-prefix "a b: " --log-level warning', '-j LOG --log-prefix "a b: "'],
  ['-j MARK --set-mark 5/0xff', '-j MARK --set-xmark 0x5/0xff'],
  ['-j MARK --or-mark 0x4000', '-j MARK --set-xmark 0x4000/0x4000'],
  ['-j MARK --xor-mark 0x4000', '-j MARK --set-xmark 0x4000/0x0'],
  ['-j MARK --and-mark 0x4000', '-j MARK --set-xmark 0x0/0xffffbfff'],
  ['-j CONNMARK --save-mark --mask 0xff', '-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff'],
  ['-m comment --comment "it\'s"', '-m comment --comment "it\\\'s"'],
  ['-m comment --comment a_b-c', '-m comment --comment a_b-c'],
  ['-m comment --comment a.b', '-m comment --comment "a.b"'],
  ['-m comment --comment ""', '-m comment --comment ""'],
  ['--goto Y', '-g Y'],
];

test('printRule() prints every spelling as the kernel prints it back', () => {
  for (const [given, wanted] of CANONICAL) assert.is(printed(given), wanted, given);
});

test('printRule() prints NAT targets as the kernel prints them back', () => {
  for (const [given, wanted] of [
    ['-p tcp -j DNAT --to 10.0.0.1:80', '-p tcp -j DNAT --to-destination 10.0.0.1:80'],
    ['-p tcp -j DNAT --to-destination :80', '-p tcp -j DNAT --to-destination :80'],
    [
      '-p tcp -j DNAT --persistent --random --to-destination 10.0.0.1-10.0.0.9:80-90/5000',
      '-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90/5000 --random --persistent',
    ],
    ['-j SNAT --random-fully --to-source 10.0.0.1', '-j SNAT --to-source 10.0.0.1 --random-fully'],
    [
      '-p tcp -j MASQUERADE --random-fully --to-ports 1024-2000',
      '-p tcp -j MASQUERADE --to-ports 1024-2000 --random-fully',
    ],
    ['-p tcp -j REDIRECT --to-port 80', '-p tcp -j REDIRECT --to-ports 80'],
  ] as const) {
    assert.is(printed(given, 'nat'), wanted, given);
  }
});

test('printRule() prints IPv6 rules in the same layout', () => {
  assert.is(
    printed('-s fd00::1 -d fd00:10::/64 -p icmpv6 -j REJECT', 'filter', 6),
    '-s fd00::1/128 -d fd00:10::/64 -p ipv6-icmp -j REJECT --reject-with icmp6-port-unreachable',
  );
  assert.is(
    printed('-p tcp -j DNAT --to-destination [fd00::5]:8080', 'nat', 6),
    '-p tcp -j DNAT --to-destination [fd00::5]:8080',
  );
});

test('printRule() keeps extensions that it does not know as they came', () => {
  assert.is(
    printed('-m geoip ! --source-country DE,AT --strict -j ACCEPT'),
    '-m geoip ! --source-country DE,AT --strict -j ACCEPT',
  );
  assert.is(
    printed('-p tcp --dport 80 -j DELUDE --mode "two words"'),
    '-p tcp -m tcp --dport 80 -j DELUDE --mode "two words"',
  );
});

test.run();
