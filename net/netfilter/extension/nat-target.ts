/**
 * The targets of the nat table: DNAT, SNAT, MASQUERADE and REDIRECT.
 * @see net/netfilter/xt_nat.c, net/netfilter/xt_MASQUERADE.c, extensions/libxt_NAT.c
 */
import { type Family, formatWords, parseAddress } from '../../address.ts';
import { Hook } from '../hook.ts';
import { type NatTarget, NO_PORT, TargetKind } from '../target.ts';
import { targetExtension } from './extension.ts';
import { type Head, integerOf, type OptionSpec, type Options } from './options.ts';
import { splitRange } from './port-range.ts';

type Kind = NatTarget['kind'];
type Range = Pick<NatTarget, 'minAddress' | 'maxAddress' | 'minPort' | 'maxPort' | 'basePort'>;

const NOWHERE: Range = {
  minAddress: undefined,
  maxAddress: undefined,
  minPort: NO_PORT,
  maxPort: NO_PORT,
  basePort: 0,
};
/** TCP, UDP, DCCP, ICMP (its identifier), SCTP. */
const WITH_PORTS = [1, 6, 17, 33, 132];

function needPorts(options: Options, option: string, head: Head): void {
  if (!WITH_PORTS.includes(head.protocol)) options.fail(option, 'Need TCP, UDP, SCTP or DCCP with port specification');
}

function portsOf(options: Options, option: string, text: string): Pick<Range, 'minPort' | 'maxPort' | 'basePort'> {
  const [range, base] = splitRange(text, '/');
  const [from, to] = splitRange(range, '-');
  const bad = () => options.fail(option, `Port \`${text}' not valid`);
  const minPort = integerOf(from, 65535) ?? bad();
  const maxPort = to === undefined ? minPort : (integerOf(to, 65535) ?? bad());
  if (maxPort < minPort) options.fail(option, `Port range \`${text}' funky`);
  return { minPort, maxPort, basePort: base === undefined ? 0 : (integerOf(base, 65535) ?? bad()) };
}

/** `ADDRESS[-ADDRESS][:PORT[-PORT[/BASE]]]`, brackets around IPv6 addresses with ports. */
function destination(options: Options, option: string, head: Head): Range {
  const text = options.required(option);
  const bracket = /^\[([^\]]+)\](?:-\[([^\]]+)\])?(?::(.+))?$/.exec(text);
  const [addresses, ports] =
    bracket !== null
      ? [bracket[2] === undefined ? bracket[1]! : `${bracket[1]}-${bracket[2]}`, bracket[3]]
      : head.family === 6
        ? [text, undefined]
        : splitRange(text, ':');
  if (ports !== undefined) needPorts(options, option, head);
  const span = ports === undefined ? {} : portsOf(options, option, ports);
  if (addresses === '') return { ...NOWHERE, ...span };
  const [from, to] = splitRange(addresses, '-');
  const words = (part: string) => {
    const address = parseAddress(part);
    return address?.family === head.family ? address.words : options.fail(option, `Bad IP address "${part}"`);
  };
  const minAddress = words(from);
  return { ...NOWHERE, minAddress, maxAddress: to === undefined ? minAddress : words(to), ...span };
}

function toPorts(options: Options, head: Head): Range {
  const text = options.text('to-ports');
  if (text === undefined) return NOWHERE;
  needPorts(options, 'to-ports', head);
  return { ...NOWHERE, ...portsOf(options, 'to-ports', text) };
}

function printPorts(target: NatTarget): string {
  const ports = target.minPort === target.maxPort ? `${target.minPort}` : `${target.minPort}-${target.maxPort}`;
  return target.basePort === 0 ? ports : `${ports}/${target.basePort}`;
}

/** What stands behind `--to-destination` or `to:`. */
function printRange(target: NatTarget): string {
  const { family, minAddress, maxAddress } = target;
  const text = (words: readonly number[]) =>
    family === 6 && target.minPort !== NO_PORT ? `[${formatWords(family, words)}]` : formatWords(family, words);
  let addresses = minAddress === undefined ? '' : text(minAddress);
  if (minAddress !== undefined && maxAddress !== undefined && text(maxAddress) !== addresses) {
    addresses += `-${text(maxAddress)}`;
  }
  return target.minPort === NO_PORT ? addresses : `${addresses}:${printPorts(target)}`;
}

const printFlags = (target: NatTarget, dashes: string) =>
  (target.random ? ` ${dashes}random` : '') +
  (target.randomFully ? ` ${dashes}random-fully` : '') +
  (target.persistent ? ` ${dashes}persistent` : '');

/** DNAT and REDIRECT draw no port in the end that `--random-fully` is about. */
function optionsOf(kind: Kind, option: string): OptionSpec[] {
  const options: OptionSpec[] = [
    { name: option, words: 1 },
    { name: 'random', words: 0 },
  ];
  if (kind === TargetKind.Snat || kind === TargetKind.Masquerade) options.push({ name: 'random-fully', words: 0 });
  if (option !== 'to-ports') options.push({ name: 'persistent', words: 0 });
  return options;
}

function natExtension(kind: Kind, name: NatTarget['name'], option: string, hooks: readonly Hook[]) {
  const toAddress = option !== 'to-ports';
  return targetExtension<NatTarget>({
    name,
    tables: ['nat'],
    hooks: hooks.reduce<number>((bits, hook) => bits | (1 << hook), 0),
    options: optionsOf(kind, option),
    parse: (options, head) => ({
      kind,
      name,
      family: head.family as Family,
      ...(toAddress ? destination(options, option, head) : toPorts(options, head)),
      random: options.has('random'),
      randomFully: options.has('random-fully'),
      persistent: options.has('persistent'),
    }),
    print: (target) => {
      const to = toAddress ? ` --${option} ${printRange(target)}` : '';
      const ports = !toAddress && target.minPort !== NO_PORT ? ` --to-ports ${printPorts(target)}` : '';
      return to + ports + printFlags(target, '--');
    },
    list: (target) => {
      if (toAddress) return `to:${printRange(target)}${printFlags(target, '')}`;
      const label = kind === TargetKind.Redirect ? 'redir ports' : 'masq ports:';
      const ports = target.minPort === NO_PORT ? '' : `${label} ${printPorts(target)}`;
      return (ports + printFlags(target, '')).trimStart();
    },
  });
}

export const NAT_TARGETS = [
  natExtension(TargetKind.Dnat, 'DNAT', 'to-destination', [Hook.Prerouting, Hook.Output]),
  natExtension(TargetKind.Snat, 'SNAT', 'to-source', [Hook.Postrouting, Hook.Input]),
  natExtension(TargetKind.Masquerade, 'MASQUERADE', 'to-ports', [Hook.Postrouting]),
  natExtension(TargetKind.Redirect, 'REDIRECT', 'to-ports', [Hook.Prerouting, Hook.Output]),
];
