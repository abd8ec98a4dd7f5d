/**
 * What `ip address` and `ip link` print of a host's interfaces, in the columns of iproute2.
 * @see ip-address(8), iproute2 ip/ipaddress.c
 */
import { SECOND } from '../../core/time.ts';
import { formatWords } from '../address.ts';
import type { Host } from '../host.ts';
import { type Interface, type InterfaceAddress, InterfaceKind, macOf, Scope } from '../interface.ts';
import type { Network } from '../network.ts';

/** Which part of the list is wanted, and how. */
export interface InterfaceFilter {
  /** Name of the only interface. */
  readonly device?: string;
  /** `-4`, `-6`. */
  readonly family?: 4 | 6;
  /** `-br` */
  readonly brief?: boolean;
  /** `-o`: one line an address. */
  readonly oneLine?: boolean;
}

const SCOPE_NAMES: Readonly<Record<number, string>> = {
  [Scope.Universe]: 'global',
  [Scope.Link]: 'link',
  [Scope.Host]: 'host',
};

/** The text of `ip address show`. @param nowNs for what is left of a lease: it began at 0, and is renewed at its half */
export function formatAddresses(net: Network, host: Host, nowNs: number, filter: InterfaceFilter = {}): string {
  return interfacesOf(net, host, filter)
    .map((device) => formatInterface(net, host, device, nowNs, filter))
    .join('');
}

/** The text of `ip link show`. */
export function formatLinks(net: Network, host: Host, filter: InterfaceFilter = {}): string {
  return interfacesOf(net, host, filter)
    .map((device) =>
      filter.brief
        ? `${briefHead(net, device)}${hardwareOf(device)} <${flagsOf(net, device).join(',')}> \n`
        : `${headLine(net, device, ' mode DEFAULT')}${hardwareLine(device)}`,
    )
    .join('');
}

function interfacesOf(net: Network, host: Host, { device }: InterfaceFilter): readonly Interface[] {
  return host.interfaces.map((id) => net.interface(id)).filter(({ name }) => device === undefined || name === device);
}

function formatInterface(net: Network, host: Host, device: Interface, nowNs: number, filter: InterfaceFilter): string {
  const addresses = addressesOf(net, host, device).filter(
    ({ prefix }) => filter.family === undefined || prefix.family === filter.family,
  );
  if (filter.family !== undefined && addresses.length === 0) return '';
  if (filter.brief) {
    const texts = addresses.map((own) => `${textOf(net, own)}/${own.prefix.length} `);
    return `${briefHead(net, device)}${texts.join('')}\n`;
  }
  if (filter.oneLine) {
    return addresses
      .map((own, i) => {
        const [first, second] = addressLines(net, device, addresses, i, nowNs);
        return `${device.index}: ${device.name}    ${own.prefix.family === 4 ? 'inet' : 'inet6'} ${first}\\       ${second}\n`;
      })
      .join('');
  }
  const lines = addresses.map((own, i) => {
    const [first, second] = addressLines(net, device, addresses, i, nowNs);
    return `    ${own.prefix.family === 4 ? 'inet' : 'inet6'} ${first}\n       ${second}\n`;
  });
  const hardware = filter.family === undefined ? hardwareLine(device) : '';
  return headLine(net, device, '') + hardware + lines.join('');
}

/** The addresses that were given, and `::1`, which the kernel gives the loopback of every namespace that has IPv6. */
function addressesOf(net: Network, host: Host, device: Interface): readonly InterfaceAddress[] {
  const hasSix = device.addresses.some(({ prefix }) => prefix.family === 6);
  const disabled = host.sysctls.values.get('net.ipv6.conf.all.disable_ipv6') === '1';
  if (device.kind !== InterfaceKind.Loopback || hasSix || disabled || !device.up) return device.addresses;
  const prefix = { family: 6, length: 128, words: [0, 0, 0, 1] } as const;
  return [...device.addresses, { address: net.addresses.find('::1'), prefix, scope: Scope.Host, broadcast: 0 }];
}

