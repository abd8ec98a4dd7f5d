/**
 * The fields that a scenario is made of. Each says in words what is wanted, since its message is shown beside what
 * stands there. Transformed values carry their unit in the name of the key that they are put under.
 */
import { z } from 'zod';
import { parseDuration } from '../../../core/time.ts';
import { type Family, formatWords, parseAddress, parsePrefix } from '../../../net/address.ts';
import { parseBitRate, parseRate, parseShare, parseSize } from '../quantity.ts';

/** Marks a message that says what is wanted. */
export const WANTED = 'wanted: ';

/** A text or number that `read` must understand. */
function readable<T>(wanted: string, read: (text: string) => T | undefined) {
  return z
    .union([z.string({ error: () => WANTED + wanted }), z.number({ error: () => WANTED + wanted })])
    .transform((input, context): T => {
      const value = read(String(input));
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: WANTED + wanted });
      return z.NEVER;
    });
}

/** Text only: a bare number would hide its unit. */
function readableText<T>(wanted: string, read: (text: string) => T | undefined) {
  return z.string({ error: () => WANTED + wanted }).transform((input, context): T => {
    const value = read(input);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: WANTED + wanted });
    return z.NEVER;
  });
}

export const text = z.string({ error: () => `${WANTED}text (in quotes where it looks like a number)` });

/** Nanoseconds >= 0. `0` may stand without a unit. */
export const duration = readable('a duration such as 250ms or 1h30m', (input) => {
  const ns = parseDuration(input);
  return ns !== undefined && ns >= 0 ? ns : undefined;
});

/** Bits a second. */
export const bitRate = readableText('a rate such as 10Gbit/s', parseBitRate);

/** How many a second. */
export const rate = readableText('a rate such as 10/s', parseRate);

/** Bytes. */
export const size = readable('a size in bytes such as 1400 or 64KiB', parseSize);

/** 0 to 1. */
export const share = readable('a share such as 0.01 or 1%', parseShare);

export const port = z.int().min(1).max(65535);

/** The names of nodes and hosts: they are DNS labels, and host names in `verify`. @see RFC 1123 section 2.1 */
export const hostName = readableText('a name of lower-case letters, digits, - and .', (input) =>
  /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/.test(input) ? input : undefined,
);

/** An address with the length of the network that it stands in. */
export interface InterfaceAddress {
  readonly address: string;
  readonly family: Family;
  readonly prefixLength: number;
}

export function parseInterfaceAddress(input: string): InterfaceAddress | undefined {
  const [ip, length, more] = input.split('/');
  const parsed = parseAddress(ip!);
  if (parsed === undefined || more !== undefined) return undefined;
  const prefixLength = length === undefined ? (parsed.family === 4 ? 24 : 64) : Number(length);
  const most = parsed.family === 4 ? 32 : 128;
  if (!/^\d*$/.test(length ?? '') || length === '' || prefixLength > most) return undefined;
  return { address: formatWords(parsed.family, parsed.words), family: parsed.family, prefixLength };
}

/** `A.B.C.D` (a /24) or `A.B.C.D/len`. */
export const interfaceAddress = readableText('an address such as 10.0.0.11 or 10.0.0.11/24', parseInterfaceAddress);

/** One address, in its standard form. */
export const address = readableText('an IP address', (input) => {
  const parsed = parseAddress(input);
  return parsed === undefined ? undefined : formatWords(parsed.family, parsed.words);
});

/** One network or, for dual stack, one a family: `10.244.0.0/16,fd00:10:244::/56`. */
export const cidrs = readableText('a network such as 10.244.0.0/16', (input): readonly string[] | undefined => {
  const parts = input.split(',').map((part) => part.trim());
  return parts.every((part) => part.includes('/') && parsePrefix(part) !== undefined) ? parts : undefined;
});

/** First and last port, both included. */
export const portRange = readableText('a range of ports such as 30000-32767', (input) => {
  const match = /^(\d+)-(\d+)$/.exec(input);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && first >= 1 && last >= first && last <= 65535 ? { first, last } : undefined;
});

/** `net.ipv4.ip_forward: 1`: keys with dots or slashes, values as text. */
export const sysctls = z.record(
  z.string(),
  z.union([z.string(), z.number()]).transform((value) => String(value)),
);

export const stringMap = z.record(z.string(), text);
