/**
 * One echo request by a raw socket, and what comes back of it.
 */
import type { RequestOutcome } from './agent-message.ts';
import { echoOutcome, echoRequest } from './echo-request.ts';
import type { LabRequest, Observation } from './observation.ts';
import type { RawSockets } from './raw-socket.ts';

/** As ping(8) sends. */
const PAYLOAD_BYTES = 56;
/** Operation not permitted: the sender's own rules dropped the packet. @see errno(3) */
const EPERM = 1;

/**
 * Sends an echo request and waits for its answer, an error about it, or the time-out.
 * @param tap number of the sending host among the raw sockets
 * @param identifier 0 to 65535
 * @param sequence 0 to 65535
 */
export async function ping(
  raw: RawSockets,
  tap: number,
  request: LabRequest,
  identifier: number,
  sequence: number,
): Promise<Observation> {
  const payloadBytes = request.payload === undefined ? PAYLOAD_BYTES : Buffer.from(request.payload).length;
  const startedAt = performance.now();
  let stop = () => {};
  const reply = new Promise<RequestOutcome>((resolve) => {
    const patience = setTimeout(() => resolve('timeout'), request.timeoutMs);
    const end = raw.onIcmp((message) => {
      const outcome = message.tap === tap ? echoOutcome(message.bytes, identifier, sequence) : undefined;
      if (outcome !== undefined) resolve(outcome);
    });
    stop = () => {
      clearTimeout(patience);
      end();
    };
  });
  const bytes = echoRequest(identifier, sequence, payloadBytes);
  const errno = await raw.sendIcmp(tap, request.source ?? '0.0.0.0', request.to, bytes);
  // What one's own rules drop is silence; every other error says that there is no way.
  const outcome = errno === 0 || errno === EPERM ? await reply : 'unreachable';
  stop();
  return {
    outcome,
    errno: errno === 0 ? '' : `errno ${errno}`,
    answer: Buffer.alloc(0),
    status: 0,
    localPort: identifier,
    connectMs: 0,
    startedAtMs: performance.timeOrigin + startedAt,
    totalMs: performance.now() - startedAt,
  };
}
