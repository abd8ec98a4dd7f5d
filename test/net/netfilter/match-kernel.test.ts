/**
 * Matches that remember, sets and marks: the same rules and packets given to the model and to this machine's kernel, in a
 * network namespace of their own, rule by rule. Packets go over the loopback device, all of whose addresses are local.
 * @evidence kernel: Matches and targets, packet by packet
 */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AddressTable } from '../../../net/address.ts';
import { count } from '../../../net/netfilter/counters.ts';
import { Hook, TableId } from '../../../net/netfilter/hook.ts';
import type { IpSet } from '../../../net/netfilter/ipset/ip-set.ts';
import { printSets, readSets } from '../../../net/netfilter/ipset/set-text.ts';
import { jiffiesAt } from '../../../net/netfilter/jiffy.ts';
import { PendingMatches } from '../../../net/netfilter/match-state.ts';
import { Path } from '../../../net/netfilter/path.ts';
import { printRule } from '../../../net/netfilter/print.ts';
import { loadRules, type RuleState, restore } from '../../../net/netfilter/restore.ts';
import { retrace } from '../../../net/netfilter/retrace.ts';
import { CtState, emptySkb } from '../../../net/netfilter/skb.ts';
import { walk } from '../../../net/netfilter/walk.ts';
import { Protocol } from '../../../net/packet.ts';

const test = suite('matches against the kernel');
const space = `kubehop-nfm-${process.pid}`;

function inSpace(argv: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', space, ...argv], { input, encoding: 'utf8' });
  assert.is(status, 0, `${argv.join(' ')}: ${stderr}`);
  return stdout;
}

/** Why the kernel can't be asked, or '' when it can. */
function obstacle(): string {
  if (process.getuid?.() !== 0) return 'needs root';
  if (spawnSync('ip', ['netns', 'add', space]).status !== 0) return 'ip netns add failed';
  const works = (...argv: string[]) => spawnSync('ip', ['netns', 'exec', space, ...argv]).status === 0;
  if (!works('ip', 'link', 'set', 'lo', 'up')) return 'ip link failed';
  if (!works('iptables-legacy', '-A', 'OUTPUT', '-m', 'recent', '--set')) return 'no iptables-legacy with recent';
  if (!works('ipset', 'create', 'probe', 'hash:ip')) return 'no ipset';
  works('ipset', 'destroy');
  return '';
}

const why = obstacle();
if (why !== '') console.log(`SKIP matches against the kernel: ${why}`);

test.after(() => {
  spawnSync('ip', ['netns', 'del', space]);
});

interface Sent {
  /** Pause before it, in ms. */
  readonly wait?: number;
  readonly from?: string;
  readonly to?: string;
  readonly sport?: number;
  readonly dport?: number;
}

const SENDER = `
const dgram = require('node:dgram');
const packets = JSON.parse(process.argv[1]);
const sockets = new Map();
const socketOf = (address, port) => {
  const key = address + ':' + port;
  if (!sockets.has(key)) sockets.set(key, new Promise((done) => {
    const socket = dgram.createSocket('udp4');
    socket.on('error', () => {});
    socket.bind(port, address, () => done(socket));
  }));
  return sockets.get(key);
};
(async () => {
  const at = [];
  for (const { wait = 0, from = '127.0.0.1', to = '127.0.0.2', sport = 5000, dport = 9 } of packets) {
    const socket = await socketOf(from, sport);
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    at.push(performance.now());
    await new Promise((done) => socket.send('x', dport, to, done));
  }
  console.log(JSON.stringify(at));
  process.exit(0);
})();
`;

const addresses = new AddressTable();

class Both {
  state: RuleState;
  readonly sets = new Map<string, IpSet>();
  #nowNs = 0;
  readonly #before: number[] = [];

