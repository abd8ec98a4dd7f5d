/**
 * All the ways to match the longest prefix, the plainest first.
 */
import { BINARY_SEARCH } from './binary-search.ts';
import { DIR_24_8 } from './dir-24-8.ts';
import type { FibKind } from './fib.ts';
import { HASH_PER_LENGTH } from './hash-per-length.ts';
import { LINEAR } from './linear.ts';
import { PATRICIA } from './patricia.ts';
import { POPTRIE } from './poptrie.ts';

export const FIB_KINDS: readonly FibKind[] = [LINEAR, BINARY_SEARCH, HASH_PER_LENGTH, PATRICIA, POPTRIE, DIR_24_8];
