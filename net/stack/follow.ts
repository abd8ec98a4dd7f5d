/**
 * What follows from a passage: the arrival at the next host, the answer to a packet that ended, and what the sockets
 * that it touched do next.
 */
import { invariant } from '../../core/error.ts';
import { type NetCommand, NetCommandKind } from '../command.ts';
import { DropReason } from '../drop-reason.ts';
import type { AnyPassage } from '../event.ts';
import { NetEventKind, PassageState } from '../event.ts';
import { InterfaceKind } from '../interface.ts';
import type { NetState, Network } from '../network.ts';
import { Protocol } from '../packet.ts';
import { REDIRECT_HOST } from '../transport/icmp-redirect.ts';
import { attend } from './attend.ts';
import { redirectDue } from './redirect.ts';
import { planProof, planQuestion } from './resolve.ts';
import { sequel, sequelOf } from './sequel.ts';
import { senderOf } from './socket-state.ts';
import { exitOf } from './wire.ts';

type Schedule = (command: NetCommand) => void;

export function followPassage({ net }: NetState, event: AnyPassage, schedule: Schedule): void {
  if (event.host === 0) return;
  const host = net.host(event.host);
  const { at } = event;
  if ((event.state & PassageState.FromSocket) !== 0) {
    const socket = senderOf(host, event);
    if (socket !== undefined) attend(net, socket, at, schedule);
  }
  if (event.kind === NetEventKind.PacketSent || event.kind === NetEventKind.PacketForwarded)
    return onwards(net, event, schedule);
  if (event.kind === NetEventKind.PacketDelivered && event.target !== 0) return takenBy(net, event, schedule);
  if (event.kind === NetEventKind.PacketDropped && event.target !== 0) {
    planProof(net, host.neighbours.ofTarget(event.outInterface, event.target), event.packet, at, schedule);
  }
  const packet = net.packets.get(event.packet);
  if (packet === undefined || !sequelOf(net, host, packet, event)) return;
  const { command, icmp, mtu } = sequel;
  if (command === NetCommandKind.SendIcmpError)
    schedule({ kind: command, at, host: host.id, packet: packet.id, icmp, mtu });
  else if (command === NetCommandKind.SendReset)
    schedule({
      kind: command,
      at,
      host: host.id,
      packet: packet.id,
      byRule: event.state >>> 16 !== DropReason.NoSocket,
    });
  else if (command === NetCommandKind.SendEchoReply) schedule({ kind: command, at, host: host.id, packet: packet.id });
}

function onwards(net: Network, event: AnyPassage, schedule: Schedule): void {
  const { at, packet, outInterface, target } = event;
  if (redirectDue(net, event))
    schedule({ kind: NetCommandKind.SendIcmpError, at, host: event.host, packet, icmp: REDIRECT_HOST, mtu: 0 });
  const device = net.interface(outInterface);
  if (device.kind === InterfaceKind.Loopback)
    return schedule({ kind: NetCommandKind.DeliverPacket, at: event.until, packet, interface: device.id });
  if (device.kind === InterfaceKind.Vxlan)
    return schedule({ kind: NetCommandKind.Encapsulate, at, interface: device.id, packet, target });
  if (target === 0) return planQuestion(net.host(event.host).neighbours.get(outInterface, event.until), at, schedule);
  const exit = exitOf(net, outInterface, target);
  schedule({ kind: NetCommandKind.DeliverPacket, at: event.until, packet, interface: exit.end });
  planProof(net, exit.neighbour, packet, at, schedule);
}

function takenBy(net: Network, event: AnyPassage, schedule: Schedule): void {
  const { at, target } = event;
  const tunnel = event.header >>> 24 === Protocol.Udp && event.inner !== 0;
  if (tunnel) return schedule({ kind: NetCommandKind.DeliverPacket, at, packet: event.inner, interface: target });
  const socket = net.sockets.get(target);
  invariant(socket !== undefined, 'No such socket', target);
  attend(net, socket, at, schedule);
}
