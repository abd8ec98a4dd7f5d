/**
 * Domain names as text: fully qualified, with a dot at the end, in the spelling that somebody used. Two names are the
 * same whatever their case.
 * @see RFC 1034 section 3.1, RFC 4343
 */

const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 255;

/** The name with a dot at its end. */
export function fqdn(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}

/** The labels from left to right; none of the root. */
export function labelsOf(name: string): readonly string[] {
  const plain = name.endsWith('.') ? name.slice(0, -1) : name;
  return plain === '' ? [] : plain.split('.');
}

export function sameName(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

/** Whether `name` is `zone` or lies below it; everything lies below the root. Both fully qualified. */
export function isWithin(name: string, zone: string): boolean {
  if (zone === '.') return true;
  const lower = name.toLowerCase();
  const end = zone.toLowerCase();
  return lower === end || lower.endsWith(`.${end}`);
}

/** The longest of the zones that a name lies in, or `undefined`. */
export function zoneOf(name: string, zones: readonly string[]): string | undefined {
  return zones
    .filter((zone) => isWithin(name, zone))
    .reduce<string | undefined>(
      (best, zone) => (best === undefined || zone.length > best.length ? zone : best),
      undefined,
    );
}

/** What is left of a name in front of the zone that it lies in, without the dot between; '' for the zone itself. */
export function beneath(name: string, zone: string): string {
  if (zone === '.') return name.slice(0, -1);
  return name.length === zone.length ? '' : name.slice(0, name.length - zone.length - 1);
}

/** Whether a name can be written on the wire. @see RFC 1035 section 2.3.4 */
export function isWireName(name: string): boolean {
  const labels = labelsOf(name);
  return (
    labels.every((label) => label.length > 0 && label.length <= MAX_LABEL_BYTES) && nameBytes(name) <= MAX_NAME_BYTES
  );
}

/** Bytes of a name on the wire, uncompressed. */
export function nameBytes(name: string): number {
  return labelsOf(name).reduce((sum, label) => sum + 1 + label.length, 1);
}

/** The name under which the owner of an address is looked up: `1.0.96.10.in-addr.arpa.` @see RFC 1035 section 3.5 */
export function reverseName(family: 4 | 6, words: ArrayLike<number>): string {
  if (family === 4) {
    const word = words[0]!;
    return `${word & 255}.${(word >>> 8) & 255}.${(word >>> 16) & 255}.${(word >>> 24) & 255}.in-addr.arpa.`;
  }
  const digits = [0, 1, 2, 3].map((i) => (words[i]! >>> 0).toString(16).padStart(8, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa.`;
}
