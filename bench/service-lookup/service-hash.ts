/**
 * A service's endpoint by one look into a hash over protocol, address and port, as eBPF data paths do it.
 */
import type { ServiceLookup, ServiceTable } from './service-lookup.ts';

const FIELDS = 5;

/** Open addressing: address, protocol and port, first endpoint, endpoints; and the number of the entry plus one. */
export class TupleHash {
  readonly #slots: Int32Array;
  readonly #last: number;

  constructor({ services }: ServiceTable) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(4, services.length * 2)));
    this.#slots = new Int32Array(slots * FIELDS);
    this.#last = slots - 1;
    services.forEach(({ protocol, address, port, first, count }, i) => {
      const at = this.find(protocol, address, port);
      this.#slots.set([address, (protocol << 16) | port, first, count, i + 1], at);
    });
  }

  get sizeBytes(): number {
    return this.#slots.byteLength;
  }

  /** Where a key is, or would be: `entryAt` tells which. */
  find(protocol: number, address: number, port: number): number {
    const slots = this.#slots;
    const key = (protocol << 16) | port;
    let h = Math.imul(address ^ Math.imul(key, 0x9e3779b1), 0x85ebca6b);
    h ^= h >>> 15;
    for (let slot = h & this.#last; ; slot = (slot + 1) & this.#last) {
      const at = slot * FIELDS;
      if (slots[at + 4] === 0 || (slots[at] === address && slots[at + 1] === key)) return at;
    }
  }

  /** Number of the service at a place, or -1. */
  entryAt(at: number): number {
    return this.#slots[at + 4]! - 1;
  }

  firstAt(at: number): number {
    return this.#slots[at + 2]!;
  }

  countAt(at: number): number {
    return this.#slots[at + 3]!;
  }
}

export class ServiceHash implements ServiceLookup {
  readonly name = 'hash';
  readonly #hash: TupleHash;

  constructor(table: ServiceTable) {
    this.#hash = new TupleHash(table);
  }

  get sizeBytes(): number {
    return this.#hash.sizeBytes;
  }

  lookup(protocol: number, _source: number, address: number, port: number, draw: number): number {
    const hash = this.#hash;
    const at = hash.find(protocol, address, port);
    if (hash.entryAt(at) < 0) return -1;
    return hash.firstAt(at) + (draw % hash.countAt(at));
  }
}
