/**
 * What `ss` prints of a host's sockets.
 * @see ss(8), iproute2 misc/ss.c
 */
import type { Host } from '../host.ts';
import type { Network } from '../network.ts';
import { Protocol } from '../packet.ts';
import type { Listener, Socket } from '../socket.ts';
import { stateName, TcpState } from '../transport/tcp-socket.ts';

export interface SocketFilter {
  readonly tcp: boolean;
  readonly udp: boolean;
  /** `-l`: only these. */
  readonly listening: boolean;
  /** `-a`: these too. */
  readonly all: boolean;
  /** `-n` */
  readonly numeric: boolean;
  /** Without `-H`. */
  readonly header: boolean;
}

/** Connections that may wait to be accepted: net.core.somaxconn, which most servers ask for. */
const BACKLOG = 4096;

const SERVICE_NAMES: Readonly<Record<number, string>> = {
  22: 'ssh',
  53: 'domain',
  80: 'http',
  443: 'https',
  8080: 'http-alt',
};

interface Row {
  readonly netid: string;
  readonly state: string;
  readonly received: number;
  readonly sent: number;
  readonly local: string;
  readonly localPort: string;
  readonly peer: string;
  readonly peerPort: string;
}

/** The text of `ss`; columns are as wide as their widest cell, as when its output is no terminal. */
export function formatSockets(net: Network, host: Host, filter: SocketFilter): string {
  const rows = [...listenerRows(net, host, filter), ...socketRows(net, host, filter)];
  const withNetid = filter.tcp === filter.udp;
  const heads = filter.header;
  const width = (head: string, pick: (row: Row) => string): number =>
    Math.max(heads ? head.length : 0, ...rows.map((row) => pick(row).length));
  const widths = {
    netid: width('Netid', (row) => row.netid),
    state: width('State', (row) => row.state),
    local: width('Local Address:', (row) => `${row.local}:`),
    localPort: width('Port', (row) => row.localPort),
    peer: width('Peer Address:', (row) => `${row.peer}:`),
    peerPort: width('Port', (row) => row.peerPort),
  };
  const line = (
    cells: readonly [string, string, string, string, string, string, string, string],
    end: string,
  ): string => {
    const [netid, state, received, sent, local, localPort, peer, peerPort] = cells;
    const first = withNetid ? `${netid.padEnd(widths.netid)} ` : '';
    const queues = `${received.padEnd(6)} ${sent.padEnd(6)}`;
    const near = `${local.padStart(widths.local)}${localPort.padEnd(widths.localPort)}`;
    const far = `${peer.padStart(widths.peer)}${peerPort.padEnd(widths.peerPort)}`;
    return `${first}${state.padEnd(widths.state)} ${queues} ${near} ${far}${end}\n`;
  };
  const body = rows.map((row) => {
    const { netid, state, received, sent, local, localPort, peer, peerPort } = row;
    const cells = [netid, state, String(received), String(sent), `${local}:`, localPort, `${peer}:`, peerPort] as const;
    return line(cells, heads ? ' '.repeat('Process'.length) : '');
  });
  const title = ['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:', 'Port', 'Peer Address:', 'Port'] as const;
  return (heads ? line(title, 'Process') : '') + body.join('');
}

function listenerRows(net: Network, host: Host, filter: SocketFilter): Row[] {
  if (!filter.listening && !filter.all) return [];
  return host.listeners
    .filter(({ protocol }) => isWanted(protocol, filter))
    .map(({ protocol, address, port }: Listener) => ({
      netid: protocol === Protocol.Tcp ? 'tcp' : 'udp',
      state: protocol === Protocol.Tcp ? 'LISTEN' : 'UNCONN',
      received: 0,
      sent: protocol === Protocol.Tcp ? BACKLOG : 0,
      local: address === 0 ? '0.0.0.0' : endText(net, address),
      localPort: portText(port, filter),
      peer: '0.0.0.0',
      peerPort: '*',
    }));
}

function socketRows(net: Network, host: Host, filter: SocketFilter): Row[] {
  if (filter.listening) return [];
  return [...host.sockets.values()]
    .flat()
    .filter(({ tcp }) => tcp?.state !== TcpState.Closed)
    .filter((socket) => isWanted(socket.protocol, filter) && (filter.all || isConnected(socket)))
    .map((socket) => ({
      netid: socket.protocol === Protocol.Tcp ? 'tcp' : 'udp',
      state: socket.tcp === undefined ? 'ESTAB' : stateName(socket.tcp.state),
      received: 0,
      sent: socket.tcp === undefined ? 0 : Math.max(0, socket.tcp.writeEnd - socket.tcp.sendUnacknowledged),
      local: endText(net, socket.localAddress),
      localPort: portText(socket.localPort, filter),
      peer: endText(net, socket.remoteAddress),
      peerPort: portText(socket.remotePort, filter),
    }));
}

/** Without `-a` and `-l`, ss leaves out what is not a connection. */
function isConnected({ tcp }: Socket): boolean {
  if (tcp === undefined) return true;
  const { state } = tcp;
  return state !== TcpState.TimeWait && state !== TcpState.SynReceived;
}

function isWanted(protocol: number, { tcp, udp }: SocketFilter): boolean {
  if (protocol === Protocol.Tcp) return tcp || !udp;
  return protocol === Protocol.Udp && (udp || !tcp);
}

function endText(net: Network, address: number): string {
  return net.addresses.family(address) === 6 ? `[${net.addresses.text(address)}]` : net.addresses.text(address);
}

function portText(port: number, { numeric }: SocketFilter): string {
  return numeric ? String(port) : (SERVICE_NAMES[port] ?? String(port));
}
