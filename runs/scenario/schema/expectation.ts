/**
 * `spec.expect`: what must hold at the end of a run.
 */
import { z } from 'zod';
import { parseDuration } from '../../../core/time.ts';
import { type Comparison, parseComparison } from '../quantity.ts';
import { duration, text, WANTED } from './field.ts';

export const OUTCOMES = [
  'answered',
  'refused',
  'reset',
  'timeout',
  'unreachable',
  'unresolved',
  'unknown',
  'inFlight',
] as const;

function comparison(wanted: string, read: (text: string) => number | undefined) {
  return z
    .union([z.string({ error: () => WANTED + wanted }), z.number({ error: () => WANTED + wanted })])
    .transform((input, context): Comparison => {
      const value = parseComparison(String(input), read);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: WANTED + wanted });
      return z.NEVER;
    });
}

const number = (input: string) => (/^\d+(\.\d+)?$/.test(input) ? Number(input) : undefined);

/** A value up to 1 is a share of the requests, a larger one a count. */
const answered = comparison('a share up to 1 or a whole count such as 1.0, ">= 0.99" or "= 500"', (input) => {
  const value = number(input);
  return value === undefined || (value > 1 && !Number.isInteger(value)) ? undefined : value;
});
const latency = comparison('a comparison such as "< 50ms"', parseDuration);

const range = z
  .union([
    z.int().min(0),
    z.strictObject({ min: z.number().optional(), max: z.number().optional(), mean: z.number().optional() }),
  ])
  .transform((input) => (typeof input === 'number' ? { min: input, max: input } : input));

const traffic = {
  traffic: text.optional(),
  outcome: z.enum(OUTCOMES).optional(),
  answered: answered.optional(),
  status: z.int().min(100).max(599).optional(),
  backends: z
    .strictObject({
      only: z.array(text).optional(),
      each: z.array(text).optional(),
      distinct: z.int().min(0).optional(),
      spread: z
        .strictObject({ maxOverMean: z.number().min(1).optional(), chiSquare: z.number().min(0).max(1).optional() })
        .optional(),
    })
    .optional(),
  sourceIP: z.enum(['preserved', 'rewritten']).optional(),
  seen: z.array(text).optional(),
  hops: range.optional(),
  ttlHops: range.optional(),
  latency: z
    .strictObject({
      p50: latency.optional(),
      p90: latency.optional(),
      p99: latency.optional(),
      max: latency.optional(),
    })
    .optional(),
  within: z
    .strictObject({ of: text, time: duration })
    .transform(({ of, time }) => ({ of, timeNs: time }))
    .optional(),
};

const SUBJECTS = ['traffic', 'object', 'apply', 'reach'] as const;

export const expectation = z
  .strictObject({
    name: text.optional(),
    at: duration.optional(),
    ...traffic,
    object: text.optional(),
    path: text.optional(),
    equals: z.unknown().optional(),
    apply: text.optional(),
    refused: text.optional(),
    reach: z
      .array(z.strictObject({ from: text, to: text }))
      .min(1)
      .optional(),
    allowed: z.boolean().optional(),
  })
  .transform(({ at, ...input }, context) => {
    const subjects = SUBJECTS.filter((subject) => input[subject] !== undefined);
    const wrong = (message: string) => {
      context.addIssue({ code: 'custom', message: WANTED + message });
      return z.NEVER;
    };
    if (subjects.length !== 1) return wrong(`exactly one of ${SUBJECTS.join(', ')}`);
    const claims = Object.entries(input).filter(
      ([key, value]) => value !== undefined && key !== 'name' && key !== subjects[0],
    );
    if (claims.length === 0) return wrong(`something that must hold of ${subjects[0]}`);
    return { ...input, atNs: at };
  });

export type Expectation = z.output<typeof expectation>;
