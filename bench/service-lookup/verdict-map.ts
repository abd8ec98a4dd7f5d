/**
 * A service's endpoint by verdict maps, as kube-proxy lays them out for nftables: one map from address, protocol and port
 * to the chain of a service, one map from a random number to the chain of an endpoint, and there a rule each for the
 * mark of a hairpin and for the translation. A model of the rules' work: a small machine walks them, it is no nftables.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3866-nftables-proxy
 */

import { TupleHash } from './service-hash.ts';
import type { ServiceLookup, ServiceTable } from './service-lookup.ts';

/** What a rule does: operation and two operands. */
const FIELDS = 3;
const Operation = {
  /** `ip daddr . meta l4proto . th dport vmap @service-ips` */
  ServiceMap: 1,
  /** `numgen random mod COUNT vmap { … }`: operands are the first chain's place, and how many there are. */
  NumgenMap: 2,
  /** `ip saddr ENDPOINT jump mark-for-masquerade` */
  MarkHairpin: 3,
  /** `dnat to ENDPOINT` */
  Dnat: 4,
} as const;

export class VerdictMap implements ServiceLookup {
  readonly name = 'verdict map';
  readonly #services: TupleHash;
  readonly #rules: Int32Array;
  /** Place of each service's chain. */
  readonly #chains: Int32Array;
  /** Rules that the last look-up looked at. */
  examined = 0;
  /** Whether it marked the packet for masquerading. */
  marked = false;

  constructor(table: ServiceTable) {
    const { services, endpointAddresses } = table;
    this.#services = new TupleHash(table);
    const rules = [Operation.ServiceMap, 0, 0];
    this.#chains = new Int32Array(services.length);
    services.forEach(({ first, count }, i) => {
      this.#chains[i] = rules.length;
      const endpoints = rules.length + FIELDS;
      rules.push(Operation.NumgenMap, endpoints, count);
      for (let endpoint = first; endpoint < first + count; endpoint++)
        rules.push(Operation.MarkHairpin, endpointAddresses[endpoint]!, 0, Operation.Dnat, endpoint, 0);
    });
    this.#rules = Int32Array.from(rules);
  }

  get sizeBytes(): number {
    return this.#services.sizeBytes + this.#rules.byteLength + this.#chains.byteLength;
  }

  /** Rules of all chains, and elements of all maps. */
  get rules(): number {
    return this.#rules.length / FIELDS;
  }

  lookup(protocol: number, source: number, address: number, port: number, draw: number): number {
    const rules = this.#rules;
    this.examined = 0;
    this.marked = false;
    for (let at = 0; ; ) {
      this.examined++;
      const operand = rules[at + 1]!;
      switch (rules[at]) {
        case Operation.ServiceMap: {
          const service = this.#services.entryAt(this.#services.find(protocol, address, port));
          if (service < 0) return -1;
          at = this.#chains[service]!;
          break;
        }
        case Operation.NumgenMap:
          at = operand + 2 * FIELDS * (draw % rules[at + 2]!);
          break;
        case Operation.MarkHairpin:
          if (source === operand) this.marked = true;
          at += FIELDS;
          break;
        default:
          return operand;
      }
    }
  }
}
