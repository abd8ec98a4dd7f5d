/**
 * Connection-tracking entries, read from `conntrack -L -o id`.
 */

export interface ConntrackTuple {
  readonly source: string;
  readonly destination: string;
  /** ICMP echo: the identifier. */
  readonly sourcePort: number;
  /** ICMP: 0. */
  readonly destinationPort: number;
}

export interface ConntrackLine {
  /** The kernel's number of the entry, 0 when it was not printed. */
  readonly id: number;
  /** `tcp`, `udp`, `icmp` … */
  readonly protocol: string;
  readonly timeoutSeconds: number;
  /** TCP's state by its kernel name, else ''. */
  readonly state: string;
  readonly original: ConntrackTuple;
  readonly reply: ConntrackTuple;
  /** `ASSURED`, `UNREPLIED` … in the order printed. */
  readonly flags: readonly string[];
  readonly mark: number;
}

function readTuple(fields: readonly (readonly [string, string])[]): ConntrackTuple {
  const value = (key: string) => fields.find(([name]) => name === key)?.[1];
  return {
    source: value('src') ?? '',
    destination: value('dst') ?? '',
    sourcePort: Number(value('sport') ?? value('id') ?? 0),
    destinationPort: Number(value('dport') ?? 0),
  };
}

function readLine(line: string): ConntrackLine | undefined {
  const head = /^(\S+)\s+\d+\s+(\d+)\s+(?:([A-Z_0-9]+)\s+)?src=/.exec(line);
  if (head === null) return undefined;
  const pairs = [...line.matchAll(/(\w+)=(\S+)/g)].map((pair) => [pair[1] as string, pair[2] as string] as const);
  const second = pairs.findIndex(([name], index) => name === 'src' && index > 0);
  // ICMP's own `id` stands within the tuples; the entry's stands at the end.
  const last = pairs[pairs.length - 1];
  return {
    id: last?.[0] === 'id' ? Number(last[1]) : 0,
    protocol: head[1] as string,
    timeoutSeconds: Number(head[2]),
    state: head[3] ?? '',
    original: readTuple(pairs.slice(0, second)),
    reply: readTuple(pairs.slice(second)),
    flags: [...line.matchAll(/\[(\w+)\]/g)].map((flag) => flag[1] as string),
    mark: Number(pairs.find(([name]) => name === 'mark')?.[1] ?? 0),
  };
}

/** Reads each entry; other lines are passed over. */
export function parseConntrack(text: string): ConntrackLine[] {
  return text.split('\n').flatMap((line) => readLine(line) ?? []);
}

/** The entries that are new or have changed since an earlier reading; time-outs running down are no change. */
export function changedEntries(before: readonly ConntrackLine[], after: readonly ConntrackLine[]): ConntrackLine[] {
  const known = (entry: ConntrackLine) => JSON.stringify({ ...entry, timeoutSeconds: 0 });
  const earlier = new Set(before.map(known));
  return after.filter((entry) => !earlier.has(known(entry)));
}
