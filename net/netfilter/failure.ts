/**
 * Why iptables refuses a command: a closed list, in the tool's own words.
 * @see libiptc/libiptc.c iptc_strerror
 */

export const Failure = {
  NoChain: 'No chain/target/match by that name',
  NoRule: 'Bad rule (does a matching rule exist in that chain?)',
  ChainExists: 'Chain already exists',
  FileExists: 'File exists',
  NotEmpty: 'Directory not empty',
  Referenced: 'Too many links',
  InsertTooBig: 'Index of insertion too big',
  ReplaceTooBig: 'Index of replacement too big',
  DeleteTooBig: 'Index of deletion too big',
  NotBuiltin: 'Bad built-in chain name',
  BadPolicy: 'Bad policy name',
  CounterTooBig: 'Index of counter too big',
  Invalid: 'Invalid argument',
  Loop: 'Too many levels of symbolic links',
} as const;
