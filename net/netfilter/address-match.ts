/**
 * Addresses and masks of `-s` and `-d`, as iptables reads and prints them.
 * @see libxtables/xtables.c xtables_ipparse_multiple, iptables/xshared.c print_ipv4_addr
 */
import { type Family, formatWords, maskOf, parseAddress } from '../address.ts';
import type { Fail } from './extension/options.ts';
import type { AddressMatch } from './rule.ts';
import type { Word } from './word.ts';

/** `ADDRESS[/MASK][,ADDRESS[/MASK]...]`. A mask is a length or an address; `10.5/16` stands for 10.5.0.0/16. */
export function addressMatches(word: Word, inverted: boolean, family: Family, fail: Fail): AddressMatch[] {
  const parts = word.text.split(',');
  if (inverted && parts.length > 1) fail(word, '! not allowed with multiple source or destination IP addresses');
  return parts.map((part) => {
    const slash = part.indexOf('/');
    const [text, mask] = slash < 0 ? [part, undefined] : [part.slice(0, slash), part.slice(slash + 1)];
    const address = parseAddress(padded(text, family));
    if (address?.family !== family) return fail(word, `host/network \`${text}' not found`);
    const masks = mask === undefined ? ones(family) : masksOf(mask, family);
    if (masks === undefined) return fail(word, `invalid mask \`${mask}' specified`);
    return { inverted, family, words: address.words.map((value, i) => value & masks[i]!), masks };
  });
}

/** `10` and `10.5` are the beginnings of an address. */
function padded(text: string, family: Family): string {
  if (family === 6 || !/^\d{1,3}(\.\d{1,3}){0,2}$/.test(text)) return text;
  return [...text.split('.'), '0', '0', '0'].slice(0, 4).join('.');
}

function ones(family: Family): number[] {
  return family === 4 ? [-1, 0, 0, 0] : [-1, -1, -1, -1];
}

function masksOf(text: string, family: Family): number[] | undefined {
  if (/^\d+$/.test(text)) {
    const length = Number(text);
    if (length > (family === 4 ? 32 : 128)) return undefined;
    return [0, 32, 64, 96].map((before) => maskOf(Math.min(32, Math.max(0, length - before))));
  }
  const address = parseAddress(text);
  return address?.family === family ? address.words : undefined;
}

/** `10.0.0.0/8`, or `10.0.0.5/255.255.0.255` where the mask is no length. */
export function printAddress(match: AddressMatch): string {
  const length = maskLength(match.masks, match.family);
  const mask = length ?? formatWords(match.family, match.masks);
  return `${formatWords(match.family, match.words)}/${mask}`;
}

/** Number of leading ones, or `undefined` where others follow a zero. */
export function maskLength(masks: readonly number[], family: Family): number | undefined {
  const count = family === 4 ? 1 : 4;
  let length = 0;
  while (length < 32 * count && (masks[length >> 5]! >>> (31 - (length & 31))) & 1) length++;
  for (let i = 0; i < count; i++) {
    if (masks[i] !== maskOf(Math.min(32, Math.max(0, length - 32 * i)))) return undefined;
  }
  return length;
}
