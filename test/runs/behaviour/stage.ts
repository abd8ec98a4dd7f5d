/**
 * A small cluster for behaviour tests: its objects, and a scenario whose requests, events and rules a test may ask for.
 */
import { NetEventKind, type NetEventOf } from '../../../net/event.ts';
import { tableIdOf } from '../../../net/netfilter/hook.ts';
import { printRule } from '../../../net/netfilter/print.ts';
import { OUTCOME_NAMES } from '../../../net/request.ts';
import type { Scenario } from '../../../runs/scenario/scenario.ts';
import { Simulation } from '../../../runs/simulation.ts';
import type { WorldEvent } from '../../../runs/world/event.ts';
import { read } from '../scenario/sample.ts';

/** A Deployment of nginx pods. @param node puts them all there @param port as YAML flow, without its braces */
export function deployment(name: string, replicas: number, node = '', port = 'containerPort: 80'): string {
  const place = node === '' ? '' : `nodeName: ${node}, `;
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { ${place}containers: [{ name: web, image: nginx, ports: [{ ${port} }] }] }
---
`;
}

/** A Service in front of it. @param ports as YAML flow */
export function service(name: string, app: string, ports = '[{ port: 80 }]', more = ''): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${app} }, ports: ${ports}${more} }
---
`;
}

export function pod(name: string, node: string): string {
  return `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: { nodeName: ${node}, containers: [{ name: curl, image: curl }] }
---
`;
}

/** A scenario with this `spec` (YAML, not indented) behind these objects. */
export function scenario(objects: string, spec: string): Scenario {
  const body = spec
    .trim()
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('');
  return read(`${objects}apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: { name: test }\nspec:\n${body}`);
}

export type Completed = NetEventOf<'RequestCompleted'> & {
  /** Name of the host that answered, as it was called then. */
  readonly serverName: string;
};

/** What a run came to. */
export class Stage {
  readonly simulation: Simulation;
  readonly completed: Completed[] = [];
  readonly events: WorldEvent[] = [];

  constructor(from: Scenario) {
    this.simulation = new Simulation(from);
    this.simulation.events.subscribe((event) => {
      this.events.push(event);
      if (event.kind === NetEventKind.RequestCompleted) {
        const serverName = this.net.hosts[event.server]?.name ?? '';
        this.completed.push({ ...(event as NetEventOf<'RequestCompleted'>), serverName });
      }
    });
  }

  run(untilSeconds: number): this {
    this.simulation.runUntil(untilSeconds * 1e9);
    this.simulation.check();
    return this;
  }

  get net() {
    return this.simulation.world.net;
  }

  /** Requests of a row that began in [from, to), in seconds. */
  requests(row: string, from = 0, to = Number.POSITIVE_INFINITY): Completed[] {
    const index = this.simulation.scenario.traffic.findIndex(({ name }) => name === row);
    return this.completed.filter(
      ({ traffic, startedAt }) => traffic === index && startedAt >= from * 1e9 && startedAt < to * 1e9,
    );
  }

  /** How many requests ended in each way. */
  outcomes(row: string, from?: number, to?: number): Record<string, number> {
    return tally(this.requests(row, from, to).map(({ outcome }) => OUTCOME_NAMES[outcome]!));
  }

  /** How many answered requests each server took. */
  servers(row: string, from?: number, to?: number): Record<string, number> {
    return tally(
      this.requests(row, from, to)
        .filter(({ outcome }) => outcome === 1)
        .map(({ serverName }) => serverName),
    );
  }

  /** The rules of a chain in a host's nat table, as iptables-save prints them. */
  natRules(host: string, chain: string): string[] {
    const { ruleset } = this.net.hostNamed(host)!;
    const span = ruleset.span(tableIdOf('nat')!, chain);
    if (span === undefined) return [];
    return Array.from({ length: span[1] - span[0] }, (_, i) => printRule(ruleset, span[0] + i));
  }

  /** Chains of endpoints that a service's chain leads to, in their order. */
  endpointChains(host: string, serviceChain: string): string[] {
    return this.natRules(host, serviceChain).flatMap((rule) => /-j (KUBE-SEP-\w+)/.exec(rule)?.[1] ?? []);
  }

  /** The only chain of the nat table with this start, but for that of default/kubernetes:https. */
  chainNamed(host: string, start: string): string {
    const chains = this.net.hostNamed(host)!.ruleset.table(tableIdOf('nat')!)!.chains;
    // Those of the API server's service and of kube-dns are in every cluster.
    const known = ['NPX46M4PTMTKRN6Y', 'TCOU7JCQXEZGVUNU', 'ERIFXISQEP7F7OF4', 'JD5MR3NA4I4DYORP'];
    return chains.find(({ name }) => name.startsWith(start) && !known.includes(name.slice('KUBE-SVC-'.length)))!.name;
  }
}

export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
