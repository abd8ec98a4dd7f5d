/**
 * `-m physdev`: the bridge ports of a packet that is bridged.
 * @see net/netfilter/xt_physdev.c physdev_mt
 */
import type { Match } from '../match.ts';
import { type InterfaceMatch, interfaceFits } from '../rule.ts';
import { flag, known, matchExtension } from './extension.ts';
import type { Options } from './options.ts';

export interface PhysdevMatch extends Match {
  readonly name: 'physdev';
  readonly in: InterfaceMatch | undefined;
  readonly out: InterfaceMatch | undefined;
  /** Whether each is inverted; undefined: not asked. */
  readonly isIn: boolean | undefined;
  readonly isOut: boolean | undefined;
  readonly isBridged: boolean | undefined;
}

function nameOf(options: Options, name: string): InterfaceMatch | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  if (text.length > 15) {
    options.fail(name, `interface name \`${text}' must be shorter than IFNAMSIZ (15)`);
  }
  return { inverted: options.inverted(name), name: text };
}

const asked = (options: Options, name: string) => (options.has(name) ? options.inverted(name) : undefined);
const printName = (port: InterfaceMatch | undefined, name: string) =>
  port === undefined ? '' : `${flag(port.inverted, name)} ${port.name}`;
const printFlag = (inverted: boolean | undefined, name: string) => (inverted === undefined ? '' : flag(inverted, name));
const nameFails = (match: InterfaceMatch | undefined, port: string) =>
  match !== undefined && (port !== '' && interfaceFits(match.name, port)) === match.inverted;

function physdevText(match: PhysdevMatch): string {
  return (
    printFlag(match.isIn, 'physdev-is-in') +
    printName(match.in, 'physdev-in') +
    printFlag(match.isOut, 'physdev-is-out') +
    printName(match.out, 'physdev-out') +
    printFlag(match.isBridged, 'physdev-is-bridged')
  );
}

export const physdev = matchExtension<PhysdevMatch>({
  name: 'physdev',
  options: [
    { name: 'physdev-in', words: 1, invertible: true },
    { name: 'physdev-out', words: 1, invertible: true },
    { name: 'physdev-is-in', words: 0, invertible: true },
    { name: 'physdev-is-out', words: 0, invertible: true },
    { name: 'physdev-is-bridged', words: 0, invertible: true },
  ],
  parse: (options) => {
    if (options.given.length === 0) options.fail(undefined, 'PHYSDEV: no physdev option specified');
    return {
      name: 'physdev',
      in: nameOf(options, 'physdev-in'),
      out: nameOf(options, 'physdev-out'),
      isIn: asked(options, 'physdev-is-in'),
      isOut: asked(options, 'physdev-is-out'),
      isBridged: asked(options, 'physdev-is-bridged'),
    };
  },
  print: physdevText,
  list: (match) => `PHYSDEV match${physdevText(match)}`,
  evaluate: (match, skb) => {
    // Bridged means: on its way from port to port, so that the port it leaves by is known.
    if (match.isBridged !== undefined && (skb.physOut !== '') === match.isBridged) return 0;
    if (match.isIn !== undefined && (skb.physIn !== '') === match.isIn) return 0;
    if (match.isOut !== undefined && (skb.physOut !== '') === match.isOut) return 0;
    return known(!nameFails(match.in, skb.physIn) && !nameFails(match.out, skb.physOut));
  },
});
