/**
 * How the walk through one table ends. The rule or policy that decided is the last code of the path; what a
 * rewriting target needs (addresses, ports, kind of rejection) stands in that rule's target.
 */
export const Verdict = {
  Accept: 1,
  Drop: 2,
  Reject: 3,
  Dnat: 4,
  Snat: 5,
  Masquerade: 6,
  Redirect: 7,
  /** A match or target that the model doesn't know decides here: the rule's text says which. */
  Unknown: 8,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

export const VERDICT_NAMES = [
  '',
  'accept',
  'drop',
  'reject',
  'dnat',
  'snat',
  'masquerade',
  'redirect',
  'unknown',
] as const;
