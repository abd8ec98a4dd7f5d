/**
 * The file of recorded probes: rule sets loaded on a real router, packets sent through it, and what the kernel made of
 * each. Read strictly enough that a file of another shape is refused in one line.
 */
import { z } from 'zod';
import { InputError } from '../input-error.ts';
import { readSource } from '../manifest/source.ts';

const port = z.string().regex(/^(tcp|udp)\/\d+$/);

const host = z.looseObject({
  name: z.string(),
  address: z.string(),
  moreAddresses: z.array(z.string()).optional(),
  iface: z.string(),
  routerAddress: z.string().optional(),
  defaultRoute: z.boolean().optional(),
  serves: z.array(port).default([]),
});

const network = z.looseObject({
  hosts: z.array(host),
  routerServes: z
    .array(z.union([port, z.looseObject({ name: z.string(), uid: z.number().optional(), ports: z.array(port) })]))
    .default([]),
  ipsets: z
    .record(
      z.string(),
      z.looseObject({
        type: z.union([z.string(), z.array(z.string())]).optional(),
        members: z.array(z.string()).default([]),
      }),
    )
    .default({}),
  sysctl: z.record(z.string(), z.union([z.number(), z.string()])).default({}),
});

const probe = z.looseObject({
  from: z.string(),
  proto: z.enum(['tcp', 'udp', 'icmp']),
  dst: z.string(),
  port: z.number().default(0),
  src: z.string().optional(),
  sport: z.number().optional(),
  uid: z.number().optional(),
  repeat: z.number().optional(),
  why: z.string().optional(),
});

const outcome = z.looseObject({
  times: z.number(),
  outcome: z.string(),
  server: z
    .looseObject({
      address: z.string(),
      host: z.string().optional(),
      port: z.union([z.number(), z.string()]).optional(),
      peer: z.string().optional(),
      original_dst: z.string().optional(),
    })
    .optional(),
  reply: z
    .looseObject({
      kind: z.string(),
      from: z.string(),
      type: z.number().optional(),
      code: z.number().optional(),
      sport: z.number().optional(),
    })
    .optional(),
  answer_from: z.string().optional(),
});

const recordedFlow = z.looseObject({
  probe,
  outcomes: z.array(outcome),
  rulesHit: z.array(z.looseObject({ table: z.string(), rule: z.string(), packets: z.number() })),
});

const scenario = z.looseObject({
  ruleset: z.string().optional(),
  nftset: z.string().optional(),
  network,
  flows: z.array(recordedFlow),
});

const file = z.looseObject({ scenarios: z.record(z.string(), scenario) });

export type RecordedNetwork = z.infer<typeof network>;
export type RecordedProbe = z.infer<typeof probe>;
export type RecordedOutcome = z.infer<typeof outcome>;
export type RecordedFlow = z.infer<typeof recordedFlow>;
export type RecordedScenario = z.infer<typeof scenario>;

/** Reads a file of recorded probes. @throws {InputError} when it is no such file */
export function readFlowFile(name: string): Readonly<Record<string, RecordedScenario>> {
  const { text } = readSource(name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError({ file: name }, `This is not JSON: ${(error as Error).message}`);
  }
  const parsed = file.safeParse(value);
  if (parsed.success) return parsed.data.scenarios;
  const [issue] = parsed.error.issues;
  throw new InputError({ file: name }, `Not a file of recorded probes: ${issue?.path.join('.')}: ${issue?.message}`);
}
