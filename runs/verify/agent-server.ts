/**
 * An agent's listeners. Each answers in the same small steps every time: it reads the whole request, waits long enough
 * for the kernel's own acknowledgement to leave first, answers in one write and lets the client close.
 */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { TopologyListener } from '../../net/view/topology.ts';
import type { ServedReport } from './agent-message.ts';
import { type AnswerSetting, datagramAnswer, httpAnswer, httpMessageBytes } from './answer.ts';

/** Between a request and its answer. */
const ANSWER_DELAY_MS = 3;
/** An echoed message has no length of its own: it ends when nothing came for this long. */
const ECHO_QUIET_MS = 5;

/** An open listener; `reset` drops its connections and what stands half open, and listens again. */
export interface OpenListener {
  readonly reset: () => Promise<void>;
}

type Report = (served: ServedReport) => void;

function answerAfter(listener: TopologyListener): number {
  return ANSWER_DELAY_MS + (listener.delayNs ?? 0) / 1e6;
}

function serveConnection(socket: Socket, listener: TopologyListener, setting: AnswerSetting): void {
  let received = Buffer.alloc(0);
  let quiet: NodeJS.Timeout | undefined;
  socket.on('error', () => {});
  const answer = (bytes: Buffer) => setTimeout(() => socket.writable && socket.write(bytes), answerAfter(listener));
  socket.on('data', (bytes: Buffer) => {
    if (listener.answers === 'accept') return;
    received = Buffer.concat([received, bytes]);
    if (listener.answers === 'echo') {
      clearTimeout(quiet);
      quiet = setTimeout(() => {
        const message = received;
        received = Buffer.alloc(0);
        answer(message);
      }, ECHO_QUIET_MS);
      return;
    }
    for (;;) {
      const size = httpMessageBytes(received, false);
      if (size === undefined || received.length < size) return;
      const request = received.toString('latin1', 0, size);
      received = received.subarray(size);
      answer(httpAnswer(setting, socket.remoteAddress ?? '', request));
    }
  });
}

function listenTcp(listener: TopologyListener, setting: AnswerSetting, report: Report): Promise<OpenListener> {
  const connections = new Set<Socket>();
  const open = (): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (socket) => {
        connections.add(socket);
        socket.on('close', () => connections.delete(socket));
        report({
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

function listenUdp(listener: TopologyListener, setting: AnswerSetting, report: Report): Promise<OpenListener> {
  const socket: DatagramSocket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.on('message', (bytes, peer) => {
    report({
      protocol: 'udp',
      peerAddress: peer.address,
      peerPort: peer.port,
      localAddress: listener.address ?? '',
      localPort: listener.port,
    });
    if (listener.answers === 'accept') return;
    const answer = datagramAnswer(setting, peer.address, bytes);
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
export function openListener(host: string, listener: TopologyListener, report: Report): Promise<OpenListener> {
  const { answers, status, body } = listener;
  const setting: AnswerSetting = {
    answers,
    host,
    ...(status === undefined ? {} : { status }),
    ...(body === undefined ? {} : { body }),
  };
  return listener.protocol === 'tcp' ? listenTcp(listener, setting, report) : listenUdp(listener, setting, report);
}
