/**
 * What happened to one request, told the same way whether a model or a kernel tells it, and where two tellings differ.
 * Ports that the kernel draws at random are compared for what they are: kept or drawn, and the same drawn port
 * wherever it appears again.
 */
import type { RequestOutcome } from './agent-message.ts';
import type { ConntrackTuple } from './conntrack-text.ts';
import type { RuleHit } from './rule-counters.ts';

export interface ConntrackStory {
  readonly host: string;
  readonly protocol: string;
  /** TCP's state by its kernel name, else ''. */
  readonly state: string;
  readonly original: ConntrackTuple;
  readonly reply: ConntrackTuple;
  readonly flags: readonly string[];
  readonly mark: number;
}

/** The first RST or ICMP error that anybody sent. */
export interface RejectionStory {
  readonly host: string;
  readonly by: 'rst' | 'icmp';
  /** ICMP: type << 8 | code; RST: 0. */
  readonly icmp: number;
}

/** A packet at an interface; where both stories have them, they are compared in their order at that interface. */
export interface PacketStory {
  readonly host: string;
  readonly interface: string;
  readonly direction: 'in' | 'out';
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmp: number;
  readonly flags: number;
  readonly ttl: number;
  readonly sizeBytes: number;
}

/** How many packets of a flow a rule was looked at for. */
export type ReachedRule = Omit<RuleHit, 'bytes'>;

export interface Story {
  readonly outcome: RequestOutcome;
  /** HTTP status, 0 without one. */
  readonly status: number;
  /** The host whose socket took the request, '' when none did. */
  readonly server: string;
  /** The peer as that socket saw it. */
  readonly peer: { readonly address: string; readonly port: number } | undefined;
  /** TTL of the first packet that reached the server, 0 without one. */
  readonly ttl: number;
  readonly rejection: RejectionStory | undefined;
  /** The port that the client's socket had, ICMP echo: the identifier. */
  readonly sourcePort: number;
  /** Rules that counted, policies included. */
  readonly rules: readonly RuleHit[];
  readonly conntrack: readonly ConntrackStory[];
  /** Rules that were looked at, whether they matched or not; compared where both stories have them. */
  readonly reached?: readonly ReachedRule[];
  readonly packets?: readonly PacketStory[];
  /** Of the model's story: a rule that it does not know, which the flow met. What it tells ends there. */
  readonly unknownRule?: string;
}

/** UDP ports of VXLAN, by IANA and by Linux: the source port beside them is a hash of what is inside. */
const VXLAN_PORTS = new Set([4789, 8472]);

/** Where SNAT puts a port: an original's source, a reply's destination, the peer that a server sees. */
function snatPorts(story: Story): number[] {
  const entries = story.conntrack.flatMap(({ original, reply }) => [original.sourcePort, reply.destinationPort]);
  return [story.peer?.port ?? 0, ...entries];
}

/** How one story's ports are written: as numbers where both stories have them, else by where they came from. */
class PortNames {
  private readonly names = new Map<number, string>();
  private readonly drawable: ReadonlySet<number>;
  private readonly sourcePort: number;

  constructor(story: Story, other: Story) {
    const shared = new Set(snatPorts(other));
    this.drawable = new Set(snatPorts(story).filter((port) => !shared.has(port)));
    this.sourcePort = story.sourcePort;
  }

  /** The name of a port that SNAT may have drawn. Numbers are given in the order of asking. */
  drawn(port: number): string {
    if (port === this.sourcePort) return 'kept';
    if (!this.drawable.has(port)) return String(port);
    const known = this.names.get(port) ?? `drawn#${this.names.size + 1}`;
    this.names.set(port, known);
    return known;
  }
}

