/**
 * A topology as a picture: hosts with their addresses, links with their delays, for Graphviz and Mermaid.
 */
import { formatDuration } from '../../core/time.ts';
import type { Topology, TopologyHost, TopologyLink } from '../../net/view/topology.ts';

export function topologyDot({ hosts, links }: Topology): string {
  const lines = hosts.map(
    (host) => `  ${JSON.stringify(host.name)} [label=${JSON.stringify(labelOf(host).join('\n'))}];`,
  );
  for (const link of links) {
    const label = JSON.stringify(linkLabel(link));
    const ends = link.ends.map(({ host }) => JSON.stringify(host));
    if (link.kind === 'veth') {
      lines.push(`  ${ends.join(' -- ')} [label=${label}];`);
      continue;
    }
    const name = JSON.stringify(`segment ${link.name}`);
    lines.push(`  ${name} [shape=ellipse, label=${label}];`, ...ends.map((end) => `  ${end} -- ${name};`));
  }
  return `graph network {\n  node [shape=box];\n${lines.join('\n')}\n}\n`;
}

export function topologyMermaid({ hosts, links }: Topology): string {
  const ids = new Map(hosts.map(({ name }, i) => [name, `h${i}`]));
  const lines = hosts.map((host) => `  ${ids.get(host.name)}["${labelOf(host).join('<br/>')}"]`);
  for (const [i, link] of links.entries()) {
    const ends = link.ends.map(({ host }) => ids.get(host)!);
    if (link.kind === 'veth') {
      lines.push(`  ${ends[0]} ---|"${linkLabel(link)}"| ${ends[1]}`);
      continue;
    }
    lines.push(`  l${i}(("${linkLabel(link)}"))`, ...ends.map((end) => `  ${end} --- l${i}`));
  }
  return `graph LR\n${lines.join('\n')}\n`;
}

/** Its name, and its addresses but those of the loopback device. */
function labelOf({ name, interfaces }: TopologyHost): string[] {
  const addresses = interfaces
    .filter(({ kind }) => kind !== 'loopback')
    .flatMap((device) => device.addresses.map(({ address }) => `${device.name} ${address}`));
  return [name, ...addresses];
}

function linkLabel({ name, kind, delayNs }: TopologyLink): string {
  return kind === 'segment' ? `${name} ${formatDuration(delayNs)}` : formatDuration(delayNs);
}
