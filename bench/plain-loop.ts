/**
 * The ceiling: what a whole run does, written by hand as one loop on typed arrays. Client → node → node → pod and back,
 * an endpoint chosen, DNAT and masquerade, connection tracking on both nodes, an agenda in order of time, and a binary
 * record for each packet-hop. It knows one network, one service and no rules; nothing can be asked of it.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Packets of one connection, in turn: handshake, request and answer with their acknowledgements, end. 1: by the client. */
const STEPS = [1, 0, 1, 1, 0, 0, 1, 1, 0, 1];
const HOPS = 3;
const HOP_NS = 100_000;
const ARRIVAL_NS = 500_000;
const [CLIENT, NODE_1, NODE_2, POD] = [0, 1, 2, 3] as const;
const [SERVICE_ADDRESS, NODE_ADDRESS, FIRST_POD_ADDRESS, CLIENT_ADDRESS] = [10, 11, 1_000, 1_000_000];
/** Integers of a record. */
const RECORD = 16;
const BATCH = 10_000;
/** Integers of a tracked tuple: two addresses, both ports, and what it becomes. */
const TUPLE = 6;

export interface PlainRun {
  readonly packetHops: number;
  readonly recordedBytes: number;
  /** Answers that came back to a client from another address than it had asked; a mistake if there are any. */
  readonly strangers: number;
  /** Connections of each endpoint. */
  readonly byEndpoint: readonly number[];
}

/** Tuples of one node with open addressing. */
class Tuples {
  readonly #slots: Int32Array;
  readonly #last: number;

  constructor(tuples: number) {
    const slots = 2 ** Math.ceil(Math.log2(tuples * 2));
    this.#slots = new Int32Array(slots * TUPLE);
    this.#last = slots - 1;
  }

  /** Where a tuple is, or would be. */
  find(source: number, destination: number, ports: number): number {
    const slots = this.#slots;
    let h = Math.imul(source ^ Math.imul(destination, 0x9e3779b1) ^ Math.imul(ports, 0x85ebca6b), 0xc2b2ae35);
    h ^= h >>> 15;
    for (let slot = h & this.#last; ; slot = (slot + 1) & this.#last) {
      const at = slot * TUPLE;
      if (slots[at] === 0) return at;
      if (slots[at] === source && slots[at + 1] === destination && slots[at + 2] === ports) return at;
    }
  }

  known(at: number): boolean {
    return this.#slots[at] !== 0;
  }

  /** What a tuple becomes: 0 source, 1 destination, 2 ports. */
  becomes(at: number, field: number): number {
    return this.#slots[at + 3 + field]!;
  }

  put(source: number, destination: number, ports: number, to: readonly [number, number, number]): void {
    const at = this.find(source, destination, ports);
    const slots = this.#slots;
    slots[at] = source;
    slots[at + 1] = destination;
    slots[at + 2] = ports;
    slots[at + 3] = to[0];
    slots[at + 4] = to[1];
    slots[at + 5] = to[2];
  }
}

const swapped = (ports: number): number => (ports << 16) | (ports >>> 16);

/**
 * @param connections at most 60,000 an endpoint
 * @param write takes a full batch of records; they are used again afterwards
 */
