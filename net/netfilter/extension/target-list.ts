/**
 * Every target extension that is known, by name.
 */
import { type MssTarget, TargetKind, type TextTarget } from '../target.ts';
import { quote } from '../word.ts';
import { type TargetExtension, targetExtension } from './extension.ts';
import { type KeptOption, keptTarget, keptText } from './kept.ts';
import { connmarkTarget, markTarget } from './mark-target.ts';
import { NAT_TARGETS } from './nat-target.ts';
import { hex, integerOf, type Options } from './options.ts';
import { rejectTarget } from './reject-target.ts';

const LEVELS = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug'];
const level = (text: string) => {
  const at = LEVELS.findIndex((name) => name.startsWith(text.toLowerCase()));
  return at < 0 ? text : `${at}`;
};
const masked = (text: string, options: Options) => {
  const [value, mask = '0xffffffff'] = text.split('/').map((part) => {
    const number = integerOf(part, 0xffffffff);
    return number === undefined ? options.fail(undefined, `${options.name}: bad value "${text}"`) : hex(number);
  });
  return `${value}/${mask}`;
};
const hexByte = (text: string) => {
  const value = integerOf(text, 255);
  return value === undefined ? text : `0x${value.toString(16).padStart(2, '0')}`;
};

const CT_OPTIONS: readonly KeptOption[] = [
  { name: 'notrack', words: 0 },
  { name: 'helper', words: 1 },
  { name: 'timeout', words: 1 },
  { name: 'ctevents', words: 1 },
  { name: 'expevents', words: 1 },
  { name: 'zone', words: 1 },
  { name: 'zone-orig', words: 1 },
  { name: 'zone-reply', words: 1 },
];

/** Helpers and events change nothing that the model has: nobody speaks the protocols that they read. */
const HARMLESS = ['helper', 'ctevents', 'expevents'];

function ctKind(options: Options): TextTarget['kind'] {
  if (options.has('notrack') && options.given.length === 1) return TargetKind.Notrack;
  // Zone 0 is where every connection is anyway.
  const harmless = options.given.every(
    ({ spec, words }) => HARMLESS.includes(spec.name) || (spec.name === 'zone' && words[0]!.text === '0'),
  );
  return harmless ? TargetKind.Pass : TargetKind.Unknown;
}

const ct = targetExtension<TextTarget>({
  name: 'CT',
  tables: ['raw'],
  options: CT_OPTIONS,
  parse: (options) => ({
    kind: ctKind(options),
    name: 'CT',
    text: keptText(options, CT_OPTIONS),
  }),
  print: (target) => target.text,
});

const TCPMSS_OPTIONS: readonly KeptOption[] = [
  { name: 'set-mss', words: 1 },
  { name: 'clamp-mss-to-pmtu', words: 0 },
];

const tcpmss = targetExtension<MssTarget>({
  name: 'TCPMSS',
  tables: ['mangle'],
  options: TCPMSS_OPTIONS,
  parse: (options) => {
    if (options.given.length !== 1) options.fail(undefined, 'TCPMSS target: At least one parameter is required');
    return {
      kind: TargetKind.ClampMss,
      name: 'TCPMSS',
      text: keptText(options, TCPMSS_OPTIONS),
      mss: options.integer('set-mss', 65_495) ?? 0,
    };
  },
  print: (target) => target.text,
  list: ({ text }) => (text.includes('clamp') ? 'TCPMSS clamp to PMTU' : `TCPMSS set ${text.split(' ').at(-1)}`),
});

