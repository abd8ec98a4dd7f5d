/**
 * The matches that are kept as text, with their options in the order in which iptables-save prints them.
 */

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

const hexadecimal =
  (digits: number, mask = '') =>
  (text: string, options: Options) => {
    if (text.includes('/')) return text;
    const value = integerOf(text, 0xffffffff);
    if (value === undefined) return options.fail(undefined, `${options.name}: bad integer value "${text}"`);
    return `0x${value.toString(16).padStart(digits, '0')}${mask}`;
  };

/** `7:05` as `07:05:00`. @see iptables extensions/libxt_time.c time_parse_minutes */
function clockTime(text: string): string {
  const [hours = '', minutes = '', seconds = '0'] = text.split(':');
  return [hours, minutes, seconds].map((part) => part.padStart(2, '0')).join(':');
}

/** `2024-01-02T03` as `2024-01-02T03:00:00`; what is left out of a date is its beginning. */
function dateTime(text: string): string {
  const [date = '', time = '0:0'] = text.split('T');
  const [year = '', month = '1', day = '1'] = date.split('-');
  return `${[year, month.padStart(2, '0'), day.padStart(2, '0')].join('-')}T${clockTime(time.includes(':') ? time : `${time}:0`)}`;
}

export const KEPT_MATCHES = [
  keptMatch('connlimit', [
    both('connlimit-upto'),
    both('connlimit-above'),
    one('connlimit-mask', { otherwise: ' --connlimit-mask 32' }),
    flagOf('connlimit-saddr', { otherwise: (options) => (options.has('connlimit-daddr') ? '' : ' --connlimit-saddr') }),
    flagOf('connlimit-daddr'),
  ]),
  keptMatch('time', [
    one('timestart', {
      canonical: clockTime,
      otherwise: (options) => (options.has('timestop') ? ' --timestart 00:00:00' : ''),
    }),
    one('timestop', {
      canonical: clockTime,
      otherwise: (options) => (options.has('timestart') ? ' --timestop 23:59:59' : ''),
    }),
    both('monthdays'),
    both('weekdays'),
    one('datestart', { canonical: dateTime }),
    // Without an end there is the last second of a signed 32-bit clock.
    one('datestop', { canonical: dateTime, otherwise: ' --datestop 2038-01-19T03:14:07' }),
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
