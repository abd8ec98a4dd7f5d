/**
 * What programs keep of their look-ups by themselves, as a JVM or nscd does: a C library keeps nothing. The addresses stay
 * in the order in which they came, so one client goes to the first of them until it asks again.
 */
import { SECOND } from '../../core/time.ts';
import type { Message } from './message.ts';
import { Rcode } from './message.ts';

interface KeptAnswer {
  readonly addresses: readonly string[];
  readonly untilNs: number;
}

/** Changed by `evolve` alone. */
export class ClientCache {
  readonly #kept = new Map<string, KeptAnswer>();

  /** What a host keeps of a name, as its program asks for it. */
  find(host: number, name: string, nowNs: number): readonly string[] | undefined {
    const kept = this.#kept.get(`${host} ${name}`);
    return kept !== undefined && kept.untilNs > nowNs ? kept.addresses : undefined;
  }

  keep(host: number, name: string, addresses: readonly string[], untilNs: number): void {
    this.#kept.set(`${host} ${name}`, { addresses, untilNs });
  }
}

/** How long an answer may be kept, in ns; Infinity: it says nothing that may be. */
export function lifetimeNs({ rcode, answer }: Message): number {
  return rcode !== Rcode.NoError || answer.length === 0
    ? Number.POSITIVE_INFINITY
    : Math.min(...answer.map(({ ttl }) => ttl)) * SECOND;
}
