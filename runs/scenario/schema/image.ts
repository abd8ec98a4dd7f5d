/**
 * `spec.images`: what a container of an image answers, and how it lives.
 */
import { z } from 'zod';
import { parseDuration } from '../../../core/time.ts';
import { duration, text, WANTED } from './field.ts';
import { ANSWERS } from './host.ts';

export const PORT_ANSWERS = ['http', 'dns', 'tcp-echo', 'udp-echo'] as const;

const portKey = z.string().refine((key) => /^\d{1,5}$/.test(key) && Number(key) >= 1 && Number(key) <= 65535, {
  message: `${WANTED}a port from 1 to 65535`,
});

/** Time from the start in ns; -1: never. A default would take the place of undefined. */
const ready = z.union([z.boolean(), text]).transform((input, context): number => {
  if (typeof input === 'boolean') return input ? 0 : -1;
  const ns = parseDuration(/^after (.+)$/.exec(input)?.[1] ?? '');
  if (ns !== undefined) return ns;
  context.addIssue({ code: 'custom', message: `${WANTED}true, false or "after 5s"` });
  return z.NEVER;
});

/** How long one worker takes for a request: always the same, or drawn with that mean. */
const delay = z
  .union([text, z.number()])
  .default('0')
  .transform((input, context) => {
    const [, kind, rest] = /^(?:(exponential)\s+)?(.*)$/.exec(String(input))!;
    const ns = parseDuration(rest!);
    if (ns !== undefined && ns >= 0) return { ns, exponential: kind !== undefined };
    context.addIssue({ code: 'custom', message: `${WANTED}a duration such as 250ms, or "exponential 10ms"` });
    return z.NEVER;
  });

export const image = z
  .strictObject({
    answers: z.enum(ANSWERS).default('page'),
    status: z.int().min(100).max(599).default(200),
    ports: z.record(portKey, z.enum(PORT_ANSWERS)).default({ '80': 'http' }),
    delay,
    /** Requests that a container works on at once; absent: all. */
    concurrency: z.int().min(1).optional(),
    /** Requests that wait for a worker at most. The default is that of a kernel's queue of connections, somaxconn. */
    queue: z.int().min(0).default(4096),
    startDelay: duration.default(0),
    exitCode: z.int().min(0).max(255).optional(),
    exitAfter: duration.optional(),
    ready: ready.default(0),
    onTerm: z.enum(['exit', 'serve', 'unready']).default('exit'),
    env: z.record(z.string(), text).default({}),
    libc: z.enum(['glibc', 'musl']).optional(),
  })
  .transform(({ ports, delay, startDelay, exitAfter, ready: readyNs, ...rest }) => ({
    ...rest,
    ports: Object.entries(ports)
      .map(([port, answer]) => ({ port: Number(port), answer }))
      .sort((a, b) => a.port - b.port),
    delayNs: delay.ns,
    exponential: delay.exponential,
    startDelayNs: startDelay,
    exitAfterNs: exitAfter,
    /** After the start; absent: never. */
    readyAfterNs: readyNs < 0 ? undefined : readyNs,
  }));

export type Image = z.output<typeof image>;
