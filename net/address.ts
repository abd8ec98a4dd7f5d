/**
 * Addresses as small integers. Each address that a world knows is interned once and named by an int32 handle, IPv4
 * and IPv6 alike, so that tuples, tables and ledger columns have one layout. Text stands at the edge only; this is the
 * one door to ipaddr.js.
 */
import ipaddr from 'ipaddr.js';

/** Handle of an interned address: an int32 >= 1. 0 stands for "no address". */
export type Address = number;

export type Family = 4 | 6;

/** A network: the words of its first address, with everything behind `length` bits zero. */
export interface Prefix {
  readonly family: Family;
  /** 0-32 or 0-128 */
  readonly length: number;
  /** Four int32 words; IPv4 uses the first. */
  readonly words: readonly [number, number, number, number];
}

/** Reads an address of either family. @returns its words, or `undefined` when the text is not an address */
export function parseAddress(text: string): { family: Family; words: [number, number, number, number] } | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { family: 4, words: [wordOf(ipaddr.IPv4.parse(text).octets, 0), 0, 0, 0] };
  }
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const bytes = ipaddr.IPv6.parse(text).toByteArray();
  return { family: 6, words: [wordOf(bytes, 0), wordOf(bytes, 4), wordOf(bytes, 8), wordOf(bytes, 12)] };
}

/** Reads `10.0.0.0/8`, `10.0.0.1` (a /32), `fd00::/64` or a dotted mask `10.0.0.0/255.0.0.0`. Host bits are cleared. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const most = address.family === 4 ? 32 : 128;
  const length = slash < 0 ? most : lengthOf(text.slice(slash + 1), address.family);
  if (length === undefined || length > most) return undefined;
  return { family: address.family, length, words: maskWords(address.words, length) };
}

function lengthOf(text: string, family: Family): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  if (family !== 4 || !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask() ?? undefined;
}

function wordOf(bytes: readonly number[], at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]! | 0;
}

/** int32 mask whose first `bits` (0-32) bits are set. */
export function maskOf(bits: number): number {
  return bits <= 0 ? 0 : (-1 << (32 - bits)) | 0;
}

function maskWords(words: readonly number[], length: number): [number, number, number, number] {
  return [0, 1, 2, 3].map((i) => words[i]! & maskOf(Math.min(32, Math.max(0, length - 32 * i)))) as [
    number,
    number,
    number,
    number,
  ];
}

/** Text of an address: dotted quad, or RFC 5952 for IPv6. */
export function formatWords(family: Family, words: ArrayLike<number>): string {
  if (family === 4) {
    const w = words[0]!;
    return `${(w >>> 24) & 255}.${(w >>> 16) & 255}.${(w >>> 8) & 255}.${w & 255}`;
  }
  const parts: number[] = [];
  for (let i = 0; i < 4; i++) parts.push(words[i]! >>> 16, words[i]! & 0xffff);
  return new ipaddr.IPv6(parts).toRFC5952String();
}

/** `10.0.0.0/8`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatWords(prefix.family, prefix.words)}/${prefix.length}`;
}

/** Every address of one world. Handles are given in the order of first mention, so equal runs have equal handles. */
export class AddressTable {
  readonly #handles = new Map<string, Address>();
  readonly #texts: string[] = [''];
  #family = new Uint8Array(64);
  #words = new Int32Array(64 * 4);

  /** Number of addresses known; handles are 1..size. */
  get size(): number {
    return this.#texts.length - 1;
  }

  /** @throws {RangeError} when the text is not an address: check with `parseAddress` where it comes from a person */
  intern(text: string): Address {
    const known = this.#handles.get(text);
    if (known !== undefined) return known;
    const parsed = parseAddress(text);
    if (parsed === undefined) throw new RangeError(`Not an address: "${text}"`);
    return this.internWords(parsed.family, parsed.words);
  }

  internWords(family: Family, words: ArrayLike<number>): Address {
    const text = formatWords(family, words);
    const known = this.#handles.get(text);
    if (known !== undefined) return known;
    const handle = this.#texts.length;
    if (handle >= this.#family.length) this.#grow();
    this.#texts.push(text);
    this.#handles.set(text, handle);
    this.#family[handle] = family;
    for (let i = 0; i < 4; i++) this.#words[handle * 4 + i] = words[i] ?? 0;
    return handle;
  }

  /** The handle of an address that is already known, else 0. */
  find(text: string): Address {
    return this.#handles.get(text) ?? 0;
  }

  text(address: Address): string {
    return this.#texts[address] ?? '';
  }

  family(address: Address): Family {
    return this.#family[address] as Family;
  }

  /** The `index`-th int32 word (0-3) of an address; IPv4 has one. */
  word(address: Address, index = 0): number {
    return this.#words[address * 4 + index]!;
  }

  /** Whether the address lies in the prefix. Integer work only. */
  within(address: Address, prefix: Prefix): boolean {
    if (this.#family[address] !== prefix.family) return false;
    const at = address * 4;
    const length = prefix.length;
    if (length <= 32) return (this.#words[at]! & maskOf(length)) === prefix.words[0];
    for (let i = 0; i < 4; i++) {
      if ((this.#words[at + i]! & maskOf(Math.min(32, length - 32 * i))) !== prefix.words[i]) return false;
    }
    return true;
  }

  isLoopback(address: Address): boolean {
    return this.#family[address] === 4 ? this.#words[address * 4]! >>> 24 === 127 : this.text(address) === '::1';
  }

  #grow(): void {
    const family = new Uint8Array(this.#family.length * 2);
    family.set(this.#family);
    this.#family = family;
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}