  constructor(rules: string, sets = '') {
    spawnSync('ip', ['netns', 'exec', space, 'iptables-legacy-restore'], { input: '*filter\nCOMMIT\n' });
    spawnSync('ip', ['netns', 'exec', space, 'ipset', 'destroy']);
    if (sets !== '') {
      inSpace(['ipset', 'restore'], sets);
      readSets(this.sets, sets, 'sets');
    }
    inSpace(['iptables-legacy-restore'], rules);
    this.state = loadRules(rules, 'rules');
  }

  reload(rules: string): void {
    inSpace(['iptables-legacy-restore'], rules);
    const { error, ...state } = restore(this.state, rules);
    assert.is(error, undefined);
    this.state = state;
  }

  send(packets: readonly Sent[]): void {
    const at = JSON.parse(inSpace([process.execPath, '-e', SENDER, JSON.stringify(packets)])) as number[];
    const startNs = this.#nowNs;
    packets.forEach((packet, i) => {
      this.#nowNs = startNs + at[i]! * 1e6;
      this.#model(packet);
    });
  }

  #model({ from = '127.0.0.1', to = '127.0.0.2', sport = 5000, dport = 9 }: Sent): void {
    const { ruleset, counters } = this.state;
    const skb = {
      ...emptySkb(),
      protocol: Protocol.Udp,
      source: addresses.intern(from),
      destination: addresses.intern(to),
      sourcePort: sport,
      destinationPort: dport,
      sizeBytes: 29,
      ttl: 64,
      outInterface: 'lo',
      uid: 0,
      gid: 0,
      ctState: CtState.New,
    };
    const pending = new PendingMatches();
    pending.begin(counters.matches);
    const nowNs = this.#nowNs;
    const environment = {
      addresses,
      addressType: () => 2,
      draw: () => 0,
      nth: (index: number) => counters.nth[index]!,
      matches: pending,
      jiffies: jiffiesAt(nowNs),
      nowNs,
      connection: () => undefined,
      comesBack: () => false,
      pathMss: () => 1460,
      ipset: (name: string) => this.sets.get(name),
    };
    const path = new Path();
    walk(ruleset, TableId.Filter, Hook.Output, { ...skb }, environment, path);
    const codes = path.toArray();
    count(ruleset, counters, codes, skb.sizeBytes);
    retrace(ruleset, codes, { ...skb }, { ...environment, matches: counters.matches }, () => {});
  }

  /** Packets by rule, as the kernel counted them. */
  #kernel(): string[] {
    const saved = inSpace(['iptables-legacy-save', '-c', '-t', 'filter']).split('\n');
    return saved.filter((line) => line.includes(' -A OUTPUT')).map((line) => line.replace(/^\[(\d+):\d+\]/, '$1'));
  }

  agree(): void {
    const { ruleset, counters } = this.state;
    const [first, behind] = ruleset.span(TableId.Filter, 'OUTPUT')!;
    const told = Array.from(
      { length: behind - first - 1 },
      (_, i) => `${counters.packets[first + i]} ${printRule(ruleset, first + i)}`,
    );
    assert.equal(told, this.#kernel());
    this.#before.push(told.length);
  }
}

/** A filter table whose OUTPUT chain asks each condition of UDP packets. */
const asking = (...conditions: string[]) =>
  `*filter\n${conditions.map((condition) => `-A OUTPUT -p udp ${condition}\n`).join('')}COMMIT\n`;

const repeat = (times: number, packet: Sent): Sent[] => Array.from({ length: times }, () => packet);

function onKernel(name: string, claim: () => void): void {
  if (why === '') test(name, claim);
}

