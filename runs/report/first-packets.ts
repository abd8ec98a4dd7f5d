/**
 * The measure of how many rules the first packets of each traffic row met: of its first few requests, which is where the
 * measure ends, so that long runs don't pay for it.
 */
import { Observable, type OperatorFunction } from 'rxjs';
import { follow } from '../../core/bus.ts';
import { NetEventKind, type NetEventOf, type PassageEvent } from '../../net/event.ts';
import { examined } from '../../net/netfilter/path.ts';
import type { Network } from '../../net/network.ts';
import type { Examined } from '../cost/cost-model.ts';
import type { WorldEvent } from '../world/event.ts';

/** Requests of each row that are looked at: a walk of many rules takes its time to follow again. */
const REQUESTS = 20;

interface Followed {
  readonly traffic: number;
  readonly client: number;
  /** 0: it was not sent yet. */
  packet: number;
  rules: number;
  readonly hosts: Set<number>;
}

/**
 * By row: rules and hosts, means over the first packets of its first requests, as far as those came; `undefined` where
 * none was sent.
 * @param rows how many rows there are
 */
export function firstPackets(net: Network, rows: number): OperatorFunction<WorldEvent, (Examined | undefined)[]> {
  return (source) =>
    new Observable((subscriber) => {
      const tally = new FirstPacketTally(net, rows);
      const end = (): void => {
        subscriber.next(tally.figure());
        subscriber.complete();
      };
      return follow(source, {
        next: (event) => {
          tally.take(event);
          if (tally.complete) end();
        },
        error: (error) => subscriber.error(error),
        complete: end,
      });
    });
}

class FirstPacketTally {
  readonly #net: Network;
  readonly #started: number[];
  /** Requests that may yet be looked at. */
  #missing: number;
  readonly #done: Followed[] = [];
  readonly #open = new Map<number, Followed>();

  constructor(net: Network, rows: number) {
    this.#net = net;
    this.#started = new Array<number>(rows).fill(0);
    this.#missing = rows * REQUESTS;
  }

  /** Whether nothing more is to come. */
  get complete(): boolean {
    return this.#missing === 0 && this.#open.size === 0;
  }

  take(event: WorldEvent): void {
    switch (event.kind) {
      case NetEventKind.RequestStarted:
        return this.#start(event);
      case NetEventKind.PacketSent:
      case NetEventKind.PacketForwarded:
        return this.#follow(event, false);
      case NetEventKind.PacketDelivered:
      case NetEventKind.PacketDropped:
      case NetEventKind.PacketRejected:
        return this.#follow(event, true);
      case NetEventKind.RequestCompleted:
        return this.#end(event.flow);
    }
  }

  figure(): (Examined | undefined)[] {
    const all = [...this.#done, ...this.#open.values()].filter(({ packet }) => packet !== 0);
    return this.#started.map((_, row) => {
      const own = all.filter(({ traffic }) => traffic === row);
      if (own.length === 0) return undefined;
      const mean = (of: (one: Followed) => number): number => own.reduce((sum, one) => sum + of(one), 0) / own.length;
      return { rules: mean(({ rules }) => rules), hosts: mean(({ hosts }) => hosts.size) };
    });
  }

  #start({ traffic, flow, host }: NetEventOf<'RequestStarted'>): void {
    if (!(this.#started[traffic]! < REQUESTS)) return;
    this.#started[traffic]!++;
    this.#missing--;
    this.#open.set(flow, { traffic, client: host, packet: 0, rules: 0, hosts: new Set() });
  }

  #follow(event: PassageEvent, ends: boolean): void {
    if (this.#open.size === 0) return;
    const open = this.#open.get(event.flow);
    if (open === undefined || event.host === 0) return;
    if (open.packet === 0 && event.host === open.client && event.inInterface === 0) open.packet = event.packet;
    const own = event.packet === open.packet;
    // A tunnel packet goes the same way on its behalf.
    if (!own && (event.inner === 0 || event.inner !== open.packet)) return;
    const host = this.#net.host(event.host);
    const codes = host.paths.codes(event.path);
    const count = codes === undefined ? 0 : examined(host.ruleset, codes);
    open.rules += count;
    if (count > 0) open.hosts.add(host.id);
    if (own && ends) this.#end(event.flow);
  }

  #end(flow: number): void {
    const open = this.#open.get(flow);
    if (open === undefined) return;
    this.#open.delete(flow);
    this.#done.push(open);
  }
}