function textOf(net: Network, { address, prefix }: InterfaceAddress): string {
  return address === 0 ? formatWords(prefix.family, prefix.words) : net.addresses.text(address);
}

function addressLines(
  net: Network,
  device: Interface,
  all: readonly InterfaceAddress[],
  index: number,
  nowNs: number,
): readonly [string, string] {
  const own = all[index]!;
  const { prefix, scope, broadcast, leaseNs } = own;
  const isSecondary =
    prefix.family === 4 &&
    all
      .slice(0, index)
      .some((other) => other.prefix.length === prefix.length && net.addresses.within(own.address, other.prefix));
  const words = [
    `${textOf(net, own)}/${prefix.length}`,
    ...(broadcast === 0 ? [] : [`brd ${net.addresses.text(broadcast)}`]),
    `scope ${SCOPE_NAMES[scope] ?? scope}`,
    ...(isSecondary ? ['secondary'] : []),
    ...(leaseNs === undefined ? [] : ['dynamic']),
    // IPv6 addresses have no label, but for the blank in front of it.
    prefix.family === 4 ? device.name : '',
  ];
  const seconds = leaseNs === undefined ? undefined : Math.floor((leaseNs - (nowNs % (leaseNs / 2))) / SECOND);
  const life = seconds === undefined ? 'forever' : `${seconds}sec`;
  return [words.join(' '), `valid_lft ${life} preferred_lft ${life}`];
}

function headLine(net: Network, device: Interface, mode: string): string {
  const { index, mtu, master } = device;
  const bridge = master === 0 ? '' : ` master ${net.interface(master).name}`;
  const queue = device.kind === InterfaceKind.Ethernet ? 'fq_codel' : 'noqueue';
  const flags = flagsOf(net, device).join(',');
  return `${index}: ${nameWithPeer(net, device)}: <${flags}> mtu ${mtu} qdisc ${queue}${bridge} state ${stateOf(net, device)}${mode} group default qlen 1000\n`;
}

function briefHead(net: Network, device: Interface): string {
  return `${nameWithPeer(net, device).padEnd(16)} ${stateOf(net, device).padEnd(14)} `;
}

/** A veth names the index of its other end. */
function nameWithPeer(net: Network, device: Interface): string {
  const peer = device.kind === InterfaceKind.Veth ? peerOf(net, device) : undefined;
  return peer === undefined ? device.name : `${device.name}@if${peer.index}`;
}

function peerOf(net: Network, device: Interface): Interface | undefined {
  const other = device.link === 0 ? undefined : net.links[device.link]?.ends.find((end) => end !== device.id);
  return other === undefined ? undefined : net.interfaces[other];
}

function hasCarrier(net: Network, device: Interface): boolean {
  if (device.kind === InterfaceKind.Bridge) return device.ports.some((port) => net.interface(port).up);
  if (device.kind !== InterfaceKind.Veth && device.kind !== InterfaceKind.Ethernet) return true;
  return device.link !== 0 && net.link(device.link).up;
}

function flagsOf(net: Network, device: Interface): readonly string[] {
  const carrier = hasCarrier(net, device);
  const kind = device.kind === InterfaceKind.Loopback ? ['LOOPBACK'] : ['BROADCAST', 'MULTICAST'];
  if (!device.up) return kind;
  return carrier ? [...kind, 'UP', 'LOWER_UP'] : ['NO-CARRIER', ...kind, 'UP'];
}

/** Devices without a carrier of their own never tell whether they are up. */
function stateOf(net: Network, device: Interface): string {
  if (!device.up) return 'DOWN';
  if (device.kind === InterfaceKind.Loopback || device.kind === InterfaceKind.Vxlan) return 'UNKNOWN';
  return hasCarrier(net, device) ? 'UP' : 'DOWN';
}

function hardwareOf(device: Interface): string {
  return device.kind === InterfaceKind.Loopback ? '00:00:00:00:00:00' : macOf(device.id);
}

function hardwareLine(device: Interface): string {
  return device.kind === InterfaceKind.Loopback
    ? '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n'
    : `    link/ether ${macOf(device.id)} brd ff:ff:ff:ff:ff:ff\n`;
}
