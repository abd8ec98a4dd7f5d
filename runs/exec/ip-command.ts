/**
 * ip: addresses, links, routes and neighbours of a host, as far as they are shown. What changes them is not modelled.
 */
import { parseAddress } from '../../net/address.ts';
import { formatAddresses, formatLinks, type InterfaceFilter } from '../../net/view/ip-address.ts';
import { formatNeighbours } from '../../net/view/ip-neighbour.ts';
import { formatLocalRoutes, formatRoutes, routeTo } from '../../net/view/ip-route.ts';
import { type ExecResult, handleOf, type Session, said } from './exec-world.ts';

/** Objects, each with the shortest beginning by which it is known. */
const OBJECTS = [
  ['address', 1],
  ['link', 1],
  ['route', 1],
  ['neighbour', 1],
  ['neighbor', 1],
  ['neigh', 1],
  ['addr', 1],
] as const;

export function ip(session: Session, argv: readonly string[]): ExecResult {
  const flags = argv.filter((word) => word.startsWith('-'));
  const [object = '', ...words] = argv.filter((word) => !word.startsWith('-'));
  const family = flags.includes('-6') ? 6 : flags.includes('-4') ? 4 : undefined;
  const unknown = flags.find((flag) => !/^-(4|6|br|brief|o|oneline|n|c|color(=.*)?|s|d)$/.test(flag));
  if (unknown !== undefined) return said('', `Option "${unknown}" is unknown, try "ip -help".\n`, 255);
  const filter: InterfaceFilter = {
    ...(family === undefined ? {} : { family }),
    brief: flags.some((flag) => flag === '-br' || flag === '-brief'),
    oneLine: flags.some((flag) => flag === '-o' || flag === '-oneline'),
  };
  const name = OBJECTS.find(([full]) => object !== '' && full.startsWith(object))?.[0];
  const [verb = 'show', ...rest] = words;
  if (name !== undefined && name !== 'route' && !'show'.startsWith(verb) && !'list'.startsWith(verb))
    return unmodelled(verb);
  switch (name) {
    case 'address':
    case 'addr':
      return ofDevice(session, rest, filter, (own) =>
        formatAddresses(session.simulation.world.net, session.host, session.simulation.nowNs, own),
      );
    case 'link':
      return ofDevice(session, rest, filter, (own) => formatLinks(session.simulation.world.net, session.host, own));
    case 'route':
      return ipRoute(session, verb, rest, family ?? 4);
    case 'neighbour':
    case 'neighbor':
    case 'neigh':
      return ofDevice(session, rest, filter, ({ device }) =>
        formatNeighbours(session.simulation.world.net, session.host, session.simulation.nowNs, device),
      );
    default:
      return said('', `Object "${object}" is unknown, try "ip help".\n`, 1);
  }
}

function unmodelled(verb: string): ExecResult {
  return said('', `Command "${verb}" is not modelled, try "ip help".\n`, 255);
}

/** `show dev eth0`, `show eth0`. */
function ofDevice(
  { simulation, host }: Session,
  words: readonly string[],
  filter: InterfaceFilter,
  print: (filter: InterfaceFilter) => string,
): ExecResult {
  const device = words.find((word) => word !== 'dev' && word !== 'up');
  if (device !== undefined && simulation.world.net.interfaceNamed(host, device) === undefined) {
    return said('', `Device "${device}" does not exist.\n`, 1);
  }
  return said(print(device === undefined ? filter : { ...filter, device }));
}

function ipRoute(session: Session, verb: string, words: readonly string[], family: 4 | 6): ExecResult {
  const { simulation, host } = session;
  const { net } = simulation.world;
  if ('get'.startsWith(verb)) {
    const [text = ''] = words.filter((word) => word !== 'to');
    if (parseAddress(text) === undefined) {
      return said('', `Error: any valid prefix is expected rather than "${text}".\n`, 1);
    }
    return routeTo(net, host, handleOf(session, text), text);
  }
  if (!'show'.startsWith(verb) && !'list'.startsWith(verb)) return unmodelled(verb);
  const at = words.indexOf('table');
  if (at >= 0 && words[at + 1] === 'local') return said(formatLocalRoutes(net, host));
  return said(formatRoutes(net, host, family));
}
