/**
 * `-m owner`: the user and group of the socket that sent a packet.
 * @see net/netfilter/xt_owner.c owner_mt
 */
import { Hook } from '../hook.ts';
import type { Match } from '../match.ts';
import { Holds } from '../match.ts';
import { flag, known, matchExtension } from './extension.ts';
import { integerOf, type Options } from './options.ts';
import { splitRange } from './port-range.ts';

interface IdRange {
  readonly inverted: boolean;
  readonly min: number;
  readonly max: number;
}

export interface OwnerMatch extends Match {
  readonly name: 'owner';
  readonly uid: IdRange | undefined;
  readonly gid: IdRange | undefined;
  /** `[!] --socket-exists`: whether it is inverted. */
  readonly socket: { readonly inverted: boolean } | undefined;
  readonly supplementary: boolean;
}

const MOST = 0xfffffffe;

function idRange(options: Options, name: string): IdRange | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  if (text === 'root') return { inverted: options.inverted(name), min: 0, max: 0 };
  const [from, to] = splitRange(text, '-');
  const bad = () => options.fail(name, `owner: Bad value for "--${name}" option: "${text}"`);
  const min = integerOf(from, MOST) ?? bad();
  const max = to === undefined ? min : (integerOf(to, MOST) ?? bad());
  return { inverted: options.inverted(name), min, max };
}

function printIds(range: IdRange | undefined, name: string): string {
  if (range === undefined) return '';
  return `${flag(range.inverted, name)} ${range.min === range.max ? range.min : `${range.min}-${range.max}`}`;
}

function listIds(range: IdRange | undefined, label: string): string[] {
  if (range === undefined) return [];
  const ids = range.min === range.max ? `${range.min}` : `${range.min}-${range.max}`;
  return [`${range.inverted ? '! ' : ''}owner ${label} match ${ids}`];
}

const outside = (range: IdRange | undefined, id: number) =>
  range !== undefined && (id >= range.min && id <= range.max) === range.inverted;

export const owner = matchExtension<OwnerMatch>({
  name: 'owner',
  hooks: (1 << Hook.Output) | (1 << Hook.Postrouting),
  options: [
    { name: 'uid-owner', words: 1, invertible: true },
    { name: 'gid-owner', words: 1, invertible: true },
    { name: 'socket-exists', words: 0, invertible: true },
    { name: 'suppl-groups', words: 0 },
  ],
  parse: (options) => {
    const socket = options.find('socket-exists');
    const uid = idRange(options, 'uid-owner');
    const gid = idRange(options, 'gid-owner');
    if (uid === undefined && gid === undefined && socket === undefined) {
      options.fail(undefined, 'owner: At least one of --uid-owner, --gid-owner or --socket-exists is required');
    }
    return {
      name: 'owner',
      uid,
      gid,
      socket: socket === undefined ? undefined : { inverted: socket.inverted },
      supplementary: options.has('suppl-groups'),
    };
  },
  print: ({ uid, gid, socket, supplementary }) =>
    (socket === undefined ? '' : flag(socket.inverted, 'socket-exists')) +
    printIds(uid, 'uid-owner') +
    printIds(gid, 'gid-owner') +
    (supplementary ? ' --suppl-groups' : ''),
  list: ({ uid, gid, socket, supplementary }) =>
    [
      ...(socket === undefined ? [] : [`${socket.inverted ? '! ' : ''}owner socket exists`]),
      ...listIds(uid, 'UID'),
      ...listIds(gid, 'GID'),
      ...(supplementary ? ['incl. suppl. groups'] : []),
    ].join(' '),
  evaluate: ({ uid, gid, socket, supplementary }, skb) => {
    // A packet without a socket (forwarded, or the kernel's own) fits only what is asked the other way round.
    if (skb.uid < 0) {
      return known(uid?.inverted !== false && gid?.inverted !== false && socket?.inverted !== false);
    }
    if (socket?.inverted === true || outside(uid, skb.uid)) return Holds.No;
    if (supplementary) return Holds.Unknown;
    return known(!outside(gid, skb.gid));
  },
});
