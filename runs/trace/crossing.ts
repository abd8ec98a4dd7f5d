/**
 * The link that a packet left by, and who stands at its far end.
 */
import { formatDuration } from '../../core/time.ts';
import type { NetEventOf } from '../../net/event.ts';
import { InterfaceKind } from '../../net/interface.ts';
import type { Network } from '../../net/network.ts';
import { egress, farEnd } from '../../net/stack/wire.ts';
import type { TraceStep } from './trace.ts';

/** The interface and host at the far end of the link that a packet left by. */
export function farSide(net: Network, outInterface: number, target: number) {
  const device = net.interface(outInterface);
  if (device.kind === InterfaceKind.Loopback) return { port: device, far: device };
  const port = egress(net, device, target);
  const link = port === undefined ? undefined : net.links[port.link];
  if (port === undefined || link === undefined) return undefined;
  const end = farEnd(net, link, port.id, target);
  return end === 0 ? undefined : { port, far: net.interface(end) };
}

/** A packet that had waited has left. */
export function releaseStep(net: Network, event: NetEventOf<'PacketReleased'>, last: TraceStep): TraceStep {
  const side = farSide(net, event.outInterface, event.target);
  return {
    ...last,
    step: 'link',
    action: 'crossed',
    before: last.after,
    atNs: event.at,
    detail:
      side === undefined
        ? ''
        : `${linkText(net, side, event.until - event.at)}, after waiting ${formatDuration(event.at - last.atNs)}`,
  };
}

type Side = NonNullable<ReturnType<typeof farSide>>;

/** `eth0 to node2 eth0, 250us`. */
export function linkText(net: Network, { port, far }: Side, tookNs: number): string {
  const took = tookNs > 0 ? `, ${formatDuration(tookNs)}` : '';
  return `${port.name} to ${net.host(far.host).name} ${far.name}${took}`;
}
