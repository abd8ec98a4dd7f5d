/**
 * Names of kube-proxy's iptables chains. A name holds 16 characters of a hash, since the kernel allows 28 in all.
 * @see kubernetes pkg/proxy/iptables/proxier.go portProtoHash
 */
import { createHash } from 'node:crypto';
import type { EndpointInfo } from '../endpoint-info.ts';
import type { ServicePortInfo } from '../service-port.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** First 16 characters of the base32 form (RFC 4648) of the text's SHA-256. */
export function chainHash(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  let name = '';
  for (let bit = 0; bit < 80; bit += 5) {
    const at = bit >> 3;
    const pair = (bytes[at]! << 8) | bytes[at + 1]!;
    name += BASE32[(pair >> (11 - (bit & 7))) & 31];
  }
  return name;
}

/** `namespace/name:port`, as comments and hashes have it; an unnamed port keeps its colon up to 1.18. */
export function servicePortName(port: ServicePortInfo, trailingColon: boolean): string {
  return port.portName === '' && !trailingColon ? port.service : `${port.service}:${port.portName}`;
}

/** The names that belong to one service port. */
export interface PortChains {
  /** `namespace/name:port`. */
  readonly name: string;
  readonly service: string;
  readonly local: string;
  readonly external: string;
  readonly firewall: string;
  /** Local policy, up to 1.23. */
  readonly balancer: string;
  /** Start of what the endpoints' hashes are made of. */
  readonly seed: string;
}

const known = [new WeakMap<ServicePortInfo, PortChains>(), new WeakMap<ServicePortInfo, PortChains>()] as const;

/** Remembered per record, since a sync names the chains of every service port. */
export function portChains(port: ServicePortInfo, trailingColon: boolean): PortChains {
  const memory = known[trailingColon ? 1 : 0];
  let chains = memory.get(port);
  if (chains === undefined) {
    const name = servicePortName(port, trailingColon);
    const hash = chainHash(name + port.protocol);
    chains = {
      name,
      service: `KUBE-SVC-${hash}`,
      local: `KUBE-SVL-${hash}`,
      external: `KUBE-EXT-${hash}`,
      firewall: `KUBE-FW-${hash}`,
      balancer: `KUBE-XLB-${hash}`,
      seed: name + port.protocol,
    };
    memory.set(port, chains);
  }
  return chains;
}

const endpointNames = new WeakMap<EndpointInfo, { seed: string; chain: string }>();

/** `KUBE-SEP-…` of an endpoint. */
export function endpointChain(chains: PortChains, endpoint: EndpointInfo): string {
  const memory = endpointNames.get(endpoint);
  if (memory !== undefined && memory.seed === chains.seed) return memory.chain;
  const chain = `KUBE-SEP-${chainHash(chains.seed + endpoint.text)}`;
  endpointNames.set(endpoint, { seed: chains.seed, chain });
  return chain;
}

const OWNED = /^KUBE-(SVC|SVL|EXT|FW|XLB|SEP)-/;

/** Whether kube-proxy deletes a chain of this name once nothing needs it. */
export function isServiceChain(name: string): boolean {
  return OWNED.test(name);
}
