/**
 * Machines: the cluster's nodes and what stands outside.
 */
import { z } from 'zod';
import { address, cidrs, duration, hostName, interfaceAddress, port, stringMap, sysctls, text } from './field.ts';
import { link } from './link.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/** `tcp` and `TCP` are the same. */
export const protocol = z
  .preprocess((value) => (typeof value === 'string' ? value.toUpperCase() : value), z.enum(PROTOCOLS))
  .meta({ type: 'string', enum: [...PROTOCOLS, 'tcp', 'udp', 'sctp'] });

export const ANSWERS = ['page', 'mirror', 'name', 'status'] as const;

const taint = z.strictObject({ key: text, value: text.optional(), effect: z.enum(EFFECTS) });

const networkInterface = z.strictObject({ name: text, ip: interfaceAddress });

const node = z
  .strictObject({
    name: hostName,
    ip: interfaceAddress.optional(),
    ips: z.array(interfaceAddress).min(1).optional(),
    zone: text.optional(),
    labels: stringMap.default({}),
    taints: z.array(taint).default([]),
    cpu: z.union([z.number().positive(), text]).optional(),
    podCIDR: cidrs.optional(),
    interfaces: z.array(networkInterface).default([]),
    sysctls: sysctls.default({}),
    behind: hostName.optional(),
    link: link.optional(),
  })
  .transform(({ ip, ips, podCIDR, cpu, ...rest }) => ({
    ...rest,
    ips: ips ?? (ip === undefined ? [] : [ip]),
    podCIDRs: podCIDR ?? [],
    cpu: cpu === undefined ? undefined : String(cpu),
  }));

/** A number of nodes, or a list. */
export const nodes = z.union([z.int().min(1).max(5000), z.array(node).min(1)]);

const serves = z.strictObject({ port, protocol: protocol.default('TCP'), answers: z.enum(ANSWERS).default('page') });

const frontend = z.strictObject({
  port,
  protocol: protocol.default('TCP'),
  members: z.strictObject({ service: text, via: z.enum(['nodePort', 'pod']).default('nodePort') }),
});

export const healthCheck = z
  .strictObject({
    protocol: z.enum(['tcp', 'http']).optional(),
    port: port.optional(),
    path: text.optional(),
    interval: duration.optional(),
    timeout: duration.optional(),
    threshold: z.int().min(1).optional(),
  })
  .transform(({ interval, timeout, ...rest }) => ({ ...rest, intervalNs: interval, timeoutNs: timeout }));

const forward = z.strictObject({ port, protocol: protocol.default('TCP'), to: text });

export const host = z.strictObject({
  name: hostName,
  ip: interfaceAddress,
  serves: z.array(serves).default([]),
  role: z.enum(['load-balancer', 'nat-router']).optional(),
  mode: z.enum(['dnat', 'snat', 'dsr', 'proxy', 'vip']).optional(),
  algorithm: text.optional(),
  affinity: z.enum(['none', 'clientIP']).optional(),
  frontends: z.array(frontend).default([]),
  healthCheck: healthCheck.optional(),
  inside: cidrs.optional(),
  forwards: z.array(forward).default([]),
  behind: hostName.optional(),
  gateway: address.optional(),
  sysctls: sysctls.default({}),
  link: link.optional(),
});

export type NodeEntry = z.output<typeof node>;
export type HostEntry = z.output<typeof host>;
