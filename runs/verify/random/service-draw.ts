/**
 * Draws services: types, ports of their own, named ports, policies, external addresses, endpoints that no pod has.
 */
import type { Chance } from './chance.ts';
import {
  CLOSED_PORT,
  POD_PORT,
  type RandomHost,
  type RandomNode,
  type RandomService,
  type RandomServicePort,
} from './cluster.ts';

const APPS_ASKED = ['web', 'web', 'api', 'api', 'store', 'nobody'] as const;
const POLICIES = ['Cluster', 'Local'] as const;
const FIRST_NODE_PORT = 30_080;
/** Three hours, the default: how long flows really take makes no difference. */
const AFFINITY_SECONDS = 10_800;

interface Around {
  readonly nodes: readonly RandomNode[];
  readonly hosts: readonly RandomHost[];
  readonly profile: '1.16' | 'current';
}

export function drawServices(chance: Chance, around: Around): RandomService[] {
  return Array.from({ length: chance.between(1, 4) }, (_, i) => drawService(chance, i, around));
}

function drawService(chance: Chance, index: number, { nodes, hosts, profile }: Around): RandomService {
  const type = chance.of(['ClusterIP', 'NodePort', 'NodePort', 'NodePort', 'LoadBalancer'] as const);
  const byHand = chance.happens(0.15);
  const ports = drawPorts(chance, type === 'ClusterIP' ? undefined : FIRST_NODE_PORT + 10 * index);
  const externalIPs = chance.happens(0.3) ? [drawExternalIp(chance, nodes, hosts)] : [];
  const isExternal = type !== 'ClusterIP' || (profile === 'current' && externalIPs.length > 0);
  return {
    name: `svc-${index + 1}`,
    type,
    clusterIP: `10.96.0.${20 + index}`,
    ...(byHand ? {} : { app: chance.of(APPS_ASKED) }),
    ports,
    externalIPs,
    ...(profile === 'current' && chance.happens(0.4) ? { internalTrafficPolicy: chance.of(POLICIES) } : {}),
    ...(isExternal && chance.happens(0.5) ? { externalTrafficPolicy: chance.of(POLICIES) } : {}),
    publishNotReadyAddresses: chance.happens(0.1),
    affinitySeconds: chance.happens(0.2) ? AFFINITY_SECONDS : 0,
    endpoints: byHand ? drawEndpoints(chance, nodes, hosts, ports.length) : [],
  };
}

/** One port or two; the second speaks another protocol, or leads where nobody listens. */
function drawPorts(chance: Chance, nodePort: number | undefined): RandomServicePort[] {
  const first = chance.happens(0.75)
    ? { name: 'http', protocol: 'TCP' as const, targetPort: chance.of([POD_PORT.http, 'http', POD_PORT.http, 'echo']) }
    : { name: 'dns', protocol: 'UDP' as const, targetPort: chance.of([POD_PORT.dns, 'dns']) };
  const ports = [{ ...first, port: chance.of([80, 80, 8080, 53, 443, 7000]), ...at(nodePort) }];
  if (!chance.happens(0.4)) return ports;
  const second =
    first.protocol === 'TCP' && chance.happens(0.6)
      ? {
          name: 'more',
          protocol: 'UDP' as const,
          targetPort: chance.of<string | number>(['dns', POD_PORT.dns, CLOSED_PORT]),
        }
      : {
          name: 'more',
          protocol: 'TCP' as const,
          targetPort: chance.of<string | number>(['echo', POD_PORT.echo, CLOSED_PORT]),
        };
  // The same number over the other protocol is another port.
  const isShared = second.protocol !== first.protocol && chance.happens(0.5);
  const port = isShared ? ports[0]!.port : 9000;
  return [...ports, { ...second, port, ...at(nodePort === undefined || isShared ? nodePort : nodePort + 1) }];
}

function at(nodePort: number | undefined): { nodePort?: number } {
  return nodePort === undefined ? {} : { nodePort };
}

/** One that nobody has, that of a node, or that of a machine outside, which the service then hides. */
function drawExternalIp(chance: Chance, nodes: readonly RandomNode[], hosts: readonly RandomHost[]): string {
  const kind = chance.between(0, 3);
  if (kind === 0) return chance.of(nodes).ip;
  if (kind === 1) return chance.of(hosts).ip;
  return `203.0.113.${50 + chance.between(0, 3)}`;
}

function drawEndpoints(
  chance: Chance,
  nodes: readonly RandomNode[],
  hosts: readonly RandomHost[],
  ports: number,
): RandomService['endpoints'] {
  // Nobody's address stands alone: how long its flows are waited for must not hang on a draw.
  const count = chance.between(0, 3);
  const isDead = count === 3;
  return Array.from({ length: isDead ? 1 : count }, (_, i) => {
    const ip = isDead ? '198.51.100.99' : i === 0 ? chance.of(hosts).ip : chance.of([...hosts.slice(1), ...nodes]).ip;
    return { ip, ports: Array.from({ length: ports }, () => chance.of([80, 80, 5353, 6443, CLOSED_PORT])) };
  }).filter(({ ip }, i, all) => all.findIndex((other) => other.ip === ip) === i);
}
