/**
 * Matches on what surrounds the IP packet: `-m pkttype` and `-m mac` on its frame, `-m policy` on IPsec, `-m rpfilter` on
 * the way back to its sender, and `-m nfacct`, which only counts.
 * @see net/netfilter/xt_pkttype.c, xt_mac.c, xt_policy.c, xt_nfacct.c, net/ipv4/netfilter/ipt_rpfilter.c
 */
import { Hook } from '../hook.ts';
import { AddressType } from '../skb.ts';
import { quote } from '../word.ts';
import { known } from './extension.ts';
import { type KeptMatch, type KeptOption, keptMatch } from './kept.ts';

const bare = (name: string): KeptOption => ({ name, words: 0 });
const both = (name: string, more: Partial<KeptOption> = {}): KeptOption => ({
  name,
  words: 1,
  invertible: true,
  ...more,
});

interface FrameMatch extends KeptMatch {
  readonly inverted: boolean;
  /** Canonical: `unicast`, or an address in small letters. */
  readonly asked: string;
}

const PACKET_TYPES: Readonly<Record<string, string>> = { host: 'unicast', bcast: 'broadcast', mcast: 'multicast' };
const packetType = (text: string) => PACKET_TYPES[text.toLowerCase()] ?? text.toLowerCase();

export const pkttype = keptMatch<FrameMatch>('pkttype', [both('pkt-type', { canonical: packetType })], {
  read: (options) => ({
    inverted: options.inverted('pkt-type'),
    asked: packetType(options.required('pkt-type')),
  }),
  evaluate: ({ asked, inverted }, skb, environment) => {
    // A packet on its way out has no frame yet: it counts as the host's own.
    const type = skb.inInterface === '' ? AddressType.Unicast : environment.addressType(skb.destination, '');
    const name =
      type === AddressType.Broadcast ? 'broadcast' : type === AddressType.Multicast ? 'multicast' : 'unicast';
    return known((asked === name) !== inverted);
  },
});

/** Addresses that the model's own interfaces have begin so. */
const OWN_ADDRESS = /^02:00:/;

export const mac = keptMatch<FrameMatch>('mac', [both('mac-source', { canonical: (text) => text.toLowerCase() })], {
  read: (options) => ({
    inverted: options.inverted('mac-source'),
    asked: options.required('mac-source').toLowerCase(),
  }),
  evaluate: ({ asked, inverted }, skb) => {
    // Only what came in over Ethernet has a source address.
    if (skb.inInterface === '' || skb.inInterface === 'lo') return 0;
    return OWN_ADDRESS.test(asked) ? 2 : known(inverted);
  },
});

interface PolicyMatch extends KeptMatch {
  readonly none: boolean;
}

/** Nothing is encrypted in the model, so no packet has a policy. */
export const policy = keptMatch<PolicyMatch>(
  'policy',
  [
    { name: 'dir', words: 1 },
    { name: 'pol', words: 1 },
    bare('strict'),
    both('reqid'),
    both('spi'),
    both('tunnel-src'),
    both('tunnel-dst'),
    both('proto'),
    both('mode'),
    bare('next'),
  ],
  { read: (options) => ({ none: options.text('pol') === 'none' }), evaluate: ({ none }) => known(none) },
);

interface RpfilterMatch extends KeptMatch {
  readonly loose: boolean;
  readonly acceptLocal: boolean;
  readonly inverted: boolean;
}

export const rpfilter = keptMatch<RpfilterMatch>(
  'rpfilter',
  ['loose', 'validmark', 'accept-local', 'invert'].map(bare),
  {
    hooks: 1 << Hook.Prerouting,
    read: (options) => ({
      loose: options.has('loose'),
      acceptLocal: options.has('accept-local'),
      inverted: options.has('invert'),
    }),
    evaluate: ({ loose, acceptLocal, inverted }, skb, environment) =>
      known((skb.inInterface === 'lo' || environment.comesBack(skb.source, loose, acceptLocal)) !== inverted),
  },
);

/** An accounting object without a quota lets every packet match; rules can't tell whether it has one. */
export const nfacct = keptMatch('nfacct', [{ name: 'nfacct-name', words: 1, canonical: quote }], {
  evaluate: () => 1,
});
