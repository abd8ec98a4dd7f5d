/**
 * `spec.pins`: what a real cluster drew at random, so that a recorded one can be told again.
 */
import { z } from 'zod';
import { parseDuration } from '../../../core/time.ts';
import { address, hostName, port, text, WANTED } from './field.ts';

const pod = z.strictObject({
  of: text.optional(),
  hash: text.optional(),
  suffix: text.optional(),
  name: text.optional(),
  ip: address.optional(),
  node: hostName.optional(),
  uid: text.optional(),
});

/** An instant before or after t = 0, or a wall-clock time. */
const created = text.transform((input, context): { readonly atNs: number } | { readonly wallMs: number } => {
  const ns = parseDuration(input);
  if (ns !== undefined) return { atNs: ns };
  const wallMs = Date.parse(input);
  if (!Number.isNaN(wallMs)) return { wallMs };
  context.addIssue({ code: 'custom', message: `${WANTED}a duration such as -3d5h, or an RFC 3339 time` });
  return z.NEVER;
});

const object = z.strictObject({
  uid: text.optional(),
  resourceVersion: text.optional(),
  created: created.optional(),
  restarts: z.int().min(0).optional(),
  generation: z.int().min(1).optional(),
});

export const pins = z.strictObject({
  pods: z.array(pod).default([]),
  services: z.record(z.string(), z.array(address)).default({}),
  objects: z.record(z.string(), object).default({}),
  nodePorts: z.record(z.string(), z.array(port)).default({}),
});

export type Pins = z.output<typeof pins>;
