/**
 * Connection tracking: finding, taking in and expiring connections, up to the table's limit, against a Map of texts.
 */
import { SECOND } from '../core/time.ts';
import type { TrackedPacket } from '../net/conntrack/entry.ts';
import { conntrackSettings } from '../net/conntrack/settings.ts';
import { ConntrackTable } from '../net/conntrack/table.ts';
import type { FiveTuple } from '../net/five-tuple.ts';
import { Protocol } from '../net/packet.ts';
import { paced, type Race, type Runner, race } from './race.ts';
import { type BenchContext, byScale, type Section, type SectionReport } from './section.ts';
import { xorshift } from './xorshift.ts';

const SERVICE = 2;
const POD = 3;
/** Default of nf_conntrack_max on a machine with 4 GiB or more. */
const LIMIT = 262_144;
const UDP_TIMEOUT = 30 * SECOND;

export const CONNTRACK: Section = {
  name: 'conntrack',
  async run(context): Promise<SectionReport> {
    const races: Race[] = [];
    for (const flows of byScale(context, [1_000], [10_000, LIMIT], [10_000, LIMIT, 1_000_000]))
      races.push(...(await racesOf(flows, context)));
    return {
      name: 'conntrack',
      title: 'Connection tracking',
      races,
      sheets: [],
      notes: [
        `UDP connections that are translated, both directions known to the table. Finding asks for the tuple of an answer, without locality. Taking in while others expire keeps the number of connections level; at the limit each new one evicts others, as the kernel does. The Map's keys are texts of tuples, and it expires nothing by itself: it is given the oldest to delete.`,
      ],
    };
  },
};

async function racesOf(flows: number, context: BenchContext): Promise<Race[]> {
  const size = { of: 'connections', count: flows };
  context.progress(`conntrack, ${flows.toLocaleString('en')} connections`);
  const table = filled(flows, 0);
  const map = new Map<string, number>();
  for (let i = 0; i < flows; i++) add(map, i);
  const finding = await race(
    'Finding a connection',
    'look-ups',
    [findInTable(table, flows), findInMap(map, flows)],
    context.race,
    size,
  );
  const level = await race(
    'Taking one in while one expires',
    'connections',
    [insertExpiring(flows), insertInMap(flows)],
    context.race,
    size,
  );
  const full = await race(
    'Taking one in at the limit',
    'connections',
    [insertAtLimit(flows), insertInMap(flows)],
    context.race,
    size,
  );
  return [finding, level, full];
}

/** Connection number `i`: one of many clients and ports. */
function original(i: number): FiveTuple {
  const source = 10 + (i >>> 12);
  return {
    protocol: Protocol.Udp,
    source,
    sourcePort: 20_000 + (i & 4095),
    destination: SERVICE,
    destinationPort: 53,
    icmp: 0,
  };
}

function reply(i: number): FiveTuple {
  const { source, sourcePort } = original(i);
  return {
    protocol: Protocol.Udp,
    source: POD,
    sourcePort: 5353,
    destination: source,
    destinationPort: sourcePort,
    icmp: 0,
  };
}

function packet(i: number): TrackedPacket {
  return { ...original(i), flags: 0, sequence: 0, acknowledgement: 0, payloadBytes: 40, sizeBytes: 68 };
}

function insert(table: ConntrackTable, i: number, nowNs: number): void {
  table.insert({ flow: i, original: original(i), reply: reply(i), status: 0, mark: 0 }, packet(i), nowNs);
}

/** A table with connections 0 and up. @param max its limit; 0: none */
export function filled(flows: number, max: number): ConntrackTable {
  const buckets = Math.max(64, flows);
  const table = new ConntrackTable(conntrackSettings({ nf_conntrack_max: max, nf_conntrack_buckets: buckets }));
  for (let i = 0; i < flows; i++) insert(table, i, 0);
  return table;
}

const keyOf = (i: number): string => textOf(original(i));

function textOf({ protocol, source, sourcePort, destination, destinationPort }: FiveTuple): string {
  return `${protocol} ${source}:${sourcePort} ${destination}:${destinationPort}`;
}

function add(map: Map<string, number>, i: number): void {
  map.set(keyOf(i), i);
  map.set(textOf(reply(i)), i);
}

function findInTable(table: ConntrackTable, flows: number): Runner {
  const draw = xorshift(flows);
  return finder('kubehop table', (count) => {
    let found = 0;
    for (let i = 0; i < count; i++) {
      const flow = draw() % flows;
      if (table.find(Protocol.Udp, POD, 5353, 10 + (flow >>> 12), 20_000 + (flow & 4095), 0, 0) >= 0) found++;
    }
    return found;
  });
}

function findInMap(map: Map<string, number>, flows: number): Runner {
  const draw = xorshift(flows);
  return finder('Map of texts', (count) => {
    let found = 0;
    for (let i = 0; i < count; i++) {
      const flow = draw() % flows;
      const key = `${Protocol.Udp} ${POD}:5353 ${10 + (flow >>> 12)}:${20_000 + (flow & 4095)}`;
      if (map.get(key) !== undefined) found++;
    }
    return found;
  });
}

/** What nobody looks at is not computed either: each must find what it asks for. */
function finder(name: string, find: (count: number) => number): Runner {
  return paced(name, 1 << 18, (count) => {
    if (find(count) !== count) throw new Error(`${name}: a connection was not found`);
  });
}

/** Time goes on so that as many expire as come: the table stays as full as it was. */
function insertExpiring(flows: number): Runner {
  const table = filled(0, 0);
  const stepNs = Math.floor(UDP_TIMEOUT / flows);
  let next = 0;
  for (; next < flows; next++) insert(table, next, next * stepNs);
  return paced('kubehop table', flows, (count) => {
    for (let i = 0; i < count; i++, next++) insert(table, next, next * stepNs);
  });
}

function insertAtLimit(flows: number): Runner {
  const table = filled(flows, flows);
  let next = flows;
  return paced('kubehop table', flows, (count) => {
    for (let i = 0; i < count; i++, next++) if (table.admits(original(next), 0)) insert(table, next, 0);
  });
}

function insertInMap(flows: number): Runner {
  const map = new Map<string, number>();
  for (let i = 0; i < flows; i++) add(map, i);
  let next = flows;
  return paced('Map of texts', flows, (count) => {
    for (let i = 0; i < count; i++, next++) {
      map.delete(keyOf(next - flows));
      map.delete(textOf(reply(next - flows)));
      add(map, next);
    }
  });
}
