/**
 * An agent's listeners. Each answers in the same small steps every time: it reads the whole request, waits long enough
 * for the kernel's own acknowledgement to leave first, answers in one write and lets the client close.
 */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { TopologyListener } from '../../net/view/topology.ts';
import type { Exchange, ServedReport } from './agent-message.ts';
import { datagramAnswer, httpAnswer, httpMessageBytes, looksLikeHttp } from './answer.ts';

/** Between a request and its answer. */
const ANSWER_DELAY_MS = 3;
/** A request whose size nobody said ends when nothing came for this long. */
const REQUEST_QUIET_MS = 5;

/** An open listener; `reset` drops its connections and what stands half open, and listens again. */
export interface OpenListener {
  readonly reset: () => Promise<void>;
}

/** What the listeners of one agent share. */
export interface ServerSetting {
  /** The host's name, which listeners without one of their own say. */
  readonly host: string;
  readonly report: (served: ServedReport) => void;
  /** What is expected of connections that come now. */
  readonly exchange: () => Exchange;
}

function answerAfter(listener: TopologyListener): number {
  return ANSWER_DELAY_MS + (listener.delayNs ?? 0) / 1e6;
}

function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The request at the head of what came in. @returns its size; `undefined`: unfinished; 0: nobody said how long it is */
function requestSize(received: Buffer, listener: TopologyListener, exchange: Exchange): number | undefined {
  if (exchange.requestBytes !== undefined) {
    return received.length >= exchange.requestBytes ? exchange.requestBytes : undefined;
  }
  if (listener.answers === 'echo' || !looksLikeHttp(received)) return 0;
  const size = httpMessageBytes(received, false);
  return size !== undefined && received.length >= size ? size : undefined;
}

function answerTo(
  request: Buffer,
  socket: Socket,
  listener: TopologyListener,
  host: string,
  exchange: Exchange,
): Buffer {
  if (exchange.answerBytes !== undefined) return Buffer.alloc(exchange.answerBytes, 0x78);
  const peer = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
  const text = request.toString();
  const name = listener.name ?? host;
  return (listener.answers === 'echo' ? undefined : httpAnswer(listener, name, peer, text, epochSeconds())) ?? request;
}

function serveConnection(socket: Socket, listener: TopologyListener, setting: ServerSetting): void {
  const exchange = setting.exchange();
  let received = Buffer.alloc(0);
  let quiet: NodeJS.Timeout | undefined;
  socket.on('error', () => {});
  const take = (size: number) => {
    const answer = answerTo(received.subarray(0, size), socket, listener, setting.host, exchange);
    received = received.subarray(size);
    setTimeout(() => socket.writable && socket.write(answer), answerAfter(listener));
  };
  socket.on('data', (bytes: Buffer) => {
    if (saysNothing(listener)) return;
    received = Buffer.concat([received, bytes]);
    clearTimeout(quiet);
    while (received.length > 0) {
      const size = requestSize(received, listener, exchange);
      if (size === undefined) return;
      if (size === 0) {
        quiet = setTimeout(() => take(received.length), REQUEST_QUIET_MS);
        return;
      }
      take(size);
    }
  });
}

function listenTcp(listener: TopologyListener, setting: ServerSetting): Promise<OpenListener> {
  const connections = new Set<Socket>();
  const open = (): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (socket) => {
        connections.add(socket);
        socket.on('close', () => connections.delete(socket));
        setting.report({
          protocol: 'tcp',
          peerAddress: socket.remoteAddress ?? '',
          peerPort: socket.remotePort ?? 0,
          localAddress: socket.localAddress ?? '',
          localPort: socket.localPort ?? 0,
        });
        serveConnection(socket, listener, setting);
      });
      server.on('error', reject);
      server.listen({ port: listener.port, host: listener.address ?? '0.0.0.0', backlog: 511 }, () => resolve(server));
    });
  return open().then((first) => {
    let server = first;
    return {
      async reset() {
        const closed = new Promise((resolve) => server.close(resolve));
        for (const socket of connections) socket.resetAndDestroy();
        await closed;
        server = await open();
      },
    };
  });
}

/** A name server says nothing to what is no question. */
function saysNothing({ answers }: TopologyListener): boolean {
  return answers === 'accept' || answers === 'dns';
}

function listenUdp(listener: TopologyListener, setting: ServerSetting): Promise<OpenListener> {
  const socket: DatagramSocket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.on('message', (bytes, peer) => {
    setting.report({
      protocol: 'udp',
      peerAddress: peer.address,
      peerPort: peer.port,
      localAddress: listener.address ?? '',
      localPort: listener.port,
    });
    if (saysNothing(listener)) return;
    const { answerBytes } = setting.exchange();
    const answer =
      answerBytes === undefined
        ? datagramAnswer(listener, listener.name ?? setting.host, peer, bytes)
        : Buffer.alloc(answerBytes, 0x78);
    // An answer that the rules drop on their way out is an error here and silence for the peer.
    setTimeout(() => socket.send(answer, peer.port, peer.address, () => {}), answerAfter(listener));
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.bind({ port: listener.port, address: listener.address ?? '0.0.0.0' }, () =>
      resolve({ reset: () => Promise.resolve() }),
    );
  });
}

/** Opens one listener. @throws {Error} when its address or port cannot be had */
export function openListener(listener: TopologyListener, setting: ServerSetting): Promise<OpenListener> {
  return listener.protocol === 'tcp' ? listenTcp(listener, setting) : listenUdp(listener, setting);
}
