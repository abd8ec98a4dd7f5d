/**
 * An agent's requests: one TCP connection or one UDP exchange, always in the same steps, ending in one of a closed
 * list of outcomes. The client closes first.
 */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import type { RequestCommand, RequestOutcome, RequestResult } from './agent-message.ts';
import { httpMessageBytes } from './answer.ts';

/** An answer without a length of its own is whole when nothing came for this long. */
const ANSWER_QUIET_MS = 15;
/** Between the answer's last byte and the FIN, so that the acknowledgement is a packet of its own. */
const CLOSE_DELAY_MS = 3;
/** How long a client waits for the other end to close too before it lets the matter rest. */
const CLOSED_WITHIN_MS = 300;
/** The same where nothing came in time: shorter, so that all is read before the next retransmission. */
const CLOSED_AFTER_TIMEOUT_MS = 100;

const UNREACHABLE = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  'EINVAL',
  'ENETDOWN',
  'EHOSTDOWN',
  'EPROTO',
  // The port that it asked for is taken, or none is left.
  'EADDRINUSE',
  'EADDRNOTAVAIL',
]);

/** What an errno means for a request. @see net/ipv4/icmp.c icmp_err_convert, net/ipv4/tcp_input.c tcp_reset */
export function outcomeOf(errno: string, wasConnected: boolean): RequestOutcome {
  if (errno === 'ECONNREFUSED') return 'refused';
  if (errno === 'ECONNRESET' || errno === 'EPIPE') return wasConnected ? 'reset' : 'refused';
  if (errno === 'ETIMEDOUT') return 'timeout';
  return UNREACHABLE.has(errno) ? 'unreachable' : 'failed';
}

function errnoOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.message;
}

/** Whether an answer is whole; `undefined`: only quiet can tell. */
function isWhole(command: RequestCommand, answer: Buffer): boolean | undefined {
  if (command.answerBytes !== undefined) return answer.length >= command.answerBytes;
  if (!answer.toString('latin1', 0, 5).startsWith('HTTP/')) return undefined;
  const size = httpMessageBytes(answer, true);
  return size === Number.POSITIVE_INFINITY ? undefined : size !== undefined && answer.length >= size;
}

/** Connects, sends, reads the whole answer and closes. Sockets that did not end well stay in `open` until a reset. */
export function requestTcp(command: RequestCommand, open: Set<Socket>): Promise<RequestResult> {
  const startedAt = performance.now();
  const payload = Buffer.from(command.payload, 'base64');
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    let connectMs = 0;
    let local = { address: command.source ?? '', port: command.sourcePort ?? 0 };
    let quiet: NodeJS.Timeout | undefined;
    const socket = connect({
      host: command.to,
      port: command.port,
      noDelay: true,
      ...(command.source === undefined ? {} : { localAddress: command.source }),
      ...(command.sourcePort === undefined ? {} : { localPort: command.sourcePort }),
    });
    open.add(socket);
    let isSettled = false;
    const settle = (outcome: RequestOutcome, errno: string) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(patience);
      clearTimeout(quiet);
      const startedAtMs = performance.timeOrigin + startedAt;
      const result = { outcome, errno, answer: answer.toString('base64'), connectMs, startedAtMs };
      const totalMs = performance.now() - startedAt;
      const done = () => resolve({ ...result, localAddress: local.address, localPort: local.port, totalMs });
      if (socket.destroyed) return done();
      if (connectMs === 0) {
        socket.destroy();
        return done();
      }
      socket.once('close', done);
      setTimeout(done, outcome === 'timeout' ? CLOSED_AFTER_TIMEOUT_MS : CLOSED_WITHIN_MS).unref();
      // The file descriptor stays: a closed one would leave an orphan that retransmits its FIN into later flows.
      setTimeout(() => socket.end(), outcome === 'answered' ? CLOSE_DELAY_MS : 0);
    };
    const patience = setTimeout(() => settle('timeout', ''), command.timeoutMs);
    socket.on('connect', () => {
      connectMs = performance.now() - startedAt;
      local = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
      if (payload.length > 0) socket.write(payload);
      else settle('answered', '');
    });
    socket.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes]);
      const whole = isWhole(command, answer);
      clearTimeout(quiet);
      if (whole === true) settle('answered', '');
      else if (whole === undefined) quiet = setTimeout(() => settle('answered', ''), ANSWER_QUIET_MS);
    });
    socket.on('end', () => settle(answer.length > 0 || payload.length === 0 ? 'answered' : 'reset', ''));
    socket.on('error', (error) => settle(outcomeOf(errnoOf(error), connectMs > 0), errnoOf(error)));
    socket.on('close', () => open.delete(socket));
  });
}

/** Sends one datagram from a connected socket and waits for one answer or one ICMP error. */
export function requestUdp(command: RequestCommand): Promise<RequestResult> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
    let local = { address: command.source ?? '', port: command.sourcePort ?? 0 };
    let isSettled = false;
    const settle = (outcome: RequestOutcome, errno: string, answer = Buffer.alloc(0)) => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(patience);
      socket.close();
      const totalMs = performance.now() - startedAt;
      const startedAtMs = performance.timeOrigin + startedAt;
      const base = { outcome, errno, answer: answer.toString('base64'), connectMs: 0, startedAtMs, totalMs };
      resolve({ ...base, localAddress: local.address, localPort: local.port });
    };
    const patience = setTimeout(() => settle('timeout', ''), command.timeoutMs);
    const failed = (error: Error | null) => {
      const errno = error === null ? '' : errnoOf(error);
      // A datagram that the sender's own rules drop is silence like any other, although the socket is told.
      if (errno !== '' && errno !== 'EPERM') settle(outcomeOf(errno, false), errno);
    };
    socket.on('error', failed);
    socket.on('message', (bytes) => settle('answered', '', bytes));
    socket.bind({ port: command.sourcePort ?? 0, ...(command.source ? { address: command.source } : {}) }, () => {
      socket.connect(command.port, command.to, (error?: Error) => {
        if (error) return failed(error);
        local = { address: socket.address().address, port: socket.address().port };
        socket.send(Buffer.from(command.payload, 'base64'), failed);
      });
    });
  });
}