const LIST: readonly TargetExtension[] = [
  ...NAT_TARGETS,
  markTarget,
  connmarkTarget,
  rejectTarget,
  ct,
  keptTarget('NOTRACK', TargetKind.Notrack, [], { tables: ['raw'] }),
  keptTarget('LOG', TargetKind.Pass, [
    { name: 'log-prefix', words: 1, canonical: quote },
    { name: 'log-level', words: 1, canonical: level, hidden: '4' },
    { name: 'log-tcp-sequence', words: 0 },
    { name: 'log-tcp-options', words: 0 },
    { name: 'log-ip-options', words: 0 },
    { name: 'log-uid', words: 0 },
    { name: 'log-macdecode', words: 0 },
  ]),
  keptTarget('NFLOG', TargetKind.Pass, [
    { name: 'nflog-prefix', words: 1, canonical: quote },
    { name: 'nflog-group', words: 1, hidden: '0' },
    { name: 'nflog-range', words: 1 },
    { name: 'nflog-size', words: 1 },
    { name: 'nflog-threshold', words: 1, hidden: '1' },
  ]),
  keptTarget('TRACE', TargetKind.Pass, [], { tables: ['raw'] }),
  keptTarget('AUDIT', TargetKind.Pass, [{ name: 'type', words: 1 }]),
  // A checksum is right in the model whether or not somebody fills it in.
  keptTarget('CHECKSUM', TargetKind.Pass, [{ name: 'checksum-fill', words: 0 }], { tables: ['mangle'] }),
  tcpmss,
  keptTarget(
    'TPROXY',
    TargetKind.Unknown,
    [
      { name: 'on-port', words: 1 },
      { name: 'on-ip', words: 1, otherwise: ' --on-ip 0.0.0.0' },
      { name: 'tproxy-mark', words: 1, canonical: masked, otherwise: ' --tproxy-mark 0x0/0x0' },
    ],
    { tables: ['mangle'] },
  ),
  keptTarget(
    'TTL',
    TargetKind.Unknown,
    ['ttl-set', 'ttl-dec', 'ttl-inc'].map((name) => ({ name, words: 1 })),
    { tables: ['mangle'] },
  ),
  keptTarget(
    'HL',
    TargetKind.Unknown,
    ['hl-set', 'hl-dec', 'hl-inc'].map((name) => ({ name, words: 1 })),
    { tables: ['mangle'] },
  ),
  keptTarget('CLASSIFY', TargetKind.Unknown, [
    {
      name: 'set-class',
      words: 1,
      canonical: (text) =>
        text
          .split(':')
          .map((part) => part.toLowerCase().padStart(4, '0'))
          .join(':'),
    },
  ]),
  keptTarget(
    'DSCP',
    TargetKind.Unknown,
    [
      { name: 'set-dscp', words: 1, canonical: hexByte },
      { name: 'set-dscp-class', words: 1 },
    ],
    { tables: ['mangle'] },
  ),
  keptTarget(
    'TOS',
    TargetKind.Unknown,
    [{ name: 'set-tos', words: 1, canonical: (text) => (text.includes('/') ? text : `${hexByte(text)}/0xff`) }],
    { tables: ['mangle'] },
  ),
  keptTarget('NFQUEUE', TargetKind.Unknown, [
    { name: 'queue-num', words: 1 },
    { name: 'queue-balance', words: 1 },
    { name: 'queue-bypass', words: 0 },
    { name: 'queue-cpu-fanout', words: 0 },
  ]),
  keptTarget('QUEUE', TargetKind.Unknown, []),
  keptTarget('SET', TargetKind.Unknown, [
    { name: 'add-set', words: 2 },
    { name: 'del-set', words: 2 },
    { name: 'map-set', words: 2 },
    { name: 'exist', words: 0 },
    { name: 'timeout', words: 1 },
    { name: 'map-mark', words: 0 },
    { name: 'map-prio', words: 0 },
    { name: 'map-queue', words: 0 },
  ]),
  keptTarget('NETMAP', TargetKind.Unknown, [{ name: 'to', words: 1 }], { tables: ['nat'] }),
  keptTarget('TEE', TargetKind.Unknown, [
    { name: 'gateway', words: 1 },
    { name: 'oif', words: 1 },
  ]),
  keptTarget('SECMARK', TargetKind.Unknown, [{ name: 'selctx', words: 1 }], { tables: ['mangle', 'security'] }),
  keptTarget(
    'CONNSECMARK',
    TargetKind.Unknown,
    [
      { name: 'save', words: 0 },
      { name: 'restore', words: 0 },
    ],
    { tables: ['mangle', 'security'] },
  ),
];

const BY_NAME = new Map(LIST.map((extension) => [extension.name, extension]));

/** @returns undefined for a chain, a standard verdict or a target that is not known */
export function targetExtensionOf(name: string): TargetExtension | undefined {
  return BY_NAME.get(name);
}
