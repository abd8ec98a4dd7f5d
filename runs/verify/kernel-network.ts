/**
 * The kernel's side of a comparison: one laboratory that follows the model's network from instant to instant. Where only
 * rules changed they are loaded anew; where a pod came or went the network is built anew.
 */
import { HostStatus } from '../../net/host.ts';
import { LinkKind } from '../../net/link.ts';
import type { Network } from '../../net/network.ts';
import type { Topology } from '../../net/view/topology.ts';
import { topologyOf } from '../../net/view/topology-of.ts';
import type { Flow, Patience } from './flow.ts';
import { type Lab, type LabOptions, openLab } from './lab.ts';
import type { CommandResult } from './namespace-shell.ts';
import type { FlowObservation } from './observation.ts';

/**
 * A network as it is to be built: hosts that are down, and links that are, have nothing plugged into the wire.
 * @param limited whether ICMP errors keep their rate limit; usually not, since one flow's errors would be taken off the
 *   next one's
 */
export function buildableTopology(net: Network, limited = false): Topology {
  const { hosts, links } = topologyOf(net);
  const cut = new Set(
    net.hosts.flatMap((host) => (host !== undefined && host.status !== HostStatus.Up ? [host.name] : [])),
  );
  const down = new Set(net.links.flatMap((link) => (link === undefined || link.up ? [] : [link.name])));
  const segments = new Set(net.links.flatMap((link) => (link?.kind === LinkKind.Segment ? [link.name] : [])));
  return {
    hosts: limited
      ? hosts
      : hosts.map((host) => ({ ...host, sysctls: { ...host.sysctls, 'net.ipv4.icmp_ratemask': '0' } })),
    links: links
      .filter(({ name }) => !down.has(name))
      .map((link) =>
        segments.has(link.name) ? { ...link, ends: link.ends.filter(({ host }) => !cut.has(host)) } : link,
      )
      .filter(({ ends }) => ends.length > 1),
  };
}

/** Everything but the rules, as a text to compare. */
function shapeOf({ hosts, links }: Topology): string {
  return JSON.stringify([hosts.map((host) => ({ ...host, rules: '' })), links]);
}

export class KernelNetwork {
  private lab: Lab | undefined;
  private shape = '';
  private readonly rules = new Map<string, string>();
  private readonly options: LabOptions;

  constructor(options: LabOptions = {}) {
    this.options = options;
  }

  /** Makes the network stand as the model has it. @returns how the loaded rules differ from those meant, a line each */
  async follow(topology: Topology): Promise<string[]> {
    const shape = shapeOf(topology);
    if (this.lab === undefined || shape !== this.shape) {
      this.close();
      this.lab = await openLab(topology, this.options);
      this.shape = shape;
      for (const { name, rules } of topology.hosts) this.rules.set(name, rules);
      return [...this.lab.ruleDifferences];
    }
    const differences: string[] = [];
    for (const { name, rules } of topology.hosts) {
      if (this.rules.get(name) === rules) continue;
      differences.push(...(await this.lab.loadRules(name, rules)));
      this.rules.set(name, rules);
    }
    return differences;
  }

  /** What this kernel does not do of the network. */
  get notBuilt(): readonly string[] {
    return this.lab?.notBuilt ?? [];
  }

  /** Sends one flow for real. */
  async observe(flow: Flow, { timeoutMs, settleMs, unfinished }: Patience): Promise<FlowObservation> {
    await this.resetNth();
    const { from, protocol, to, port, source, sourcePort, text, requestBytes, responseBytes } = flow;
    return this.lab!.observe(
      {
        from,
        protocol,
        to,
        port,
        ...(source === undefined ? {} : { source }),
        ...(sourcePort === undefined ? {} : { sourcePort }),
        payload: text + 'x'.repeat(Math.max(0, requestBytes - Buffer.byteLength(text))),
        ...(responseBytes < 0 ? {} : { answerBytes: Math.max(1, responseBytes) }),
        timeoutMs,
      },
      settleMs,
      unfinished,
    );
  }

  /** Runs a command line on a host, as somebody who logs in there would. */
  run(host: string, command: string): Promise<CommandResult> {
    return this.lab!.run(host, command);
  }

  /** Rules that count by turns begin each flow at their first turn, limits with full buckets. */
  private async resetNth(): Promise<void> {
    for (const [host, rules] of this.rules)
      if (/ --mode nth | -m limit /.test(rules)) await this.lab!.loadRules(host, rules);
  }

  close(): void {
    this.lab?.close();
    this.lab = undefined;
    this.rules.clear();
  }
}