onKernel('-m recent, limit and hashlimit count as the kernel does', () => {
  const both = new Both(
    asking(
      '-m recent --rcheck --name A --rsource',
      '-m recent --set --name A --rsource',
      '-m recent --rcheck --seconds 1 --hitcount 4 --name A --rsource',
      '-m recent --update --seconds 1 --hitcount 3 --name B --rsource',
      '-m recent ! --rcheck --name B --rdest',
      '-m udp --dport 9 -m recent --set --name B --rsource -m limit --limit 3/sec --limit-burst 2',
      '-m recent --update --seconds 1 --reap --name C',
      '-m udp --dport 10 -m recent --set --name C',
      '-m recent --rcheck --name C --rttl',
      '-m udp --dport 11 -m recent --remove --name C',
      '-m recent --set --name D --mask 255.255.255.0',
      '-m recent ! --update --seconds 1 --hitcount 2 --name D --mask 255.255.255.0',
      '-m limit --limit 2/sec --limit-burst 3',
      '-m limit --limit 1/min',
      '-m limit',
      '-m limit --limit 2/sec --limit-burst 2 -m limit --limit 4/sec --limit-burst 1',
      '-m hashlimit --hashlimit-upto 2/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name h1',
      '-m hashlimit --hashlimit-above 2/sec --hashlimit-burst 3 --hashlimit-mode dstip,dstport --hashlimit-name h2',
      '-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-srcmask 24 --hashlimit-name h3',
      '-m hashlimit --hashlimit-upto 9/sec --hashlimit-burst 9 --hashlimit-mode srcip --hashlimit-name h1',
      '-m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 1 --hashlimit-name h4',
    ),
  );
  both.send([
    ...repeat(5, {}),
    ...repeat(2, { from: '127.0.0.3' }),
    { from: '127.0.1.4', dport: 10 },
    ...repeat(3, { wait: 300 }),
    { wait: 200, from: '127.0.0.3', dport: 10 },
    ...repeat(3, { wait: 100, from: '127.0.0.5', to: '127.9.0.1' }),
    { wait: 700, dport: 11 },
    { from: '127.0.1.4', dport: 11 },
    { from: '127.0.1.4', dport: 12 },
    ...repeat(4, { wait: 200, dport: 10 }),
    ...repeat(3, { from: '127.0.0.2', to: '127.0.0.1' }),
    { wait: 1150 },
    { from: '127.0.0.3', dport: 10 },
  ]);
  both.agree();
});

onKernel('a list of -m recent holds 100 addresses and 32 stamps, or as many as its rules ask for', () => {
  const both = new Both(
    asking(
      '-m recent --rcheck --name A --rsource',
      '-m recent --set --name A --rsource',
      '-m recent --rcheck --hitcount 32 --name B --rsource',
      '-m recent --rcheck --hitcount 33 --name C --rsource',
      '-m recent --rcheck --hitcount 64 --name C --rsource',
      '-m recent --rcheck --hitcount 3 --name D --rsource',
      '-m recent --set --name B --rsource',
      '-m recent --set --name C --rsource',
    ),
  );
  both.send([
    ...Array.from({ length: 103 }, (_, i) => ({ from: `127.1.0.${i + 1}` })),
    { from: '127.1.0.4' },
    { from: '127.1.0.3' },
    { from: '127.1.0.60' },
    ...repeat(70, { from: '127.2.0.1' }),
  ]);
  both.agree();
});

onKernel(
  'a list of -m recent outlives its table, a limit starts anew with it, and a list no rule names is gone',
  () => {
    const rules = asking(
      '-m recent --rcheck --name A --rsource',
      '-m recent --set --name A --rsource',
      '-m limit --limit 1/min --limit-burst 2',
      '-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name k1',
      '-m statistic --mode nth --every 3 --packet 0 -m recent --set --name N -m udp --dport 9',
      '-m recent --rcheck --hitcount 2 --name N',
    );
    const both = new Both(rules);
    both.send(repeat(4, {}));
    both.agree();
    both.reload(rules);
    both.send([...repeat(2, { from: '127.0.0.8', dport: 10 }), ...repeat(4, {})]);
    both.agree();
    both.reload(asking('-m limit'));
    both.reload(rules);
    both.send(repeat(4, {}));
    both.agree();
  },
);

