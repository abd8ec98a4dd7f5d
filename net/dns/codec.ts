/**
 * DNS messages on the wire. Names are compressed as the server's library does it: owner names and the names in the data
 * of RFC 1035's types may point back, a name in SRV data never does though later ones may point to it.
 * @see RFC 1035 section 4.1, https://github.com/miekg/dns msg.go
 */

import { invariant } from '../../core/error.ts';
import { formatWords, parseAddress } from '../address.ts';
import type { Message, Question } from './message.ts';
import { labelsOf } from './name.ts';
import { RecordType, type ResourceRecord, soaData } from './record.ts';

export const HEADER_BYTES = 12;
/** An OPT record without options. */
export const OPT_BYTES = 11;
/** Pointers reach no further. */
const POINTER_LIMIT = 1 << 14;
/** Longest string of a TXT record. */
const STRING_BYTES = 255;

/** A message that grows. */
export class WireWriter {
  readonly #bytes: number[] = [];
  /** Where names, as text, began; `undefined`: nothing is compressed. */
  readonly #known: Map<string, number> | undefined;

  constructor(compress: boolean) {
    this.#known = compress ? new Map() : undefined;
  }

  get length(): number {
    return this.#bytes.length;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  header(message: Message, counts: readonly [number, number, number]): void {
    const flags =
      (message.response ? 0x8000 : 0) |
      (message.authoritative ? 0x400 : 0) |
      (message.truncated ? 0x200 : 0) |
      (message.recursionDesired ? 0x100 : 0) |
      (message.recursionAvailable ? 0x80 : 0) |
      message.rcode;
    for (const word of [message.id, flags, 1, ...counts]) this.#short(word);
  }

  question({ name, type }: Question): void {
    this.#name(name, true);
    this.#short(type);
    this.#short(1);
  }

  record({ name, type, ttl, data }: ResourceRecord): void {
    this.#name(name, true);
    this.#short(type);
    this.#short(1);
    this.#long(ttl);
    const at = this.length;
    this.#short(0);
    this.#data(type, data);
    const size = this.length - at - 2;
    this.#bytes[at] = size >>> 8;
    this.#bytes[at + 1] = size & 255;
  }

  /** The OPT record: the class holds the size, nothing else is set. */
  option(udpBytes: number): void {
    this.#bytes.push(0);
    this.#short(RecordType.OPT);
    this.#short(udpBytes);
    this.#long(0);
    this.#short(0);
  }

  #short(value: number): void {
    this.#bytes.push((value >>> 8) & 255, value & 255);
  }

  #long(value: number): void {
    this.#bytes.push((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
  }

  #text(text: string): void {
    this.#bytes.push(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes.push(text.charCodeAt(i) & 255);
  }

  #name(name: string, mayPoint: boolean): void {
    const labels = labelsOf(name);
    for (let i = 0; i < labels.length; i++) {
      const rest = labels.slice(i).join('.');
      const known = this.#known?.get(rest);
      if (known !== undefined && mayPoint) return this.#short(0xc000 | known);
      if (known === undefined && this.length < POINTER_LIMIT) this.#known?.set(rest, this.length);
      this.#text(labels[i]!);
    }
    this.#bytes.push(0);
  }

  #data(type: number, data: string): void {
    switch (type) {
      case RecordType.A:
      case RecordType.AAAA: {
        const parsed = parseAddress(data);
        invariant(parsed !== undefined, 'Not an address in a record', data);
        for (const word of parsed.words.slice(0, type === RecordType.A ? 1 : 4)) this.#long(word);
        return;
      }
      case RecordType.NS:
      case RecordType.CNAME:
      case RecordType.PTR:
        return this.#name(data, true);
      case RecordType.MX: {
        const [preference, host] = data.split(' ');
        this.#short(Number(preference));
        return this.#name(host!, true);
      }
      case RecordType.SRV: {
        const [priority, weight, port, target] = data.split(' ');
        for (const number of [priority, weight, port]) this.#short(Number(number));
        return this.#name(target!, false);
      }
      case RecordType.SOA: {
        const [primary, mailbox, ...numbers] = data.split(' ');
        this.#name(primary!, true);
        this.#name(mailbox!, true);
        for (const number of numbers) this.#long(Number(number));
        return;
      }
      default:
        for (let at = 0; at === 0 || at < data.length; at += STRING_BYTES)
          this.#text(data.slice(at, at + STRING_BYTES));
    }
  }
}

