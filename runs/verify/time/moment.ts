/**
 * Moments: when a host sent a segment that opens, carries data or closes, an ICMP error, or a question about a
 * neighbour. Those of one kind at one host are a series, and series are compared moment by moment.
 */
import { Protocol, TcpFlag } from '../../../net/packet.ts';
import { isAnswerNear, timerToleranceNs } from './tolerance.ts';

export interface Moment {
  readonly host: string;
  /** What was sent, as the same words tell it again: `192.0.2.7:31001 > 10.1.0.2:80 SYN`. */
  readonly what: string;
  /** From the first flow's start, in ns. */
  readonly atNs: number;
  /** Whether a kernel timer repeats it, so that the time between two of them is what counts. */
  readonly timed: boolean;
}

/** A packet as it leaves its sender. */
export interface SentPacket {
  readonly host: string;
  readonly atNs: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  /** ICMP: type << 8 | code. */
  readonly icmp: number;
  readonly sequence: number;
  readonly payloadBytes: number;
}

/** UDP ports of VXLAN: what travels inside is a packet of its own. */
const VXLAN_PORTS: ReadonlySet<number> = new Set([4789, 8472]);

/** Turns packets into moments; sequence numbers are told from each sender's SYN on. */
export class MomentReader {
  private readonly ports: ReadonlySet<number>;
  private readonly isn = new Map<string, number>();

  /** @param ports that the flows themselves have: any other may be one that a masquerade drew, and has no name */
  constructor(ports: ReadonlySet<number>) {
    this.ports = ports;
  }

  /** @returns `undefined` for what is no moment: bare ACKs, tunnels' outer packets, echo */
  read(packet: SentPacket): Moment | undefined {
    const { host, atNs, protocol, source, destination, icmp } = packet;
    if (protocol === Protocol.Tcp) {
      const what = this.segment(packet);
      return what === undefined ? undefined : { host, what, atNs, timed: true };
    }
    if (protocol === Protocol.Udp) {
      if (VXLAN_PORTS.has(packet.destinationPort)) return undefined;
      return { host, what: `${this.endsOf(packet)} datagram`, atNs, timed: false };
    }
    const type = icmp >> 8;
    if (protocol !== Protocol.Icmp || (type !== 3 && type !== 11)) return undefined;
    return { host, what: `${source} > ${destination} ICMP error ${type}/${icmp & 255}`, atNs, timed: false };
  }

  private segment(packet: SentPacket): string | undefined {
    const { host, flags, sequence, payloadBytes } = packet;
    const ends = this.endsOf(packet);
    const key = `${host} ${packet.source} ${packet.sourcePort} ${packet.destination} ${packet.destinationPort}`;
    if ((flags & TcpFlag.Rst) !== 0) return `${ends} RST`;
    if ((flags & TcpFlag.Syn) !== 0) {
      this.isn.set(key, sequence);
      return `${ends} ${(flags & TcpFlag.Ack) === 0 ? 'SYN' : 'SYN-ACK'}`;
    }
    const fin = (flags & TcpFlag.Fin) !== 0;
    if (payloadBytes === 0 && !fin) return undefined;
    const from = (sequence - (this.isn.get(key) ?? sequence)) >>> 0;
    return `${ends} ${payloadBytes > 0 ? `data of ${payloadBytes} bytes at ${from}` : ''}${fin ? ` FIN at ${from}` : ''}`;
  }

  private endsOf({ source, sourcePort, destination, destinationPort }: SentPacket): string {
    return `${source}:${this.portName(sourcePort)} > ${destination}:${this.portName(destinationPort)}`;
  }

  private portName(port: number): string {
    return this.ports.has(port) ? String(port) : 'another';
  }
}

/**
 * Where two lists of moments differ.
 * @param watchedNs how long both sides were watched: what one of them has just before the end, the other may have after
 * @returns one line a series that differs
 */
export function momentDifferences(model: readonly Moment[], kernel: readonly Moment[], watchedNs: number): string[] {
  const ours = seriesOf(model);
  const theirs = seriesOf(kernel);
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  return [...names].flatMap((name) => {
    const left = ours.get(name) ?? [];
    const right = theirs.get(name) ?? [];
    const agree = left.length > 0 && right.length > 0 ? isNear(left, right) : true;
    const extra = [...left.slice(right.length), ...right.slice(left.length)];
    const isExtra = extra.some(({ atNs }) => atNs < watchedNs - timerToleranceNs(watchedNs / 2));
    if (agree && !isExtra) return [];
    return [`${name}: model ${instants(left)}, kernel ${instants(right)}`];
  });
}

function seriesOf(moments: readonly Moment[]): Map<string, Moment[]> {
  const series = new Map<string, Moment[]>();
  for (const moment of moments) {
    const name = `${moment.host}: ${moment.what}`;
    const known = series.get(name);
    if (known === undefined) series.set(name, [moment]);
    else known.push(moment);
  }
  return series;
}

function isNear(model: readonly Moment[], kernel: readonly Moment[]): boolean {
  const shared = Math.min(model.length, kernel.length);
  for (let i = 0; i < shared; i++) {
    const left = model[i]!;
    const right = kernel[i]!;
    if (i === 0 || !left.timed) {
      if (!isAnswerNear(left.atNs, right.atNs)) return false;
      continue;
    }
    const modelGapNs = left.atNs - model[i - 1]!.atNs;
    const kernelGapNs = right.atNs - kernel[i - 1]!.atNs;
    if (Math.abs(modelGapNs - kernelGapNs) > timerToleranceNs(modelGapNs)) return false;
  }
  return true;
}

/** `at 0, 1003, 2006 ms`, or `never`. */
function instants(moments: readonly Moment[]): string {
  if (moments.length === 0) return 'never';
  return `at ${moments.map(({ atNs }) => (atNs / 1e6).toFixed(0)).join(', ')} ms`;
}
