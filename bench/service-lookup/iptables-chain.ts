/**
 * A service's endpoint by the rules that kube-proxy writes for iptables, walked by the simulator's own walk: through the
 * short cuts that long chains have, or rule by rule without them. Both look at the same rules in the count of
 * `examined`.
 */
import { Hook, TableId } from '../../net/netfilter/hook.ts';
import { examined, Path } from '../../net/netfilter/path.ts';
import type { Ruleset } from '../../net/netfilter/ruleset.ts';
import { CtState, emptySkb } from '../../net/netfilter/skb.ts';
import { TargetKind } from '../../net/netfilter/target.ts';
import { Verdict } from '../../net/netfilter/verdict.ts';
import { type WalkEnvironment, walk } from '../../net/netfilter/walk.ts';
import type { ServiceLookup, ServiceTable } from './service-lookup.ts';

export class IptablesChain implements ServiceLookup {
  readonly name: string;
  readonly sizeBytes = undefined;
  readonly #ruleset: Ruleset;
  readonly #environment: WalkEnvironment;
  /** The endpoint that a rule of the nat table translates to, or -1. */
  readonly #endpoints: Int32Array;
  readonly #path = new Path();
  readonly #skb = { ...emptySkb(), ctState: CtState.New, inInterface: 'eth0', ttl: 63, sizeBytes: 60 };
  #state = 1;

  /**
   * @param ruleset loaded for this one alone: without short cuts they are taken out of it
   * @param shortCuts whether long chains have theirs
   */
  constructor(table: ServiceTable, ruleset: Ruleset, shortCuts: boolean) {
    this.name = shortCuts ? 'iptables, compiled' : 'iptables, as walked';
    this.#ruleset = ruleset;
    if (!shortCuts) for (const { program } of ruleset.tables) program.index.fill(0);
    const byTarget = new Map<string, number>();
    table.endpointAddresses.forEach((address, i) => {
      byTarget.set(`${table.addresses.word(address)}:${table.endpointPorts[i]}`, i);
    });
    const nat = ruleset.table(TableId.Nat)!;
    this.#endpoints = Int32Array.from(nat.program.rules, (rule) =>
      rule?.target.kind === TargetKind.Dnat
        ? (byTarget.get(`${rule.target.minAddress?.[0]}:${rule.target.minPort}`) ?? -1)
        : -1,
    );
    this.#environment = {
      addresses: table.addresses,
      addressType: () => 1,
      draw: () => this.#draw(),
      nth: () => 0,
      matches: new Map(),
      jiffies: 0,
      nowNs: 0,
      comesBack: () => true,
      pathMss: () => 1460,
      connection: () => undefined,
      ipset: () => undefined,
    };
  }

  lookup(protocol: number, source: number, address: number, port: number, draw: number): number {
    this.#state = draw;
    const path = this.#path;
    path.length = 0;
    const verdict = this.#walk(TableId.Nat, Hook.Prerouting, protocol, source, address, port);
    if (verdict !== Verdict.Dnat) return -1;
    return this.#endpoints[(path.codes[path.length - 1]! >> 1) - this.#ruleset.base(TableId.Nat)]!;
  }

  /**
   * Rules that the kernel looks at for a first packet on the node that translates it and sends it on: nat PREROUTING,
   * filter FORWARD, nat POSTROUTING.
   */
  examinedFor(
    protocol: number,
    source: number,
    address: number,
    port: number,
    draw: number,
    table: ServiceTable,
  ): number {
    const endpoint = this.lookup(protocol, source, address, port, draw);
    const [to, toPort] =
      endpoint < 0 ? [address, port] : [table.endpointAddresses[endpoint]!, table.endpointPorts[endpoint]!];
    this.#walk(TableId.Filter, Hook.Forward, protocol, source, to, toPort);
    this.#walk(TableId.Nat, Hook.Postrouting, protocol, source, to, toPort);
    return examined(this.#ruleset, this.#path.codes, this.#path.length);
  }

  #walk(id: TableId, hook: Hook, protocol: number, source: number, address: number, port: number): Verdict {
    const skb = this.#skb;
    skb.protocol = protocol;
    skb.source = source;
    skb.sourcePort = 40_000;
    skb.destination = address;
    skb.destinationPort = port;
    if (hook === Hook.Prerouting) skb.mark = 0;
    return walk(this.#ruleset, id, hook, skb, this.#environment, this.#path);
  }

  /** The draw that was given, then others that follow from it. */
  #draw(): number {
    const state = this.#state;
    this.#state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state;
  }
}
