/**
 * What an operator or a fault does to hosts and links: switched off and on, slowed, cut, their rules and settings changed.
 */
import type { Draw } from '../core/decider.ts';
import {
  type ArmFault,
  type EditRules,
  type ForgetConnections,
  type NetCommand,
  NetCommandKind,
  type SetHost,
  type SetLink,
  type SetSysctl,
} from './command.ts';
import { type NetEvent, NetEventKind, type NetEventOf } from './event.ts';
import { HostStatus } from './host.ts';
import { asks, type Neighbour } from './neighbour.ts';
import { edit } from './netfilter/edit.ts';
import type { NetState, Network } from './network.ts';
import { installRules, restoreRules } from './rules.ts';
import type { Socket } from './socket.ts';
import { attend } from './stack/attend.ts';
import { moveTimer } from './stack/socket-state.ts';
import { setSysctl } from './sysctl.ts';
import { type ConntrackFilter, selectEntries } from './view/conntrack-list.ts';

type Emit = (event: NetEvent) => void;

const MILLION = 1_000_000;

export function setHost(_state: NetState, { at, host, state }: SetHost, _draw: Draw, emit: Emit): void {
  emit({ kind: NetEventKind.HostChanged, at, host, state });
}

export function evolveHost({ net }: NetState, event: NetEventOf<'HostChanged'>): void {
  const host = net.hosts[event.host];
  if (host === undefined) return;
  host.status = event.state;
  // The pods on a machine stop and go on with it.
  for (const other of net.hosts)
    if (other !== undefined && other.node === host.id)
      other.status = event.state === HostStatus.Down ? HostStatus.Down : HostStatus.Up;
  if (event.state !== HostStatus.Up) return;
  for (const socket of socketsOn(net, host.id)) moveTimer(socket, event.at);
  // Questions that it was about to repeat are asked anew.
  for (const entry of questionsOn(net, host.id)) entry.generation++;
}

/** What stood still wakes up: timers that fell due meanwhile. */
export function planHost(
  { net }: NetState,
  event: NetEventOf<'HostChanged'>,
  schedule: (command: NetCommand) => void,
): void {
  if (event.state !== HostStatus.Up) return;
  const { at } = event;
  for (const socket of socketsOn(net, event.host)) attend(net, socket, at, schedule);
  for (const { device, address, generation } of questionsOn(net, event.host))
    schedule({ kind: NetCommandKind.SolicitNeighbour, at, interface: device, address, generation });
}

/** Neighbours that a machine and the pods on it are asking for. */
function questionsOn(net: Network, machine: number): Neighbour[] {
  return net.hosts.flatMap((host) =>
    host === undefined || (host.id !== machine && host.node !== machine) ? [] : host.neighbours.list().filter(asks),
  );
}

/** Sockets of a machine and of the pods on it. */
function socketsOn(net: Network, machine: number): Socket[] {
  return [...net.sockets.values()].filter(({ host }) => host === machine || net.hosts[host]?.node === machine);
}

export function setLink(_state: NetState, command: SetLink, _draw: Draw, emit: Emit): void {
  const { at, link, up, delayNs, lossRatio } = command;
  emit({
    kind: NetEventKind.LinkChanged,
    at,
    link,
    up: up ? 1 : 0,
    delayNs,
    lossMillionths: Math.round(lossRatio * MILLION),
  });
}

export function evolveLink({ net }: NetState, event: NetEventOf<'LinkChanged'>): void {
  const link = net.link(event.link);
  link.up = event.up !== 0;
  link.delayNs = event.delayNs;
  link.lossRatio = event.lossMillionths / MILLION;
}

export function editRules({ net }: NetState, { at, host, text }: EditRules, _draw: Draw, emit: Emit): void {
  if (net.hosts[host] !== undefined) emit({ kind: NetEventKind.RulesEdited, at, host, text });
}

/** `text`: the words behind `iptables` as a JSON array, or a restore text, which begins with `*`. */
export function evolveRules({ net }: NetState, event: NetEventOf<'RulesEdited'>): void {
  const host = net.host(event.host);
  if (event.text.startsWith('*')) {
    restoreRules(net.addresses, host, event.text, true);
    return;
  }
  const argv = JSON.parse(event.text) as string[];
  installRules(net.addresses, host, edit({ ruleset: host.ruleset, counters: host.counters }, argv));
}

export function setHostSysctl({ net }: NetState, { at, host, text }: SetSysctl, _draw: Draw, emit: Emit): void {
  if (net.hosts[host] !== undefined) emit({ kind: NetEventKind.SysctlSet, at, host, text });
}

/** `text`: name=value */
export function evolveSysctl({ net }: NetState, event: NetEventOf<'SysctlSet'>): void {
  const [name = '', value = ''] = event.text.split('=');
  setSysctl(net.host(event.host).sysctls, name, value);
}

export function forgetConnections({ net }: NetState, command: ForgetConnections, _draw: Draw, emit: Emit): void {
  const { at, host, text } = command;
  if (net.hosts[host] !== undefined) emit({ kind: NetEventKind.ConnectionsForgotten, at, host, text });
}

export function evolveForgottenConnections({ net }: NetState, event: NetEventOf<'ConnectionsForgotten'>): void {
  const { conntrack } = net.host(event.host);
  const filter = JSON.parse(event.text) as ConntrackFilter;
  for (const { id } of selectEntries(conntrack, net.addresses, event.at, filter))
    conntrack.remove(conntrack.referenceOf(id));
}

export function armFault(_state: NetState, { at, from, to, flags, count }: ArmFault, _draw: Draw, emit: Emit): void {
  emit({ kind: NetEventKind.FaultArmed, at, from, to, flags, count });
}

export function evolveArmed({ net }: NetState, { from, to, flags, count }: NetEventOf<'FaultArmed'>): void {
  net.faults.push({ from, to, flags, count });
}

export function evolveStruck({ net }: NetState, { from, to, flags }: NetEventOf<'FaultStruck'>): void {
  const at = net.faults.findIndex(
    (fault) => fault.from === from && fault.to === to && fault.flags === flags && fault.count > 0,
  );
  const fault = net.faults[at]!;
  fault.count--;
  if (fault.count === 0) net.faults.splice(at, 1);
}
