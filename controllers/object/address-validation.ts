/**
 * Checks of addresses and networks in objects, in the API server's own words.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/ip.go
 */
import { parseAddress, parsePrefix } from '../../net/address.ts';
import { networkHolds } from './address-text.ts';
import type { FieldError } from './field-error.ts';
import { invalid } from './field-error.ts';
import type { IpFamily } from './service.ts';

/** The family of an address, or `undefined` when the text is none. */
export function familyOf(text: string): IpFamily | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : `IPv${address.family}`;
}

export function validateIp(text: string, path: string): FieldError[] {
  return familyOf(text) === undefined
    ? [invalid(path, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]
    : [];
}

export function validateCidr(text: string, path: string): FieldError[] {
  return text.includes('/') && parsePrefix(text) !== undefined
    ? []
    : [invalid(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

const SPECIAL: readonly (readonly [ranges: readonly string[], detail: string])[] = [
  [['0.0.0.0/32', '::/128'], 'may not be unspecified (0.0.0.0 or ::)'],
  [['127.0.0.0/8', '::1/128'], 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [['169.254.0.0/16', 'fe80::/10'], 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [['224.0.0.0/24', 'ff02::/16'], 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

/** Releases before this one tell the range of IPv4 alone. Rests on: published (a 1.16 says so), its end on: model. */
const BOTH_FAMILIES_MINOR = 21;

/** Addresses that no endpoint and no external IP may have. @param minor release of the API server; absent: the newest */
export function validateOrdinaryIp(text: string, path: string, minor = BOTH_FAMILIES_MINOR): FieldError[] {
  return SPECIAL.filter(([ranges]) => ranges.some((range) => networkHolds(range, text))).map(([, detail]) =>
    invalid(path, text, minor < BOTH_FAMILIES_MINOR ? detail.replace(/(, | or )[0-9a-f:/]+\)$/, ')') : detail),
  );
}