export function encode(message: Message, compress = false): Uint8Array {
  const writer = new WireWriter(compress);
  const option = message.udpBytes > 0 ? 1 : 0;
  const { answer, authority, additional } = message;
  writer.header(message, [answer.length, authority.length, additional.length + option]);
  writer.question(message.question);
  for (const record of [...answer, ...authority, ...additional]) writer.record(record);
  if (option === 1) writer.option(message.udpBytes);
  return writer.bytes();
}

/** Bytes of a message on the wire, behind the UDP header. */
export function messageBytes(message: Message, compress = false): number {
  return encode(message, compress).length;
}

/** @throws {RangeError} for bytes that are no message with one question */
export function decode(bytes: Uint8Array): Message {
  const reader = new WireReader(bytes);
  const id = reader.short();
  const flags = reader.short();
  const [questions, ...counts] = [0, 1, 2, 3].map(() => reader.short()) as [number, number, number, number];
  if (questions !== 1) throw new RangeError(`A message with ${questions} questions`);
  const name = reader.name();
  const type = reader.short();
  reader.short();
  let udpBytes = 0;
  const [answer, authority, additional] = counts.map((count) => {
    const records: ResourceRecord[] = [];
    for (let i = 0; i < count; i++) {
      const record = reader.record();
      if (record.type === RecordType.OPT) udpBytes = Number(record.data);
      else records.push(record);
    }
    return records;
  });
  return {
    id,
    response: (flags & 0x8000) !== 0,
    authoritative: (flags & 0x400) !== 0,
    truncated: (flags & 0x200) !== 0,
    recursionDesired: (flags & 0x100) !== 0,
    recursionAvailable: (flags & 0x80) !== 0,
    rcode: flags & 15,
    question: { name, type },
    answer: answer!,
    authority: authority!,
    additional: additional!,
    udpBytes,
  };
}

class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new RangeError('The message ends too early');
    return value;
  }

  short(): number {
    return (this.byte() << 8) | this.byte();
  }

  long(): number {
    return ((this.short() << 16) | this.short()) >>> 0;
  }

  name(): string {
    const labels: string[] = [];
    let resume = -1;
    for (let length = this.byte(); length !== 0; length = this.byte()) {
      if ((length & 0xc0) === 0xc0) {
        const target = ((length & 0x3f) << 8) | this.byte();
        if (resume < 0) resume = this.#at;
        if (target >= resume - 2) throw new RangeError('A name points forward');
        this.#at = target;
      } else labels.push(this.#text(length));
      if (labels.length > 127) throw new RangeError('A name without an end');
    }
    if (resume >= 0) this.#at = resume;
    return `${labels.join('.')}.`;
  }

  record(): ResourceRecord {
    const name = this.name();
    const type = this.short();
    const size = this.short();
    const ttl = this.long();
    const end = this.short() + this.#at;
    const data = type === RecordType.OPT ? String(size) : this.#data(type, end);
    this.#at = end;
    return { name, type, ttl, data };
  }

  #text(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.byte());
    return text;
  }

  #data(type: number, end: number): string {
    switch (type) {
      case RecordType.A:
        return formatWords(4, [this.long() | 0]);
      case RecordType.AAAA:
        return formatWords(
          6,
          [0, 1, 2, 3].map(() => this.long() | 0),
        );
      case RecordType.NS:
      case RecordType.CNAME:
      case RecordType.PTR:
        return this.name();
      case RecordType.MX:
        return `${this.short()} ${this.name()}`;
      case RecordType.SRV:
        return `${this.short()} ${this.short()} ${this.short()} ${this.name()}`;
      case RecordType.SOA: {
        const primary = this.name();
        const mailbox = this.name();
        const [serial, refresh, retry, expire, minimum] = [0, 1, 2, 3, 4].map(() => this.long());
        return soaData({
          primary,
          mailbox,
          serial: serial!,
          refresh: refresh!,
          retry: retry!,
          expire: expire!,
          minimum: minimum!,
        });
      }
      default: {
        let text = '';
        while (this.#at < end) text += this.#text(this.byte());
        return text;
      }
    }
  }
}
