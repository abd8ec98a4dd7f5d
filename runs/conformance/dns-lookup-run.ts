/**
 * A look-up run against servers that answer at once, late or never: what went over the wire, when, and what came of it.
 */
import { SECOND } from '../../core/time.ts';
import { glibcResolution } from '../../net/dns/glibc.ts';
import { query } from '../../net/dns/message.ts';
import { muslResolution } from '../../net/dns/musl.ts';
import type { Ask, Heard, LookupPlan, LookupResult } from '../../net/dns/resolution.ts';
import { fit, TCP_BYTES, udpLimit } from '../../net/dns/truncation.ts';
import type { DnsResponder } from './dns-cluster.ts';

export interface WireAsk extends Ask {
  readonly atNs: number;
}

export interface LookupRun {
  readonly wire: readonly WireAsk[];
  readonly result: LookupResult;
  readonly tookNs: number;
}

export interface LookupServers {
  /** By address; `undefined`: it never answers. */
  respond(address: string): DnsResponder | undefined;
  delayNs(address: string): number;
}

interface Arrival {
  readonly atNs: number;
  readonly heard: Heard;
}

export function runLookup(plan: LookupPlan, servers: LookupServers): LookupRun {
  const resolution = plan.resolver === 'musl' ? muslResolution(plan, 0) : glibcResolution(plan, 0);
  const wire: WireAsk[] = [];
  const arrivals: Arrival[] = [];
  let nowNs = 0;
  let step = resolution.next();
  while (!step.done) {
    for (const ask of step.value.sends) {
      wire.push({ ...ask, atNs: nowNs });
      const arrival = answerOf(plan, servers, ask, nowNs);
      if (arrival !== undefined) arrivals.push(arrival);
    }
    // Equal instants stay in the order of their questions.
    arrivals.sort((a, b) => a.atNs - b.atNs);
    const [next] = arrivals;
    if (next !== undefined && next.atNs <= step.value.untilNs) {
      arrivals.shift();
      nowNs = next.atNs;
      step = resolution.next(next.heard);
    } else {
      nowNs = step.value.untilNs;
      if (nowNs === Number.POSITIVE_INFINITY) break;
      step = resolution.next({ type: 'timeout', nowNs });
    }
  }
  const result: LookupResult = step.done ? step.value : { addresses: [], error: 'again' };
  return { wire, result, tookNs: nowNs };
}

function answerOf(plan: LookupPlan, servers: LookupServers, ask: Ask, nowNs: number): Arrival | undefined {
  const address = plan.config.nameservers[ask.server]!;
  const respond = servers.respond(address);
  if (respond === undefined) return undefined;
  const asked = query(ask.question, 0, ask.udpBytes);
  const { message } = fit(respond(asked), ask.tcp ? TCP_BYTES : udpLimit(asked));
  const atNs = nowNs + servers.delayNs(address);
  return { atNs, heard: { type: 'answer', socket: ask.socket, server: ask.server, message, nowNs: atNs } };
}

/** To the half second, as slow look-ups are recorded. */
export function roundedSeconds(ns: number): number {
  return Math.round((ns / SECOND) * 2) / 2;
}
