/**
 * Random rule sets as text, for properties: the conditions and targets that the model knows, over few addresses, ports
 * and marks so that packets meet them. User chains jump only to later ones, so there are no loops.
 */
import * as fc from 'fast-check';

export const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.1.0.1', '192.0.2.1', '127.0.0.1'] as const;
export const PORTS = [53, 80, 443, 8080] as const;
export const INTERFACES = ['', 'lo', 'eth0', 'cali1', 'cali22'] as const;
const CHAINS = ['A', 'B', 'C-1', 'KUBE-X'] as const;

const not = fc.constantFrom('', '', '! ');
const port = fc.constantFrom(...PORTS);
const portRange = fc.oneof(
  port.map(String),
  fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`),
);
const bits = fc.integer({ min: 0, max: 15 });
const states = fc.subarray(['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'], { minLength: 1 });
const types = fc.subarray(['UNICAST', 'LOCAL', 'BROADCAST'], { minLength: 1 });
const prefix = fc
  .tuple(fc.constantFrom(...ADDRESSES), fc.constantFrom('', '/8', '/24', '/32', '/255.0.0.255'))
  .map(([address, mask]) => address + mask);

const header = fc
  .tuple(
    fc.option(fc.tuple(not, prefix), { nil: undefined }),
    fc.option(fc.tuple(not, prefix), { nil: undefined }),
    fc.option(fc.tuple(not, fc.constantFrom('lo', 'eth0', 'cali+', 'cali1')), { nil: undefined, freq: 1 }),
  )
  .map(
    ([source, destination, name]) =>
      (source === undefined ? '' : ` ${source[0]}-s ${source[1]}`) +
      (destination === undefined ? '' : ` ${destination[0]}-d ${destination[1]}`) +
      (name === undefined ? '' : ` ${name[0]}-i ${name[1]}`),
  );

const protocol = fc.oneof(
  fc.constant(''),
  fc.tuple(not, fc.constantFrom('tcp', 'udp', 'icmp')).map(([sign, name]) => ` ${sign}-p ${name}`),
  fc
    .tuple(fc.constantFrom('tcp', 'udp'), not, fc.constantFrom('--dport', '--sport'), portRange, fc.boolean())
    .map(([name, sign, option, range, named]) => ` -p ${name}${named ? ` -m ${name}` : ''} ${sign}${option} ${range}`),
  fc
    .tuple(not, fc.constantFrom('SYN', 'SYN,ACK', 'ALL'), fc.constantFrom('SYN', 'NONE', 'SYN,ACK'))
    .map(([sign, mask, set]) => ` -p tcp ${sign}--tcp-flags ${mask} ${set}`),
  fc
    .tuple(not, fc.constantFrom('8', '3/3', '3', 'echo-reply', 'any'))
    .map(([sign, type]) => ` -p icmp ${sign}--icmp-type ${type}`),
  fc
    .tuple(not, fc.constantFrom('--dports', '--sports', '--ports'), fc.array(portRange, { minLength: 1, maxLength: 3 }))
    .map(([sign, option, ranges]) => {
      const fits = ranges.filter((range) => {
        const [a, b] = range.split(':');
        return b === undefined || a !== b;
      });
      return fits.length === 0 ? ' -p tcp' : ` -p tcp -m multiport ${sign}${option} ${fits.join(',')}`;
    }),
);

const RECENT = [
  '--set',
  '--set',
  '--rcheck',
  '--rcheck --seconds 60 --reap',
  '--update --seconds 59 --hitcount 2',
  '--update --seconds 60 --reap',
  '--rcheck --hitcount 3',
  '--remove',
] as const;

const match = fc.oneof(
  fc.tuple(not, bits, bits).map(([sign, value, mask]) => ` -m mark ${sign}--mark ${value & mask}/${mask}`),
  fc.tuple(not, bits).map(([sign, value]) => ` -m connmark ${sign}--mark ${value}`),
  fc.tuple(not, states).map(([sign, list]) => ` -m conntrack ${sign}--ctstate ${list.join(',')}`),
  fc
    .tuple(not, fc.constantFrom('src', 'dst'), types)
    .map(([sign, end, list]) => ` -m addrtype ${sign}--${end}-type ${list.join(',')}`),
  fc
    .tuple(not, fc.integer({ min: 0, max: 100 }))
    .map(([sign, percent]) => ` -m statistic --mode random ${sign}--probability ${percent / 100}`),
  fc
    .tuple(not, fc.integer({ min: 1, max: 4 }), fc.nat(3))
    .map(([sign, every, packet]) => ` -m statistic --mode nth ${sign}--every ${every} --packet ${packet % every}`),
  fc.constantFrom(' -m comment --comment plain', ' -m comment --comment "two words: \\"quoted\\" \\\\"'),
  fc.constantFrom(' -m cpu --cpu 0', ' -m limit --limit 5/min', ' -m limit --limit 5/min --limit-burst 1'),
  fc
    .tuple(not, fc.constantFrom('N', 'M'), fc.constantFrom('--rsource', '--rdest'), fc.constantFrom(...RECENT))
    .map(([sign, name, side, verb]) => ` -m recent ${sign}${verb} --name ${name} ${side}`),
  fc.constantFrom(' -m length --length 40:60', ' -m ttl --ttl-lt 5', ' -m iprange --src-range 10.0.0.1-10.0.0.9'),
);

/**
 * One nth per rule, since a second one would be unknown; mark, connmark and mark again is more than iptables can tell
 * apart.
 */
const matches = fc.array(match, { maxLength: 3 }).map((list) => {
  const first = (text: string, at: number, part: string) =>
    !text.includes(part) || list.findIndex((other) => other.includes(part)) === at;
  return list.filter(
    (text, at) => first(text, at, ' nth ') && first(text, at, '-m mark') && first(text, at, '-m connmark'),
  );
});

function targetOf(table: string, later: readonly string[]): fc.Arbitrary<string> {
  const always = ['', '', ' -j ACCEPT', ' -j RETURN', ' -j MARK --or-mark 4', ' -j MARK --set-xmark 1/3', ' -j LOG'];
  const own: Record<string, string[]> = {
    filter: [' -j DROP', ' -j REJECT', ' -j REJECT --reject-with icmp-host-prohibited', ' -j NFLOG --nflog-group 3'],
    nat: [],
    mangle: [' -j DROP', ' -j CONNMARK --save-mark', ' -j CONNMARK --restore-mark', ' -j TTL --ttl-set 3'],
    raw: [' -j DROP', ' -j NOTRACK', ' -j CT --notrack', ' -j TRACE'],
  };
  return fc.constantFrom(
    ...always,
    ...own[table]!,
    ...later.flatMap((chain) => [` -j ${chain}`, ` -j ${chain}`, ` -g ${chain}`]),
  );
}

const HOOKS: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

function ruleOf(table: string, chain: string, later: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(header, protocol, matches, targetOf(table, later)).map(([head, proto, list, target]) => {
    const outside = chain === 'OUTPUT' || chain === 'POSTROUTING';
    const conditions = outside ? head.replace(/( !)? -i \S+/, '') : head;
    return `-A ${chain}${conditions}${proto}${list.join('')}${target}`;
  });
}

function tableText(table: string): fc.Arbitrary<string> {
  const builtin = HOOKS[table]!;
  const rules = [...builtin, ...CHAINS].map((chain) => {
    const at = (CHAINS as readonly string[]).indexOf(chain);
    return fc.array(ruleOf(table, chain, CHAINS.slice(at + 1)), { maxLength: 4 });
  });
  return fc.tuple(fc.tuple(...rules), fc.constantFrom('ACCEPT', 'DROP')).map(([lists, policy]) => {
    const head = builtin.map((chain) => `:${chain} ${table === 'nat' ? 'ACCEPT' : policy} [0:0]`);
    return [`*${table}`, ...head, ...CHAINS.map((chain) => `:${chain} - [0:0]`), ...lists.flat(), 'COMMIT', ''].join(
      '\n',
    );
  });
}

/** A restore text with some of the tables raw, mangle, nat and filter. */
export const ruleText: fc.Arbitrary<string> = fc
  .shuffledSubarray(['raw', 'mangle', 'nat', 'filter'], { minLength: 1 })
  .chain((tables) => fc.tuple(...tables.map(tableText)))
  .map((texts) => texts.join(''));

/** A chain as kube-proxy's are: mostly rules for one address or one port, and others between them. */
function longChain(table: string, chain: string, later: readonly string[]): fc.Arbitrary<string[]> {
  const exact = fc
    .tuple(not, fc.constantFrom(...ADDRESSES), port, fc.constantFrom('tcp', 'udp'), targetOf(table, later))
    .map(
      ([sign, address, dport, proto, target]) =>
        `-A ${chain} ${sign}-d ${address}/32 -p ${proto} --dport ${dport}${target}`,
    );
  const byPort = fc
    .tuple(port, fc.constantFrom('tcp', 'udp'), matches, targetOf(table, later))
    .map(([dport, proto, list, target]) => `-A ${chain} -p ${proto} --dport ${dport}${list.join('')}${target}`);
  const any = ruleOf(table, chain, later);
  return fc.oneof(
    fc.array(fc.oneof({ arbitrary: exact, weight: 6 }, { arbitrary: any, weight: 1 }), {
      minLength: 14,
      maxLength: 40,
    }),
    fc.array(fc.oneof({ arbitrary: byPort, weight: 6 }, { arbitrary: any, weight: 1 }), {
      minLength: 14,
      maxLength: 40,
    }),
  );
}

/** A filter table whose chains are long enough for short cuts. */
export const longChainText: fc.Arbitrary<string> = fc
  .tuple(
    longChain('filter', 'FORWARD', CHAINS),
    longChain('filter', 'A', CHAINS.slice(1)),
    longChain('filter', 'B', CHAINS.slice(2)),
    fc.array(ruleOf('filter', 'C-1', ['KUBE-X']), { maxLength: 3 }),
  )
  .map((lists) => {
    const head = [
      ...HOOKS['filter']!.map((hook) => `:${hook} ACCEPT [0:0]`),
      ...CHAINS.map((chain) => `:${chain} - [0:0]`),
    ];
    return ['*filter', ...head, ...lists.flat(), 'COMMIT', ''].join('\n');
  });
