/**
 * The matches that are kept as text, with their options in the order in which iptables-save prints them.
 */

import { quote } from '../word.ts';
import { type KeptOption, keptMatch } from './kept.ts';
import { hex, integerOf, type Options } from './options.ts';

const flagOf = (name: string, more: Partial<KeptOption> = {}): KeptOption => ({ name, words: 0, ...more });
const one = (name: string, more: Partial<KeptOption> = {}): KeptOption => ({ name, words: 1, ...more });
const both = (name: string, more: Partial<KeptOption> = {}): KeptOption => ({
  name,
  words: 1,
  invertible: true,
  ...more,
});
const lower = (text: string) => text.toLowerCase();

/** The kernel counts a rate as 1/10,000 s between two packets. @see extensions/libxt_limit.c */
const SCALE = 10_000;
const UNITS: readonly (readonly [name: string, long: string, seconds: number])[] = [
  ['day', 'day', 86_400],
  ['hour', 'hour', 3_600],
  ['min', 'minute', 60],
  ['sec', 'second', 1],
];

/** `3/hour` as the kernel keeps it: `60/hour` is `1/min`. */
function rate(text: string, options: Options): string {
  const [count, unit = 'second'] = text.split('/');
  const seconds = unit === '' ? undefined : UNITS.find(([, long]) => long.startsWith(unit.toLowerCase()))?.[2];
  const number = Number.parseInt(count!, 10);
  if (seconds === undefined || !(number > 0)) return options.fail(undefined, `bad rate "${text}"'`);
  const period = Math.floor((SCALE * seconds) / number);
  if (period === 0) return options.fail(undefined, `Rate too fast "${text}"`);
  let at = 1;
  while (at < UNITS.length) {
    const size = UNITS[at]![2] * SCALE;
    if (period > size || Math.floor(size / period) < size % period) break;
    at++;
  }
  return `${Math.floor((UNITS[at - 1]![2] * SCALE) / period)}/${UNITS[at - 1]![0]}`;
}

const number = (text: string, options: Options) =>
  `${integerOf(text, 0xffffffff) ?? options.fail(undefined, `${options.name}: bad integer value "${text}"`)}`;

const hexadecimal =
  (digits: number, mask = '') =>
  (text: string, options: Options) => {
    if (text.includes('/')) return text;
    const value = integerOf(text, 0xffffffff);
    if (value === undefined) return options.fail(undefined, `${options.name}: bad integer value "${text}"`);
    return `0x${value.toString(16).padStart(digits, '0')}${mask}`;
  };

function listLimit(text: string): string {
  const burst = / --limit-burst (\d+)/.exec(text)?.[1] ?? '5';
  return `limit: avg ${/ --limit (\S+)/.exec(text)?.[1]} burst ${burst}`;
}

function listRecent(text: string): string {
  const verbs = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' };
  const verb = /^( !)? --(set|rcheck|update|remove)/.exec(text)!;
  const value = (option: string, label: string) => {
    const found = new RegExp(` --${option} (\\S+)`).exec(text)?.[1];
    return found === undefined ? '' : ` ${label}: ${found}`;
  };
  const side = text.includes(' --rdest') ? 'dest' : 'source';
  return (
    `${verb[1] === undefined ? '' : '! '}recent: ${verbs[verb[2] as keyof typeof verbs]}` +
    value('seconds', 'seconds') +
    (text.includes(' --reap') ? ' reap' : '') +
    value('hitcount', 'hit_count') +
    (text.includes(' --rttl') ? ' TTL-Match' : '') +
    `${value('name', 'name')} side: ${side}${value('mask', 'mask')}`
  );
}

