/**
 * The `Scenario` kind as a whole, and its JSON Schema for editors.
 */
import { z } from 'zod';
import { cluster } from './cluster.ts';
import { expectation } from './expectation.ts';
import { duration, hostName, share, stringMap, sysctls, text, WANTED } from './field.ts';
import { host, nodes } from './host.ts';
import { image } from './image.ts';
import { links } from './link.ts';
import { pins } from './pin.ts';
import { timelineEntry } from './timeline.ts';
import { traffic } from './traffic.ts';

export const GROUP = 'kubehop.dev';
export const API_VERSION = `${GROUP}/v1alpha1`;

/** Milliseconds since 1970. */
const instant = text.transform((input, context): number => {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(input) ? Date.parse(input) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  context.addIssue({ code: 'custom', message: `${WANTED}an RFC 3339 time such as 2024-01-01T00:00:00Z` });
  return z.NEVER;
});

const dnsRecord = z.strictObject({
  name: text,
  type: z.enum(['A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'MX', 'NS', 'PTR']).optional(),
  address: text.optional(),
  data: text.optional(),
  ttl: z.int().min(0).optional(),
});

const spec = z.strictObject({
  seed: z.union([z.int(), z.string()]).default(1),
  /** Order of what falls due at one instant: 0 is that of scheduling, each other number one by chance. */
  ties: z.int().min(0).max(2_147_483_647).default(0),
  start: instant.default(Date.UTC(2024, 0, 1)),
  until: duration.optional(),
  kubernetes: cluster.prefault({}),
  kernel: z
    .union([z.string(), z.int()])
    .transform((value) => String(value))
    .pipe(z.enum(['5', '6']))
    .default('6'),
  /** Share of second datagrams that race with the first of their connection for its conntrack entry. */
  conntrackRace: share.default(0),
  underlay: z.enum(['flat', 'routed']).default('flat'),
  sysctls: sysctls.default({}),
  links: links.prefault({}),
  /** Absent: as many as the profile has. */
  nodes: nodes.optional(),
  hosts: z.array(host).default([]),
  rules: z.record(hostName, text).default({}),
  ipsets: z.record(hostName, text).default({}),
  dns: z.array(dnsRecord).default([]),
  images: z.record(z.string(), image).default({}),
  pins: pins.prefault({}),
  timeline: z.array(timelineEntry).default([]),
  traffic: z.array(traffic).default([]),
  expect: z.array(expectation).default([]),
});

export const scenarioSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('Scenario'),
  metadata: z.strictObject({
    name: text,
    namespace: text.optional(),
    labels: stringMap.optional(),
    annotations: stringMap.optional(),
  }),
  spec: spec.prefault({}),
});

export type ScenarioDocument = z.output<typeof scenarioSchema>;
export type Spec = ScenarioDocument['spec'];

let jsonSchema: Record<string, unknown> | undefined;

/** JSON Schema (draft 2020-12) of what a person may write. */
export function scenarioJsonSchema(): Record<string, unknown> {
  jsonSchema ??= {
    title: 'kubehop Scenario',
    ...z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }),
  };
  return jsonSchema;
}
