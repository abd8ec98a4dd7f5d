/**
 * `spec.traffic`: who sends what to whom, and how often.
 */
import { z } from 'zod';
import { parseDuration } from '../../../core/time.ts';
import { parseOrigin, parseTarget } from '../target.ts';
import { address, duration, port, rate, size, stringMap, text, WANTED } from './field.ts';

export const origin = text.transform((input, context) => {
  const value = parseOrigin(input);
  if (value !== undefined) return value;
  context.addIssue({
    code: 'custom',
    message: `${WANTED}host/NAME, node/NAME, pod/[NAMESPACE/]NAME or deployment/[NAMESPACE/]NAME`,
  });
  return z.NEVER;
});

export const target = text.transform((input, context) => {
  const value = parseTarget(input);
  if (typeof value !== 'string') return value;
  context.addIssue({ code: 'custom', message: WANTED + value });
  return z.NEVER;
});

/** Of a kept answer, in ns; or as it says itself. */
const lifetime = z.union([text, z.number()]).transform((input, context): number | 'ttl' => {
  if (input === 'ttl') return input;
  const ns = parseDuration(String(input));
  if (ns !== undefined && ns >= 0) return ns;
  context.addIssue({ code: 'custom', message: `${WANTED}a duration such as 30s, or "ttl"` });
  return z.NEVER;
});

export const traffic = z
  .strictObject({
    name: text.optional(),
    at: duration.default(0),
    from: origin,
    to: target,
    requests: z.int().min(1).default(1),
    rate: rate.optional(),
    arrivals: z.enum(['even', 'poisson']).default('even'),
    timeout: duration.optional(),
    connection: z.enum(['new', 'keep', 'one', 'idle']).default('new'),
    source: address.optional(),
    sourcePort: port.optional(),
    size: size.optional(),
    headers: stringMap.default({}),
    retries: z.int().min(0).default(0),
    /** The client keeps what it looked up, for as long as the answer says or for so long. */
    dnsCache: lifetime.optional(),
  })
  .transform(({ at, rate: perSecond, timeout, size: sizeBytes, ...rest }) => ({
    ...rest,
    atNs: at,
    ratePerSecond: perSecond,
    timeoutNs: timeout,
    sizeBytes,
  }));

export type TrafficEntry = z.output<typeof traffic>;