export const KEPT_MATCHES = [
  keptMatch(
    'limit',
    [
      one('limit', { canonical: rate, otherwise: ' --limit 3/hour' }),
      one('limit-burst', { canonical: number, hidden: '5' }),
    ],
    { list: listLimit },
  ),
  keptMatch(
    'recent',
    [
      flagOf('set', { invertible: true }),
      flagOf('rcheck', { invertible: true }),
      flagOf('update', { invertible: true }),
      flagOf('remove', { invertible: true }),
      one('seconds'),
      flagOf('reap'),
      one('hitcount'),
      flagOf('rttl'),
      one('name', { otherwise: ' --name DEFAULT' }),
      one('mask', { otherwise: ' --mask 255.255.255.255' }),
      flagOf('rsource', { otherwise: (options) => (options.has('rdest') ? '' : ' --rsource') }),
      flagOf('rdest'),
    ],
    { need: "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'", list: listRecent },
  ),
  keptMatch(
    'set',
    [
      { name: 'match-set', aliases: ['set'], words: 2, invertible: true },
      flagOf('return-nomatch'),
      flagOf('update-counters', { invertible: true }),
      flagOf('update-subcounters', { invertible: true }),
      both('packets-eq'),
      one('packets-lt'),
      one('packets-gt'),
      both('bytes-eq'),
      one('bytes-lt'),
      one('bytes-gt'),
    ],
    { list: (text) => text.trimStart().replaceAll('--', '') },
  ),
  keptMatch('hashlimit', [
    both('hashlimit-upto', { aliases: ['hashlimit'], canonical: rate }),
    both('hashlimit-above', { canonical: rate }),
    one('hashlimit-burst', { otherwise: ' --hashlimit-burst 5' }),
    one('hashlimit-mode'),
    one('hashlimit-name'),
    one('hashlimit-htable-size'),
    one('hashlimit-htable-max'),
    one('hashlimit-htable-gcinterval'),
    one('hashlimit-htable-expire'),
    one('hashlimit-srcmask'),
    one('hashlimit-dstmask'),
    flagOf('hashlimit-rate-match'),
    one('hashlimit-rate-interval'),
  ]),
  keptMatch('connlimit', [
    both('connlimit-upto'),
    both('connlimit-above'),
    one('connlimit-mask', { otherwise: ' --connlimit-mask 32' }),
    flagOf('connlimit-saddr', { otherwise: (options) => (options.has('connlimit-daddr') ? '' : ' --connlimit-saddr') }),
    flagOf('connlimit-daddr'),
  ]),
  keptMatch('pkttype', [
    both('pkt-type', {
      canonical: (text) => ({ host: 'unicast', bcast: 'broadcast', mcast: 'multicast' })[lower(text)] ?? lower(text),
    }),
  ]),
  keptMatch('mac', [both('mac-source', { canonical: lower })]),
  keptMatch('policy', [
    one('dir'),
    one('pol'),
    flagOf('strict'),
    both('reqid'),
    both('spi'),
    both('tunnel-src'),
    both('tunnel-dst'),
    both('proto'),
    both('mode'),
    flagOf('next'),
  ]),
  keptMatch('rpfilter', [flagOf('loose'), flagOf('validmark'), flagOf('accept-local'), flagOf('invert')]),
  keptMatch('time', [
    one('timestart'),
    one('timestop'),
    both('monthdays'),
    both('weekdays'),
    one('datestart'),
    one('datestop'),
    flagOf('kerneltz'),
    flagOf('contiguous'),
  ]),
  keptMatch('string', [
    both('string', { canonical: (text) => `"${text}"` }),
    both('hex-string', { canonical: (text) => `"${text}"` }),
    one('algo'),
    one('from'),
    one('to'),
    flagOf('icase'),
  ]),
  keptMatch('u32', [both('u32', { canonical: (text) => `"${text}"` })]),
  keptMatch('bpf', [one('bytecode', { canonical: (text) => `"${text}"` }), one('object-pinned')]),
  keptMatch('nfacct', [one('nfacct-name', { canonical: quote })]),
  keptMatch('helper', [both('helper')]),
  keptMatch('dscp', [both('dscp', { canonical: hexadecimal(2) }), both('dscp-class')]),
  keptMatch('tos', [both('tos', { canonical: hexadecimal(2, '/0xff') })]),
  keptMatch('socket', [flagOf('transparent'), flagOf('nowildcard'), flagOf('restore-skmark')]),
  keptMatch('cpu', [both('cpu')]),
  keptMatch('cgroup', [both('path'), both('cgroup')]),
  keptMatch('devgroup', [
    both('src-group', { canonical: hexadecimal(0) }),
    both('dst-group', { canonical: hexadecimal(0) }),
  ]),
  keptMatch('ah', [both('ahspi')]),
  keptMatch('esp', [both('espspi')]),
  keptMatch('sctp', [
    both('source-port', { aliases: ['sport'], printed: 'sport' }),
    both('destination-port', { aliases: ['dport'], printed: 'dport' }),
    { name: 'chunk-types', words: 2, invertible: true },
  ]),
  keptMatch('tcpmss', [both('mss')]),
  keptMatch('connbytes', [both('connbytes'), one('connbytes-mode'), one('connbytes-dir')]),
  keptMatch('connlabel', [both('label'), flagOf('set')]),
  keptMatch('quota', [both('quota')]),
  keptMatch('realm', [
    both('realm', {
      canonical: (text) => (integerOf(text, 0xffff) === undefined ? text : hex(integerOf(text, 0xffff)!)),
    }),
  ]),
  keptMatch('ecn', [
    flagOf('ecn-tcp-cwr', { invertible: true }),
    flagOf('ecn-tcp-ece', { invertible: true }),
    both('ecn-ip-ect'),
  ]),
  keptMatch('ipvs', [
    flagOf('ipvs', { invertible: true }),
    both('vproto'),
    both('vaddr'),
    both('vport'),
    one('vdir'),
    both('vmethod'),
    both('vportctl'),
  ]),
];
