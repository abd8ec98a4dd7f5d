/**
 * `-m addrtype`: what an address is in this host's own routing tables.
 * @see net/netfilter/xt_addrtype.c addrtype_mt_v1
 */
import type { Match } from '../match.ts';
import { flag, known, matchExtension } from './extension.ts';
import type { Options } from './options.ts';

export interface AddrtypeMatch extends Match {
  readonly name: 'addrtype';
  /** Bits 1 << `AddressType`; 0: not asked. */
  readonly sourceTypes: number;
  readonly destinationTypes: number;
  readonly sourceInverted: boolean;
  readonly destinationInverted: boolean;
  readonly limit: '' | 'in' | 'out';
}

/** By `AddressType`. @see include/uapi/linux/rtnetlink.h RTN_UNSPEC and on */
const TYPE_NAMES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
];

function typesOf(options: Options, name: string): number {
  const text = options.text(name);
  if (text === undefined) return 0;
  let bits = 0;
  for (const type of text.toUpperCase().split(',')) {
    const at = TYPE_NAMES.indexOf(type);
    if (at < 0) options.fail(name, `addrtype: bad type "${type.toLowerCase()}"`);
    bits |= 1 << at;
  }
  return bits;
}

const printTypes = (bits: number) => TYPE_NAMES.filter((_, at) => bits & (1 << at)).join(',');

export const addrtype = matchExtension<AddrtypeMatch>({
  name: 'addrtype',
  options: [
    { name: 'src-type', words: 1, invertible: true },
    { name: 'dst-type', words: 1, invertible: true },
    { name: 'limit-iface-in', words: 0 },
    { name: 'limit-iface-out', words: 0 },
  ],
  parse: (options) => {
    const sourceTypes = typesOf(options, 'src-type');
    const destinationTypes = typesOf(options, 'dst-type');
    if (sourceTypes === 0 && destinationTypes === 0) {
      options.fail(undefined, 'addrtype: you must specify --src-type or --dst-type');
    }
    if (options.has('limit-iface-in') && options.has('limit-iface-out')) {
      const message = 'addrtype: option "--limit-iface-in" cannot be used together with "--limit-iface-out".';
      options.fail('limit-iface-in', message);
    }
    return {
      name: 'addrtype',
      sourceTypes,
      destinationTypes,
      sourceInverted: options.inverted('src-type'),
      destinationInverted: options.inverted('dst-type'),
      limit: options.has('limit-iface-in') ? 'in' : options.has('limit-iface-out') ? 'out' : '',
    };
  },
  print: (match) =>
    (match.sourceTypes === 0 ? '' : `${flag(match.sourceInverted, 'src-type')} ${printTypes(match.sourceTypes)}`) +
    (match.destinationTypes === 0
      ? ''
      : `${flag(match.destinationInverted, 'dst-type')} ${printTypes(match.destinationTypes)}`) +
    (match.limit === '' ? '' : ` --limit-iface-${match.limit}`),
  list: (match) =>
    `ADDRTYPE match${
      match.sourceTypes === 0 ? '' : ` src-type ${match.sourceInverted ? '!' : ''}${printTypes(match.sourceTypes)}`
    }${
      match.destinationTypes === 0
        ? ''
        : ` dst-type ${match.destinationInverted ? '!' : ''}${printTypes(match.destinationTypes)}`
    }${match.limit === '' ? '' : ` limit-${match.limit}`}`,
  evaluate: (match, skb, environment) => {
    const through = match.limit === '' ? '' : match.limit === 'in' ? skb.inInterface : skb.outInterface;
    if (match.sourceTypes !== 0) {
      const bit = 1 << environment.addressType(skb.source, through);
      if (((match.sourceTypes & bit) !== 0) === match.sourceInverted) return 0;
    }
    if (match.destinationTypes === 0) return 1;
    const bit = 1 << environment.addressType(skb.destination, through);
    return known(((match.destinationTypes & bit) !== 0) !== match.destinationInverted);
  },
});
