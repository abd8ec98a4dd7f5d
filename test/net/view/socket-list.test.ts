/** Sockets as ss prints them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Network } from '../../../net/network.ts';
import { Protocol } from '../../../net/packet.ts';
import { Answer } from '../../../net/socket.ts';
import { addSocket } from '../../../net/stack/socket-state.ts';
import { tcpProfile } from '../../../net/transport/tcp-profile.ts';
import { open, TcpState } from '../../../net/transport/tcp-socket.ts';
import { formatSockets, type SocketFilter } from '../../../net/view/socket-list.ts';
import { addHost, listen } from '../../../net/wiring.ts';

const test = suite('view/socket-list');

// Columns as ss of iproute2 6.1 printed them into a pipe.

const FILTER: SocketFilter = { tcp: true, udp: false, listening: false, all: false, numeric: true, header: true };

function sample() {
  const net = new Network();
  const host = addHost(net, 'x', { role: 'host' });
  const own = net.addresses.intern('10.0.2.15');
  const listener = { answers: Answer.Page, status: 200, delayNs: 0, name: 'x', body: '' };
  listen(host, { ...listener, protocol: Protocol.Tcp, port: 80, address: own });
  listen(host, { ...listener, protocol: Protocol.Tcp, port: 81, address: 0 });
  listen(host, { ...listener, protocol: Protocol.Udp, port: 53, address: 0 });
  const tcp = open({ profile: tcpProfile('6'), mtuBytes: 1500, ipHeaderBytes: 20 });
  tcp.state = TcpState.Established;
  tcp.sendUnacknowledged = tcp.writeEnd;
  const ends = {
    protocol: Protocol.Tcp,
    flow: 1,
    localAddress: own,
    localPort: 44082,
    remoteAddress: net.addresses.intern('10.0.2.2'),
    remotePort: 80,
  };
  addSocket(net, host, ends, undefined, tcp);
  return { net, host, tcp };
}

test('formatSockets() prints ss -tn: connections alone', () => {
  const { net, host } = sample();
  assert.is(
    formatSockets(net, host, FILTER),
    `State Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
ESTAB 0      0          10.0.2.15:44082     10.0.2.2:80         
`,
  );
  assert.match(formatSockets(net, host, { ...FILTER, numeric: false }), ' 10.0.2.2:http ');
});

test('formatSockets() prints ss -tln: listeners alone, with and without a head', () => {
  const { net, host } = sample();
  assert.is(
    formatSockets(net, host, { ...FILTER, listening: true }),
    `State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      4096       10.0.2.15:80        0.0.0.0:*          
LISTEN 0      4096         0.0.0.0:81        0.0.0.0:*          
`,
  );
  assert.is(
    formatSockets(net, host, { ...FILTER, listening: true, header: false }),
    'LISTEN 0      4096   10.0.2.15:80 0.0.0.0:*\nLISTEN 0      4096     0.0.0.0:81 0.0.0.0:*\n',
  );
});

test('formatSockets() names the protocol where both are asked for', () => {
  const { net, host } = sample();
  const lines = formatSockets(net, host, { ...FILTER, udp: true, all: true }).split('\n');
  assert.equal(
    lines.slice(0, -1).map((line) => line.slice(0, 13).trimEnd()),
    ['Netid State', 'tcp   LISTEN', 'tcp   LISTEN', 'udp   UNCONN', 'tcp   ESTAB'],
  );
});

test('formatSockets() leaves out what is closed, and TIME-WAIT unless all are asked for', () => {
  const { net, host, tcp } = sample();
  const count = (all: boolean): number => formatSockets(net, host, { ...FILTER, all }).match(/44082/g)?.length ?? 0;
  tcp.state = TcpState.TimeWait;
  assert.equal([count(false), count(true)], [0, 1]);
  tcp.state = TcpState.Closed;
  assert.equal([count(false), count(true)], [0, 0]);
});

test.run();
