/**
 * The kernel's side of a comparison of instants: all flows of a window at once, through a lab.
 */
import type { Topology } from '../../../net/view/topology.ts';
import { parseConntrack } from '../conntrack-text.ts';
import type { Flow } from '../flow.ts';
import type { Lab } from '../lab.ts';
import type { LabRequest, Observation } from '../observation.ts';
import type { WireQuestion } from '../raw-socket.ts';
import type { WirePacket } from '../wire.ts';
import { type Moment, MomentReader } from './moment.ts';
import type { TimedStory, TrackedHost } from './timed-story.ts';

/** What a host's own packets leave with. @see net.ipv4.ip_default_ttl */
const OWN_TTL = 64;
/** How often the lab looks whether its own timers are late. */
const TICK_MS = 5;
/** Taps count seconds from such a multiple. */
const CLOCK_MS = 1e9;
/** Columns of /proc/net/stat/nf_conntrack that the model has too. The rest has been zero since Linux 4.10. */
export const COUNTERS = ['entries', 'invalid', 'insert_failed', 'drop', 'early_drop', 'clashres'] as const;
const MARK = '%% counters';

/** A flow with the port that it is sent from. */
export type TimedFlow = Flow & { readonly sourcePort: number };

export interface TimedObservation extends TimedStory {
  /** When each flow really began, in ns from the first one's start; in the order of the flows. */
  readonly startsNs: readonly number[];
  /** When connection tracking was read, in ns from the first flow's start. */
  readonly readAtNs: number;
  /** How late the lab's own timers were at worst. */
  readonly latenessNs: number;
}

/**
 * Sends flows at their instants and watches for so long.
 * @param flows in order of `atNs`
 * @param watchMs from the first flow's start
 */
export async function observeTimed(
  lab: Lab,
  flows: readonly TimedFlow[],
  topology: Topology,
  watchMs: number,
): Promise<TimedObservation> {
  await lab.watch(flows.flatMap(({ from, protocol }) => (protocol === 'icmp' ? [] : [from])));
  const beganAt = performance.now();
  const lateness = new Lateness();
  const begin = flows[0]!.atNs;
  const sent = flows.map(async (flow): Promise<Observation> => {
    await pause((flow.atNs - begin) / 1e6);
    return lab.send(requestOf(flow, watchMs));
  });
  await pause(watchMs - (performance.now() - beganAt));
  const { packets, questions } = await lab.watched();
  const readAtMs = performance.timeOrigin + performance.now();
  const tracking = topology.hosts.filter(({ rules }) => rules !== '');
  const tracked = await Promise.all(tracking.map(({ name }) => readTracked(lab, name)));
  const latenessNs = lateness.stop();
  const ended = await Promise.all(sent);
  const zeroMs = Math.min(...ended.map(({ startedAtMs }) => startedAtMs));
  const moments = momentsOf(packets, questions, topology, flows, (zeroMs % CLOCK_MS) * 1e6);
  return {
    ends: ended.map(({ outcome, totalMs }) => ({ outcome, tookNs: totalMs * 1e6 })),
    moments: moments.filter(({ atNs }) => atNs < watchMs * 1e6),
    tracked,
    startsNs: ended.map(({ startedAtMs }) => Math.round((startedAtMs - zeroMs) * 1e6)),
    readAtNs: Math.round((readAtMs - zeroMs) * 1e6),
    latenessNs,
  };
}

function requestOf(flow: TimedFlow, watchMs: number): LabRequest {
  const { from, protocol, to, port, source, sourcePort, text, requestBytes, responseBytes } = flow;
  return {
    from,
    protocol,
    to,
    port,
    ...(source === undefined ? {} : { source }),
    sourcePort,
    payload: text + 'x'.repeat(Math.max(0, requestBytes - Buffer.byteLength(text))),
    ...(responseBytes < 0 ? {} : { answerBytes: Math.max(1, responseBytes) }),
    timeoutMs: Math.min(flow.timeoutMs ?? watchMs, watchMs),
  };
}

async function readTracked(lab: Lab, host: string): Promise<TrackedHost> {
  const { stdout } = await lab.run(host, `conntrack -L -o id; echo '${MARK}'; cat /proc/net/stat/nf_conntrack`);
  const [entries = '', stat = ''] = stdout.split(`${MARK}\n`);
  return { host, entries: parseConntrack(entries), counters: countersOf(stat) };
}

/** Adds up what each CPU counted; `entries` every CPU tells alike. */
export function countersOf(text: string): Record<string, number> {
  const [head = '', ...rows] = text.trim().split('\n');
  const names = head.trim().split(/\s+/);
  const values = rows.map((row) => row.trim().split(/\s+/));
  return Object.fromEntries(
    COUNTERS.flatMap((name) => {
      const column = names.indexOf(name);
      if (column < 0) return [];
      const counts = values.map((row) => Number.parseInt(row[column] ?? '0', 16));
      return [[name, name === 'entries' ? (counts[0] ?? 0) : counts.reduce((sum, count) => sum + count, 0)]];
    }),
  );
}

/** The ports that flows have by themselves. */
export function portsOf(flows: readonly TimedFlow[]): ReadonlySet<number> {
  return new Set(flows.flatMap(({ sourcePort, port }) => [sourcePort, port]));
}

/** What the hosts themselves sent: not what passed through them, and each packet of a bridge once. */
function momentsOf(
  packets: readonly WirePacket[],
  questions: readonly WireQuestion[],
  topology: Topology,
  flows: readonly TimedFlow[],
  zeroNs: number,
): Moment[] {
  const ports = new Set(
    topology.hosts.flatMap(({ name, interfaces }) =>
      interfaces.flatMap((entry) => (entry.master === undefined ? [] : [`${name} ${entry.name}`])),
    ),
  );
  const isPort = (entry: { readonly host: string; readonly interface: string }) =>
    ports.has(`${entry.host} ${entry.interface}`);
  const reader = new MomentReader(portsOf(flows));
  const sent = packets.flatMap((packet) => {
    if (packet.direction !== 'out' || packet.ttl !== OWN_TTL || isPort(packet)) return [];
    return reader.read({ ...packet, atNs: packet.atNs - zeroNs }) ?? [];
  });
  const asked = questions
    .filter((question) => !isPort(question))
    .map(({ host, address, atNs }) => ({ host, what: `who has ${address}?`, atNs: atNs - zeroNs, timed: true }));
  return [...sent, ...asked];
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}

/** How late this process's own timers are, while it is measured. */
class Lateness {
  private worstMs = 0;
  private lastMs = performance.now();
  private readonly timer = setInterval(() => this.look(), TICK_MS);

  private look(): void {
    const nowMs = performance.now();
    this.worstMs = Math.max(this.worstMs, nowMs - this.lastMs - TICK_MS);
    this.lastMs = nowMs;
  }

  /** @returns the worst of it, in ns */
  stop(): number {
    clearInterval(this.timer);
    this.look();
    return this.worstMs * 1e6;
  }
}