const SETS = `
create ip hash:ip
add ip 127.0.0.1
add ip 127.0.0.4/31
create masked hash:ip netmask 24
add masked 127.3.0.7
create net hash:net
add net 127.4.0.0/16
add net 127.4.5.0/24 nomatch
add net 127.4.5.6
add net 127.8.0.0-127.8.0.5
create ipport hash:ip,port
add ipport 127.0.0.1,udp:53-55
add ipport 127.0.0.2,tcp:53
add ipport 127.0.0.2,54
add ipport 127.0.0.2,udp:55
create netport hash:net,port
add netport 127.4.0.0/16,udp:53
add netport 127.4.5.0/24,udp:53 nomatch
create ippip hash:ip,port,ip
add ippip 127.0.0.1,udp:53,127.0.0.2
create ippnet hash:ip,port,net
add ippnet 127.0.0.1,udp:53,127.0.0.0/30
create netif hash:net,iface
add netif 127.0.0.0/16,lo
add netif 127.4.0.0/16,eth0
create bits bitmap:ip range 127.0.0.0/24
add bits 127.0.0.1-127.0.0.3
create bits24 bitmap:ip range 127.0.0.0/16 netmask 24
add bits24 127.0.3.9
create ports bitmap:port range 50-60
add ports 53-54
create short hash:ip timeout 1
add short 127.0.0.1
add short 127.0.0.2 timeout 0
add short 127.0.0.3 timeout 100
create empty hash:net
create all list:set
add all ip
add all ports
add all net before ports
create six hash:net family inet6
add six fd00::/64
add all six
`;

onKernel('-m set tests packets as the kernel does, for every type that it has', () => {
  const one = ['ip', 'masked', 'net', 'bits', 'bits24', 'ports', 'short', 'empty', 'all'];
  const two = ['ipport', 'netport', 'netif', 'ip'];
  const three = ['ippip', 'ippnet'];
  const both = new Both(
    asking(
      ...one.flatMap((name) => ['src', 'dst'].map((side) => `-m set --match-set ${name} ${side}`)),
      ...two.flatMap((name) =>
        ['src,src', 'src,dst', 'dst,dst', 'dst,src'].map((side) => `-m set --match-set ${name} ${side}`),
      ),
      ...three.flatMap((name) =>
        ['src,dst,dst', 'src,src,dst', 'dst,src,src'].map((side) => `-m set --match-set ${name} ${side}`),
      ),
      '-m set ! --match-set ip src',
      '-m set ! --match-set ipport src',
      '-m set ! --match-set empty src',
      '-m set --match-set net src --return-nomatch',
      '-m set ! --match-set net src --return-nomatch',
      '-m set --match-set ip src --return-nomatch',
    ),
    SETS,
  );
  const from = [
    '127.0.0.1',
    '127.0.0.2',
    '127.0.0.5',
    '127.3.0.99',
    '127.4.1.1',
    '127.4.5.5',
    '127.4.5.6',
    '127.8.0.5',
    '127.8.0.6',
    '127.0.3.4',
  ];
  const to = ['127.0.0.2', '127.4.5.7', '127.0.0.1', '127.4.0.1'];
  const packets = from.flatMap((source) =>
    to.flatMap((destination) => [53, 54, 61].map((dport) => ({ from: source, to: destination, sport: 55, dport }))),
  );
  both.send(packets);
  both.send([{ wait: 1200 }, { from: '127.0.0.2' }, { from: '127.0.0.3' }]);
  both.agree();
  // And printed as `ipset save` prints them, order and hash numbers apart.
  const lines = (saved: string) =>
    saved
      .split('\n')
      .filter((line) => !line.startsWith('add short'))
      .map((line) => line.replace(/ (bucketsize|initval) \S+/g, ''))
      .sort();
  const saved = inSpace(['ipset', 'save']);
  assert.equal(lines(printSets(both.sets)), lines(saved));
  const again = new Map<string, IpSet>();
  readSets(again, saved, 'saved');
  assert.equal(lines(printSets(again)), lines(saved));
});

test('readSets() says where a line is wrong', () => {
  assert.throws(() => readSets(new Map(), 'create a hash:ip\nadd b 10.0.0.1\n', 'sets'), /sets:2:5/);
});

test.run();
