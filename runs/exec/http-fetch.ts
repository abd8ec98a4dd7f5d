/**
 * One HTTP request of a typed tool, from the look-up of its name to the answer.
 */
import { NetCommandKind, type StartRequest } from '../../net/command.ts';
import { type HttpRequest, requestText, textBytes } from '../../net/http.ts';
import { Protocol } from '../../net/packet.ts';
import { lookupFor, lookupPlan } from '../world/name-lookup.ts';
import type { CurlUrl } from './curl-url.ts';
import { type Exchange, exchange, NO_TRAFFIC } from './exchange.ts';
import { handleOf, type Session } from './exec-world.ts';
import { knownAddress, podOfSession } from './name-resolution.ts';

/** A request for a text, or for a connection where it is ''. @param timeoutNs 0: the kernel's own */
export function tcpRequest({ simulation, host }: Session, port: number, text: string, timeoutNs: number): StartRequest {
  return {
    kind: NetCommandKind.StartRequest,
    at: simulation.nowNs,
    host: host.id,
    traffic: NO_TRAFFIC,
    number: 0,
    protocol: Protocol.Tcp,
    destination: 0,
    destinationPort: port,
    source: 0,
    sourcePort: 0,
    requestBytes: textBytes(text),
    responseBytes: -1,
    timeoutNs,
    text,
    keep: false,
  };
}

/** On a timeline nobody waits: the request is put there, behind its look-up where it needs one. */
export function sendDeferred(session: Session, host: string, command: StartRequest): void {
  const { simulation } = session;
  const address = knownAddress(session, host);
  if (address !== undefined) simulation.schedule({ ...command, destination: handleOf(session, address) });
  else simulation.schedule(lookupFor(lookupPlan(podOfSession(session), host, simulation.world.names), command));
}

export function fetchHttp(
  session: Session,
  { port }: CurlUrl,
  address: string,
  request: HttpRequest,
  timeoutNs: number,
): Exchange {
  const command = tcpRequest(session, port, requestText(request), timeoutNs);
  return exchange(session.simulation, { ...command, destination: handleOf(session, address) });
}