export function plainRun(connections: number, endpoints: number, write: (records: Uint8Array) => void): PlainRun {
  const source = new Int32Array(connections);
  const destination = new Int32Array(connections);
  const ports = new Int32Array(connections);
  const step = new Int32Array(connections);
  const host = new Int32Array(connections);
  const first = new Tuples(connections * 2);
  const second = new Tuples(connections * 2);
  /** What the pod knows of a connection: its own address, and the ports of what came. */
  const served = new Int32Array(connections);
  const servedPorts = new Int32Array(connections);
  const byEndpoint = new Array<number>(endpoints).fill(0);
  const records = new Int32Array(BATCH * RECORD);
  let recorded = 0;
  let [packetHops, recordedBytes, strangers] = [0, 0, 0];
  let nextPort = 1024;
  let random = 0x2545f491;
  // One packet of a connection is under way at a time: a heap of connections by the instant at which it arrives.
  const heap = new Int32Array(connections + 1);
  const at = new Float64Array(connections);
  let size = 0;
  const push = (connection: number): void => {
    let place = ++size;
    for (; place > 1 && at[heap[place >> 1]!]! > at[connection]!; place >>= 1) heap[place] = heap[place >> 1]!;
    heap[place] = connection;
  };
  const pop = (): number => {
    const top = heap[1]!;
    const last = heap[size--]!;
    let place = 1;
    for (let child = 2; child <= size; child = place * 2) {
      if (child < size && at[heap[child + 1]!]! < at[heap[child]!]!) child++;
      if (at[heap[child]!]! >= at[last]!) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return top;
  };
  /** The packet that a connection's step asks for, at the host that sends it. */
  const send = (connection: number): void => {
    const clients = STEPS[step[connection]!] === 1;
    host[connection] = clients ? CLIENT : POD;
    if (clients) {
      source[connection] = CLIENT_ADDRESS + (connection >>> 14);
      destination[connection] = SERVICE_ADDRESS;
      ports[connection] = ((20_000 + (connection & 16_383)) << 16) | 80;
      return;
    }
    source[connection] = served[connection]!;
    destination[connection] = NODE_ADDRESS;
    ports[connection] = swapped(servedPorts[connection]!);
  };
  const translate = (tuples: Tuples, place: number, connection: number): void => {
    source[connection] = tuples.becomes(place, 0);
    destination[connection] = tuples.becomes(place, 1);
    ports[connection] = tuples.becomes(place, 2);
  };
  for (let connection = 0; connection < connections; connection++) {
    at[connection] = connection * ARRIVAL_NS;
    send(connection);
    push(connection);
  }
  while (size > 0) {
    const connection = pop();
    const clients = STEPS[step[connection]!] === 1;
    const here = host[connection]!;
    if (here === (clients ? POD : CLIENT)) {
      if (clients) {
        served[connection] = destination[connection]!;
        servedPorts[connection] = ports[connection]!;
      } else if (source[connection] !== SERVICE_ADDRESS) strangers++;
      if (++step[connection]! === STEPS.length) continue;
      send(connection);
      push(connection);
      continue;
    }
    const [beforeSource, beforeDestination, beforePorts] = [
      source[connection]!,
      destination[connection]!,
      ports[connection]!,
    ];
    if (here === NODE_1) {
      let place = first.find(beforeSource, beforeDestination, beforePorts);
      if (!first.known(place)) {
        random ^= random << 13;
        random ^= random >>> 17;
        random ^= random << 5;
        const endpoint = (random >>> 0) % endpoints;
        byEndpoint[endpoint]!++;
        const pod = FIRST_POD_ADDRESS + endpoint;
        // Masquerading keeps no port here: each connection takes the next one that its answer's tuple leaves free.
        let answer: number;
        do {
          nextPort = nextPort === 65_535 ? 1024 : nextPort + 1;
          answer = (8080 << 16) | nextPort;
        } while (first.known(first.find(pod, NODE_ADDRESS, answer)));
        first.put(beforeSource, beforeDestination, beforePorts, [NODE_ADDRESS, pod, swapped(answer)]);
        first.put(pod, NODE_ADDRESS, answer, [SERVICE_ADDRESS, beforeSource, swapped(beforePorts)]);
        place = first.find(beforeSource, beforeDestination, beforePorts);
      }
      translate(first, place, connection);
    } else if (here === NODE_2) {
      const place = second.find(beforeSource, beforeDestination, beforePorts);
      if (!second.known(place)) {
        second.put(beforeSource, beforeDestination, beforePorts, [beforeSource, beforeDestination, beforePorts]);
        const back = swapped(beforePorts);
        second.put(beforeDestination, beforeSource, back, [beforeDestination, beforeSource, back]);
      }
      translate(second, second.find(beforeSource, beforeDestination, beforePorts), connection);
    }
    const to = here + (clients ? 1 : -1);
    const row = recorded * RECORD;
    records[row] = at[connection]! % 2 ** 31;
    records[row + 1] = at[connection]! / 2 ** 31;
    records[row + 2] = here;
    records[row + 3] = to;
    records[row + 4] = connection;
    records[row + 5] = step[connection]!;
    records[row + 6] = beforeSource;
    records[row + 7] = beforeDestination;
    records[row + 8] = beforePorts;
    records[row + 9] = source[connection]!;
    records[row + 10] = destination[connection]!;
    records[row + 11] = ports[connection]!;
    packetHops++;
    if (++recorded === BATCH) {
      write(new Uint8Array(records.buffer));
      recordedBytes += records.byteLength;
      recorded = 0;
    }
    host[connection] = to;
    at[connection]! += HOP_NS;
    push(connection);
  }
  write(new Uint8Array(records.buffer, 0, recorded * RECORD * 4));
  recordedBytes += recorded * RECORD * 4;
  return { packetHops, recordedBytes, strangers, byEndpoint };
}

/** Packet-hops of so many connections. */
export function plainHops(connections: number): number {
  return connections * STEPS.length * HOPS;
}

/** A plain run with its records on disk. @throws when it translated wrongly */
export function recordPlainRun(path: string, connections: number, endpoints: number): PlainRun {
  const file = openSync(path, 'w');
  const run = plainRun(connections, endpoints, (records) => writeSync(file, records));
  closeSync(file);
  if (run.strangers > 0 || run.packetHops !== plainHops(connections)) throw new Error('The plain loop went wrong');
  return run;
}
