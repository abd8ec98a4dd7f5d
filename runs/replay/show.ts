/**
 * `replay --show`: a part of the world's state in the columns of the tool that would show it.
 */

import type { Host } from '../../net/host.ts';
import { printRuleset } from '../../net/netfilter/print.ts';
import type { Socket } from '../../net/socket.ts';
import { stateName } from '../../net/transport/tcp-socket.ts';
import { conntrackList } from '../../net/view/conntrack-list.ts';
import { InputError } from '../input-error.ts';
import { clusterViewOf } from '../kubectl/cluster-view.ts';
import { get } from '../kubectl/get.ts';
import type { Simulation } from '../simulation.ts';
import { endText, protocolText } from '../trace/tuple-text.ts';

export const PARTS = ['api', 'endpoints', 'conntrack', 'ruleset', 'sockets', 'dns'] as const;
export type Part = (typeof PARTS)[number];

const API = 'nodes,namespaces,deployments,replicasets,pods,services,endpoints,endpointslices';

/**
 * @param node a node's or any host's name; absent: all nodes, and for sockets all hosts
 * @throws {InputError} when there is no such host, or the part is not modelled
 */
export function showState({ world, nowNs }: Simulation, part: Part, node?: string): string {
  const { net, cluster } = world;
  const objects = (resources: string): string => {
    const { stdout } = get(clusterViewOf(cluster, nowNs), [resources, '-A', '-o', 'wide']);
    return stdout;
  };
  const each = (hosts: readonly Host[], text: (host: Host) => string): string =>
    hosts.length === 1 ? text(hosts[0]!) : hosts.map((host) => `# ${host.name}\n${text(host)}`).join('\n');
  switch (part) {
    case 'api':
      return objects(API);
    case 'endpoints':
      return objects('endpoints,endpointslices');
    case 'conntrack':
      return each(hostsOf(net.hosts, node, true), (host) => conntrackList(host.conntrack, net.addresses, nowNs).stdout);
    case 'ruleset':
      return each(hostsOf(net.hosts, node, true), (host) =>
        printRuleset(host.ruleset, host.counters, { withCounters: true }),
      );
    case 'sockets':
      return socketTable([...net.sockets.values()], hostsOf(net.hosts, node, false), net.addresses);
    case 'dns':
      throw new InputError({ file: '--show dns' }, 'DNS is not modelled yet');
  }
}

function hostsOf(hosts: readonly (Host | undefined)[], name: string | undefined, nodesOnly: boolean): Host[] {
  const all = hosts.filter((host) => host !== undefined);
  if (name === undefined) return nodesOnly ? all.filter(({ role }) => role === 'node') : all;
  const found = all.find((host) => host.name === name || host.name === `default/${name}`);
  if (found !== undefined) return [found];
  const names = all.filter(({ role }) => role === 'node').map((host) => host.name);
  throw new InputError({ file: `--node ${name}` }, `There is no such host; the nodes are ${names.join(', ')}`);
}

/** As `ss -an` has it, with the host in front. */
function socketTable(
  sockets: readonly Socket[],
  hosts: readonly Host[],
  addresses: Parameters<typeof endText>[0],
): string {
  const header = ['HOST', 'NETID', 'STATE', 'LOCAL', 'PEER', 'FLOW'];
  const listening = hosts.flatMap((host) =>
    host.listeners.map(({ protocol, port, address }) => {
      const local = address === 0 ? `*:${port}` : endText(addresses, address, port);
      return [host.name, protocolText(protocol), protocol === 6 ? 'LISTEN' : 'UNCONN', local, '*:*', ''];
    }),
  );
  const open = hosts.flatMap((host) =>
    sockets
      .filter((socket) => socket.host === host.id)
      .map(({ protocol, tcp, localAddress, localPort, remoteAddress, remotePort, flow }) => [
        host.name,
        protocolText(protocol),
        tcp === undefined ? 'ESTAB' : stateName(tcp.state),
        endText(addresses, localAddress, localPort),
        endText(addresses, remoteAddress, remotePort),
        String(flow),
      ]),
  );
  const rows = [header, ...listening, ...open];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