function conntrackKey({ host, protocol, original, reply }: ConntrackStory): string {
  const ends = [original.source, original.destination, original.destinationPort, reply.source, reply.sourcePort];
  return [host, protocol, ...ends, reply.destination].join(' ');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One line an entry, in an order that does not depend on drawn ports. */
function conntrackLines(story: Story, ports: PortNames): string[] {
  const entries = [...story.conntrack].sort((a, b) => compareText(conntrackKey(a), conntrackKey(b)));
  return entries.map(({ host, protocol, state, original, reply, flags, mark }) => {
    const there = `${original.source}:${ports.drawn(original.sourcePort)} > ${original.destination}:${original.destinationPort}`;
    const back = `${reply.source}:${reply.sourcePort} > ${reply.destination}:${ports.drawn(reply.destinationPort)}`;
    const words = [host, 'conntrack', protocol, state, there, 'reply', back, ...flags.map((flag) => `[${flag}]`)];
    return [...words, ...(mark === 0 ? [] : [`mark=${mark}`])].filter((word) => word !== '').join(' ');
  });
}

function ruleLines(story: Story): string[] {
  return story.rules.map(
    ({ host, table, chain, number, rule, packets, bytes }) =>
      `${host} ${table} ${chain} ${number} counted ${packets} packets, ${bytes} bytes: ${rule}`,
  );
}

function reachedLines(story: Story): string[] {
  return (story.reached ?? []).map(
    ({ host, table, chain, number, rule, packets }) =>
      `${host} ${table} ${chain} ${number} reached by ${packets} packets: ${rule}`,
  );
}

/** Packets by interface and direction, each with its place there: order between interfaces is no one's business. */
function packetLines(story: Story, ports: PortNames): string[] {
  const places = new Map<string, number>();
  return (story.packets ?? []).map((packet) => {
    const where = `${packet.host} ${packet.interface} ${packet.direction}`;
    const place = (places.get(where) ?? 0) + 1;
    places.set(where, place);
    const isTunnel = packet.protocol === 17 && VXLAN_PORTS.has(packet.destinationPort);
    const from = isTunnel ? 'hash' : ports.drawn(packet.sourcePort);
    const ends = `${packet.source}:${from} > ${packet.destination}:${ports.drawn(packet.destinationPort)}`;
    const { protocol, icmp, flags, ttl, sizeBytes } = packet;
    return `${where} packet ${place}: ${ends} protocol ${protocol} icmp ${icmp} flags ${flags} ttl ${ttl} size ${sizeBytes}`;
  });
}

/** What stands in one list alone, the model's first. A line that stands twice must stand twice in both. */
function listDifferences(model: readonly string[], kernel: readonly string[]): string[] {
  const left = [...kernel];
  const onlyModel = model.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...onlyModel.map((line) => `model only: ${line}`), ...left.map((line) => `kernel only: ${line}`)];
}

function fieldLines(story: Story, ports: PortNames): Map<string, string> {
  const { outcome, status, server, peer, ttl, rejection } = story;
  return new Map([
    ['outcome', outcome],
    ['status', String(status)],
    ['answering host', server === '' ? 'none' : server],
    ['peer seen', peer === undefined ? 'none' : `${peer.address}:${ports.drawn(peer.port)}`],
    ['TTL seen', ttl === 0 ? 'none' : String(ttl)],
    [
      'rejection',
      rejection === undefined
        ? 'none'
        : `${rejection.by} by ${rejection.host}${rejection.by === 'icmp' ? ` type ${rejection.icmp >> 8} code ${rejection.icmp & 255}` : ''}`,
    ],
  ]);
}

/**
 * All that a story tells but its packets, a line each.
 * @param other the story that it stands beside: it decides how ports are written
 */
export function storyLines(story: Story, other: Story): string[] {
  const ports = new PortNames(story, other);
  const fields = [...fieldLines(story, ports)].map(([field, value]) => `${field}: ${value}`);
  return [...fields, ...conntrackLines(story, ports), ...ruleLines(story).sort()];
}

/**
 * Where a model's story and a kernel's differ.
 * @returns one line per difference, empty when they agree
 */
export function difference(model: Story, kernel: Story): string[] {
  const modelPorts = new PortNames(model, kernel);
  const kernelPorts = new PortNames(kernel, model);
  const modelFields = fieldLines(model, modelPorts);
  const kernelFields = fieldLines(kernel, kernelPorts);
  const differences = [...modelFields].flatMap(([field, value]) => {
    const other = kernelFields.get(field);
    return other === value ? [] : [`${field}: model ${value}, kernel ${other}`];
  });
  differences.push(...listDifferences(conntrackLines(model, modelPorts), conntrackLines(kernel, kernelPorts)));
  differences.push(...listDifferences(ruleLines(model), ruleLines(kernel)));
  if (model.reached !== undefined && kernel.reached !== undefined)
    differences.push(...listDifferences(reachedLines(model), reachedLines(kernel)));
  if (model.packets !== undefined && kernel.packets !== undefined) {
    differences.push(...listDifferences(packetLines(model, modelPorts), packetLines(kernel, kernelPorts)));
  }
  return differences;
}
