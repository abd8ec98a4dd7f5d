/**
 * Whether a table's rules say the same of each segment of an open TCP connection: they ask for addresses, ports,
 * interfaces, marks and the connection's state, and for nothing that a clock, a draw, a count or the segment itself
 * decides. The nat table is another matter, since only a connection's first packet comes there.
 */
import { TcpFlag } from '../packet.ts';
import type { ConntrackMatch } from './extension/conntrack.ts';
import type { TcpMatch } from './extension/tcp.ts';
import type { Match } from './match.ts';
import type { Table } from './table.ts';

const STEADY: ReadonlySet<string> = new Set([
  'addrtype',
  'comment',
  'connmark',
  'iprange',
  'mark',
  'multiport',
  'owner',
  'physdev',
  'rpfilter',
  'state',
  'udp',
]);

/** Flags that differ between the segments of an open connection. */
const CHANGING = TcpFlag.Fin | TcpFlag.Psh | TcpFlag.Urg;

export function isSteady(table: Table): boolean {
  return (
    !table.leavesMarks && table.chains.every(({ rules }) => rules.every(({ matches }) => matches.every(isSteadyMatch)))
  );
}

function isSteadyMatch(match: Match): boolean {
  if (match.name === 'conntrack') return (match as ConntrackMatch).asked.length === 0;
  if (match.name === 'tcp') {
    const { option, flags } = match as TcpMatch;
    return option === undefined && ((flags?.mask ?? 0) & CHANGING) === 0;
  }
  return STEADY.has(match.name);
}
