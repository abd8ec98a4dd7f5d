/**
 * What a host says about a packet that ended on it: an ICMP error, a reset, an echo reply, or nothing. Read by `evolve`,
 * which keeps the packet until it has been answered, and by `plan`, which schedules the answer.
 */
import { NetCommandKind } from '../command.ts';
import { DropReason } from '../drop-reason.ts';
import { NetEventKind, type NetEventOf, type PassageEvent, PassageState } from '../event.ts';
import type { Host } from '../host.ts';
import type { RejectTarget } from '../netfilter/target.ts';
import type { Network, PacketInFlight } from '../network.ts';
import { IcmpType, Protocol, TcpFlag, UnreachableCode } from '../packet.ts';
import { mayDrawError } from '../transport/icmp.ts';

/** The answer that is due; `icmp` and `mtu` for errors. A scratch record, overwritten by the next call. */
export const sequel = { command: 0, icmp: 0, mtu: 0 };

const unreachable = (code: number): number => (IcmpType.Unreachable << 8) | code;

/** Codes of `--reject-with`. @see iptables-extensions(8) REJECT */
const REJECT_CODES: Readonly<Record<string, number>> = {
  'icmp-net-unreachable': UnreachableCode.Net,
  'icmp-host-unreachable': UnreachableCode.Host,
  'icmp-proto-unreachable': UnreachableCode.Protocol,
  'icmp-port-unreachable': UnreachableCode.Port,
  'icmp-net-prohibited': 9,
  'icmp-host-prohibited': 10,
  'icmp-admin-prohibited': UnreachableCode.AdminProhibited,
};

/** @returns whether an answer is due; it stands in `sequel` */
export function sequelOf(
  net: Network,
  host: Host,
  packet: PacketInFlight,
  event: PassageEvent | NetEventOf<'PacketUnknown'>,
): boolean {
  sequel.command = 0;
  sequel.mtu = 0;
  const reason = event.state >>> 16;
  if (event.kind === NetEventKind.PacketDelivered) {
    if (packet.protocol === Protocol.Icmp && packet.icmp >> 8 === IcmpType.Echo)
      sequel.command = NetCommandKind.SendEchoReply;
  } else if (event.kind === NetEventKind.PacketRejected) {
    if (reason === DropReason.NoSocket) refuse(packet);
    else reject(host, packet, event);
  } else if (
    event.kind === NetEventKind.PacketDropped &&
    // A host tells itself of a neighbour that does not answer; what else it cannot send, its socket hears at once.
    (packet.maker !== host.id || reason === DropReason.NeighbourFailed) &&
    (event.state & PassageState.Carried) === 0
  ) {
    const icmp = errorOf(reason);
    if (icmp >= 0) error(packet, icmp);
    if (reason === DropReason.PacketTooBig) sequel.mtu = nextMtu(net, host, packet);
  }
  return sequel.command !== 0;
}

function error(packet: PacketInFlight, icmp: number): void {
  if (!mayDrawError({ protocol: packet.protocol, icmp: packet.icmp, fragmentOffset: 0 }, true)) return;
  sequel.command = NetCommandKind.SendIcmpError;
  sequel.icmp = icmp;
}

function refuse(packet: PacketInFlight): void {
  if (packet.protocol === Protocol.Tcp) {
    if ((packet.flags & TcpFlag.Rst) === 0) sequel.command = NetCommandKind.SendReset;
  } else error(packet, unreachable(packet.protocol === Protocol.Udp ? UnreachableCode.Port : UnreachableCode.Protocol));
}

function reject(host: Host, packet: PacketInFlight, event: PassageEvent): void {
  const codes = host.paths.codes(event.path)!;
  const target = host.ruleset.rule(codes[codes.length - 1]! >> 1)?.target as RejectTarget;
  if (target.with === 'tcp-reset') {
    if (packet.protocol === Protocol.Tcp && (packet.flags & TcpFlag.Rst) === 0)
      sequel.command = NetCommandKind.SendReset;
  } else error(packet, unreachable(REJECT_CODES[target.with] ?? UnreachableCode.Port));
}

function errorOf(reason: number): number {
  switch (reason) {
    case DropReason.NoRoute:
      return unreachable(UnreachableCode.Net);
    case DropReason.RouteUnreachable:
    case DropReason.NeighbourFailed:
      return unreachable(UnreachableCode.Host);
    case DropReason.RouteProhibit:
      return unreachable(UnreachableCode.AdminProhibited);
    case DropReason.TtlExceeded:
      return IcmpType.TimeExceeded << 8;
    case DropReason.PacketTooBig:
      return unreachable(UnreachableCode.FragmentationNeeded);
    default:
      return -1;
  }
}

/** MTU of the link that the packet was too big for. */
function nextMtu(net: Network, host: Host, packet: PacketInFlight): number {
  const found = host.routes.lookup(net.addresses, packet.destination);
  return found === undefined ? 0 : net.interface(found.device).mtu;
}
