/**
 * The file of DNS cases: objects and what a server makes of them, look-ups and what goes over the wire for each. Read
 * strictly enough that a file of another shape is refused in one line.
 */
import { z } from 'zod';
import { InputError } from '../input-error.ts';

const record = z.looseObject({ name: z.string(), type: z.string(), ttl: z.number().default(0), data: z.string() });
const upstream = z.array(z.union([record, z.looseObject({ name: z.string(), rcode: z.string() })]));

const server = z.looseObject({
  zones: z.array(z.string()).default(['cluster.local.']),
  pods: z.enum(['disabled', 'insecure', 'verified']).default('disabled'),
  ttl: z.number().default(5),
  namespaces: z.array(z.string()).nullish(),
  synced: z.boolean().default(true),
  ignoreEmptyService: z.boolean().default(false),
  endpointPodNames: z.boolean().default(false),
  fallthrough: z.array(z.string()).default([]),
  ownIPs: z.array(z.string()).default([]),
  externalZones: z.array(z.string()).default([]),
  externalHeadless: z.boolean().default(false),
  upstream: upstream.default([]),
});

const expectedRecord = z.looseObject({
  name: z.string(),
  type: z.string(),
  ttl: z.number().optional(),
  data: z.string(),
});
const records = z.union([z.literal('any'), z.array(expectedRecord)]).default([]);

const queryCase = z.looseObject({
  name: z.string(),
  type: z.string(),
  expect: z.looseObject({
    rcode: z.string(),
    answer: records,
    additional: records,
    authority: records,
    ttlFree: z.boolean().default(false),
  }),
});

const resolverConfig = z.looseObject({
  nameservers: z.array(z.string()).default([]),
  search: z.array(z.string()).default([]),
  options: z.array(z.string()).default([]),
});

const pod = z.looseObject({
  metadata: z.looseObject({ namespace: z.string().optional(), name: z.string() }),
  spec: z.looseObject({}).default({}),
  status: z.looseObject({}).optional(),
});

const kubelet = z.looseObject({
  clusterDNS: z.array(z.string()).default([]),
  clusterDomain: z.string().default(''),
  nodeResolvConf: resolverConfig,
});

const ask = z.looseObject({
  server: z.string(),
  name: z.string(),
  type: z.string(),
  transport: z.enum(['udp', 'tcp']).default('udp'),
  at: z.number().optional(),
});

/** Servers that differ from the case's own: by address. */
const differing = {
  views: z.record(z.string(), z.unknown()).optional(),
  delays: z.record(z.string(), z.number()).optional(),
  deadServers: z.array(z.string()).optional(),
};

const lookup = z.looseObject({
  libc: z.enum(['glibc', 'musl']),
  name: z.string(),
  family: z.enum(['any', 'ipv4', 'ipv6']).default('any'),
  pod: pod.optional(),
  resolvConf: resolverConfig.optional(),
  ...differing,
  expect: z.looseObject({
    wire: z.array(ask).optional(),
    queries: z.number().optional(),
    addresses: z.array(z.string()).optional(),
    addressCount: z.number().optional(),
    error: z.string().optional(),
    seconds: z.number().optional(),
  }),
});

const cacheStep = z.looseObject({
  at: z.number(),
  name: z.string(),
  type: z.string(),
  recordTTL: z.number().optional(),
  denied: z.boolean().default(false),
  soaTTL: z.number().optional(),
  expect: z.looseObject({
    from: z.string(),
    to: z.string().optional(),
    transport: z.string().optional(),
    ttl: z.number().optional(),
  }),
});

const dnsCase = z.looseObject({
  id: z.string(),
  server: server.optional(),
  objects: z.array(z.looseObject({ kind: z.string() })).default([]),
  kubelet: kubelet.optional(),
  queries: z.array(queryCase).default([]),
  lookups: z.array(lookup).default([]),
  resolvConf: z.array(z.looseObject({ kubelet, pod, expect: resolverConfig })).default([]),
  hostnames: z
    .array(
      z.looseObject({
        pod,
        clusterDomain: z.string(),
        expect: z.looseObject({
          hostname: z.string().optional(),
          fqdn: z.string().optional(),
          etcHosts: z.array(z.string()).optional(),
        }),
      }),
    )
    .default([]),
  nodeLocal: z
    .looseObject({
      upstream: z.string(),
      zones: z.record(z.string(), z.looseObject({ successMax: z.number(), denialMax: z.number() })),
    })
    .optional(),
  sequence: z.array(cacheStep).default([]),
  transfer: z.unknown().optional(),
  ...differing,
});

export type DnsCase = z.infer<typeof dnsCase>;
export type DnsServerCase = z.infer<typeof server>;
export type QueryCase = z.infer<typeof queryCase>;
export type LookupCase = z.infer<typeof lookup>;
export type ExpectedRecord = z.infer<typeof expectedRecord>;

/** The server of a case that names none. */
export const DEFAULT_SERVER: DnsServerCase = server.parse({});

/** A server as a view describes it, or `undefined` where it is something else. */
export function readView(value: unknown): DnsServerCase | undefined {
  return server.safeParse(value).data;
}

/** Whether a JSON document looks like a list of DNS cases. */
export function isDnsFile(value: unknown): boolean {
  const keys = ['queries', 'lookups', 'resolvConf', 'hostnames', 'sequence', 'transfer'];
  return (
    Array.isArray(value) &&
    value.some((one: unknown) => typeof one === 'object' && one !== null && keys.some((key) => key in one))
  );
}

/** @throws {InputError} when it is no list of DNS cases */
export function readDnsCases(file: string, value: unknown): readonly DnsCase[] {
  const parsed = z.array(dnsCase).safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError({ file }, `Not a file of DNS cases: ${issue?.path.join('.')}: ${issue?.message}`);
}
