/**
 * Tuples and packets as a person reads them: `10.244.1.2:40000 > 10.96.0.1:80`, `SYN ACK`, `icmp host unreachable`.
 */
import type { AddressTable } from '../../net/address.ts';
import { IcmpType, Protocol, TcpFlag } from '../../net/packet.ts';

/** One end of a tuple; IPv6 addresses stand in brackets before a port. */
export function endText(addresses: AddressTable, address: number, port: number): string {
  const text = addresses.text(address);
  if (port === 0) return text;
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}

/** @param ports source port << 16 | destination port; ICMP echo: the identifier << 16 */
export function tupleText(
  addresses: AddressTable,
  protocol: number,
  source: number,
  destination: number,
  ports: number,
): string {
  const id = ports >>> 16;
  if (protocol === Protocol.Icmp) {
    const ends = `${addresses.text(source)} > ${addresses.text(destination)}`;
    return id === 0 ? ends : `${ends} id ${id}`;
  }
  return `${endText(addresses, source, id)} > ${endText(addresses, destination, ports & 0xffff)}`;
}

const FLAGS: readonly (readonly [number, string])[] = [
  [TcpFlag.Syn, 'SYN'],
  [TcpFlag.Fin, 'FIN'],
  [TcpFlag.Rst, 'RST'],
  [TcpFlag.Psh, 'PSH'],
  [TcpFlag.Ack, 'ACK'],
];

const UNREACHABLE: readonly string[] = [
  'net unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'fragmentation needed',
];

function icmpText(icmp: number): string {
  const type = icmp >> 8;
  const code = icmp & 255;
  if (type === IcmpType.Echo) return 'echo request';
  if (type === IcmpType.EchoReply) return 'echo reply';
  if (type === IcmpType.TimeExceeded) return 'ICMP time exceeded';
  if (type === IcmpType.Unreachable) return `ICMP ${UNREACHABLE[code] ?? `unreachable, code ${code}`}`;
  return `ICMP ${type}/${code}`;
}

/**
 * What sort of packet it is.
 * @param header protocol << 24 | TTL << 16 | TCP flags, or ICMP type and code, as events have it
 */
export function packetLabel(header: number, payloadBytes: number): string {
  const protocol = header >>> 24;
  if (protocol === Protocol.Tcp) {
    const flags = FLAGS.filter(([bit]) => (header & bit) !== 0).map(([, name]) => name);
    return payloadBytes > 0 ? `${flags.join(' ')}, ${payloadBytes} bytes` : flags.join(' ');
  }
  if (protocol === Protocol.Icmp) return icmpText(header & 0xffff);
  return `UDP, ${payloadBytes} bytes`;
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  [Protocol.Icmp]: 'icmp',
  [Protocol.Tcp]: 'tcp',
  [Protocol.Udp]: 'udp',
  [Protocol.Sctp]: 'sctp',
};

export function protocolText(protocol: number): string {
  return PROTOCOLS[protocol] ?? String(protocol);
}
