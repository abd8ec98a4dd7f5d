/**
 * The last steps of a passage: onto a link, into a tunnel, into a neighbour's queue, to a socket, or nowhere.
 */
import { DropReason, dropReasonName } from '../../net/drop-reason.ts';
import { NetEventKind, PassageState } from '../../net/event.ts';
import { InterfaceKind } from '../../net/interface.ts';
import { TABLE_NAMES } from '../../net/netfilter/hook.ts';
import { printRule } from '../../net/netfilter/print.ts';
import { farSide, linkText } from './crossing.ts';
import type { PassageSteps } from './step-list.ts';

export function endSteps(passage: PassageSteps, codes: ArrayLike<number>): void {
  const { event, host } = passage;
  const { kind } = event;
  const reason = event.state >>> 16;
  if (kind === NetEventKind.PacketSent || kind === NetEventKind.PacketForwarded) return leave(passage);
  if (kind === NetEventKind.PacketDelivered)
    return passage.say({ step: 'end', action: 'delivered', detail: taker(passage) });
  if (kind === NetEventKind.PacketUnknown) return passage.say({ step: 'end', action: 'unknown', detail: event.text });
  const last = codes.length === 0 ? -1 : codes[codes.length - 1]! >> 1;
  const byRule = reason === DropReason.NetfilterDrop || reason === DropReason.NetfilterReject;
  const rule =
    byRule && last >= 0
      ? `${TABLE_NAMES[host.ruleset.tableAt(last).id]} ${printRule(host.ruleset, last)}`
      : whyText(passage, reason);
  passage.say({
    step: 'end',
    action: kind === NetEventKind.PacketRejected ? 'rejected' : 'dropped',
    detail: `${dropReasonName(reason)}${rule === '' ? '' : `: ${rule}`}`,
  });
}

function leave(passage: PassageSteps): void {
  const { event, net } = passage;
  const device = net.interface(event.outInterface);
  if (event.target === 0) {
    const address = net.addresses.text(event.until);
    return passage.say({ step: 'wait', action: 'waits', detail: `${device.name}: who has ${address}? (ARP)` });
  }
  if (device.kind === InterfaceKind.Vxlan) {
    const remote = device.vxlan?.remotes.find((one) => one.target === event.target);
    const to = remote === undefined ? '' : net.addresses.text(remote.underlay);
    const detail = `${device.name}: VXLAN ${device.vxlan?.vni} to ${to} port ${device.vxlan?.port}`;
    return passage.say({ step: 'tunnel', action: 'encapsulated', detail });
  }
  const side = farSide(net, event.outInterface, event.target);
  const detail = side === undefined ? '' : linkText(net, side, event.until - event.at);
  passage.say({ step: 'link', action: 'crossed', detail });
}

/** Who took a delivered packet. */
function taker({ event, net, host }: PassageSteps): string {
  const tunnel = event.header >>> 24 === 17 && event.inner !== 0;
  if (tunnel) return `tunnel ${net.interface(event.target).name}: unpacked`;
  if (event.target === 0) return 'the kernel';
  const socket = net.sockets.get(event.target);
  const listener = socket?.listener;
  if (listener === undefined) return 'the socket that asked';
  return listener.name === host.name || host.name.endsWith(`/${listener.name}`)
    ? `socket on port ${socket!.localPort}`
    : `socket of ${listener.name} on port ${socket!.localPort}`;
}

function whyText({ event, net }: PassageSteps, reason: number): string {
  if ((event.state & PassageState.Carried) !== 0) return 'with the tunnel packet that carried it';
  if (reason === DropReason.NoSocket) {
    const protocol = event.header >>> 24;
    return protocol === 1 ? '' : `nobody listens on ${protocol === 6 ? 'TCP' : 'UDP'} port ${event.ports & 0xffff}`;
  }
  if (reason === DropReason.NeighbourFailed && event.outInterface !== 0)
    return `nobody answered for it on ${net.interface(event.outInterface).name}`;
  return '';
}
