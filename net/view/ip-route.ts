/**
 * What `ip route` prints: the main table, the local table, or the way to one address.
 * @see ip-route(8), iproute2 ip/iproute.c print_route
 */
import { type Address, formatPrefix, formatWords } from '../address.ts';
import type { Host } from '../host.ts';
import { Scope } from '../interface.ts';
import type { Network } from '../network.ts';
import { type Route, RouteType } from '../route.ts';
import { hop, preferredSource, route } from '../stack/routing.ts';

const TYPE_NAMES: Readonly<Record<number, string>> = {
  [RouteType.Local]: 'local ',
  [RouteType.Broadcast]: 'broadcast ',
  [RouteType.Multicast]: 'multicast ',
  [RouteType.Blackhole]: 'blackhole ',
  [RouteType.Unreachable]: 'unreachable ',
  [RouteType.Prohibit]: 'prohibit ',
};

/** The text of `ip route show`. @param family 4 unless `-6` */
export function formatRoutes(net: Network, host: Host, family: 4 | 6 = 4): string {
  return host.routes
    .list()
    .filter(({ prefix }) => prefix.family === family)
    .map((entry) => `${formatRoute(net, entry)} \n`)
    .join('');
}

function formatRoute(
  net: Network,
  { prefix, type, via, device, source, scope, metric, onlink, protocol }: Route,
): string {
  const isDefault = prefix.length === 0;
  const isHost = prefix.length === (prefix.family === 4 ? 32 : 128);
  const to = isDefault ? 'default' : isHost ? formatWords(prefix.family, prefix.words) : formatPrefix(prefix);
  const words = [
    `${TYPE_NAMES[type] ?? ''}${to}`,
    ...(via === 0 ? [] : [`via ${net.addresses.text(via)}`]),
    ...(device === 0 ? [] : [`dev ${net.interface(device).name}`]),
    ...(protocol === '' || protocol === 'boot' ? [] : [`proto ${protocol}`]),
    ...(scope === Scope.Link && type === RouteType.Unicast ? ['scope link'] : []),
    ...(source === 0 ? [] : [`src ${net.addresses.text(source)}`]),
    ...(metric === 0 ? [] : [`metric ${metric}`]),
    ...(onlink ? ['onlink'] : []),
  ];
  return words.join(' ');
}

/** The text of `ip route show table local`, for IPv4. */
export function formatLocalRoutes(net: Network, host: Host): string {
  const lines: { readonly key: string; readonly text: string }[] = [];
  const add = (kind: string, to: string, device: string, scope: string, source: string): void => {
    lines.push({ key: sortKey(to), text: `${kind} ${to} dev ${device} proto kernel scope ${scope} src ${source} \n` });
  };
  for (const id of host.interfaces) {
    const { name, addresses } = net.interface(id);
    for (const { address, prefix, scope, broadcast } of addresses) {
      if (prefix.family !== 4) continue;
      const text = net.addresses.text(address);
      if (scope === Scope.Host && prefix.length < 32) {
        add('local', formatPrefix(prefix), name, 'host', text);
        add('broadcast', lastOf(prefix.words[0], prefix.length), name, 'link', text);
      }
      const first = host.secondaries.get(address);
      add('local', text, name, 'host', first === undefined ? text : net.addresses.text(first));
      // The broadcast route of a network is its first address's.
      if (first === undefined && broadcast !== 0) add('broadcast', net.addresses.text(broadcast), name, 'link', text);
    }
  }
  lines.sort((a, b) => (a.key < b.key ? -1 : 1));
  return lines.map(({ text }) => text).join('');
}

function lastOf(first: number, length: number): string {
  return formatWords(4, [first | (length === 0 ? -1 : (2 ** (32 - length) - 1) | 0), 0, 0, 0]);
}

/** Text order of addresses by value; a network stands before its first address. */
function sortKey(to: string): string {
  const [address = '', length] = to.split('/');
  const parts = address.split('.').map((part) => part.padStart(3, '0'));
  return `${parts.join('.')} ${length ?? 'host'}`;
}

/** What `ip route get` answers. */
export interface RouteAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const ERRORS: Readonly<Record<number, string>> = {
  [RouteType.Blackhole]: 'Invalid argument',
  [RouteType.Unreachable]: 'No route to host',
  [RouteType.Prohibit]: 'Permission denied',
};

/** `ip route get ADDRESS`. @param text of the address, for one that nobody has met yet */
export function routeTo(net: Network, host: Host, address: Address, text: string): RouteAnswer {
  const found = route(net, host, address);
  const error = found ? ERRORS[hop.type] : 'Network is unreachable';
  if (error !== undefined) return { stdout: '', stderr: `RTNETLINK answers: ${error}\n`, exitCode: 2 };
  const isLocal = hop.type === RouteType.Local;
  const via = isLocal || hop.via === address ? '' : ` via ${net.addresses.text(hop.via)}`;
  const device = net.interface(hop.device).name;
  const head = `${isLocal ? 'local ' : ''}${text}${via} dev ${device} src ${net.addresses.text(preferredSource(net, host))} uid 0 `;
  return { stdout: `${head}\n    cache ${isLocal ? '<local> ' : ''}\n`, stderr: '', exitCode: 0 };
}
