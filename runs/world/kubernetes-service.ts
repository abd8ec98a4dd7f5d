/**
 * The Service by which pods find the API server. The server makes it itself, before anything else, with the first
 * address of the range and without a selector; its endpoints are the machines of the control plane: here the first node.
 * @see kubernetes pkg/controlplane/controller/kubernetesservice
 */
import { SERVICE_NAME_LABEL } from '../../controllers/object/endpoint-slice.ts';
import type { Manifest } from '../../controllers/object/manifest.ts';
import { formatWords, parsePrefix } from '../../net/address.ts';
import type { Scenario } from '../scenario/scenario.ts';

/** Where the API server listens on its machine. */
export const API_SERVER_PORT = 6443;

const NAME = 'kubernetes';
const NAMESPACE = 'default';
const PORT_NAME = 'https';

/** The Service and its endpoints; none where the scenario brings a Service of that name itself. */
export function kubernetesServiceManifests({ objects, kubernetes, nodes }: Scenario): Manifest[] {
  const isGiven = objects.some(({ object: { kind, metadata } }) => {
    const { name, namespace = NAMESPACE } = metadata as { readonly name?: unknown; readonly namespace?: unknown };
    return kind === 'Service' && name === NAME && namespace === NAMESPACE;
  });
  const machine = nodes[0]?.ips[0]?.address;
  if (isGiven || machine === undefined) return [];
  const metadata = { name: NAME, namespace: NAMESPACE };
  const port = { name: PORT_NAME, port: API_SERVER_PORT, protocol: 'TCP' };
  const service: Manifest = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP: firstAddress(kubernetes.serviceCIDRs[0]!),
      ports: [{ name: PORT_NAME, port: 443, protocol: 'TCP', targetPort: API_SERVER_PORT }],
      type: 'ClusterIP',
    },
  };
  const endpoints: Manifest = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    subsets: [{ addresses: [{ ip: machine }], ports: [port] }],
  };
  if (kubernetes.profile.endpointsApi === 'endpoints') return [service, endpoints];
  const slice: Manifest = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { [SERVICE_NAME_LABEL]: NAME } },
    addressType: machine.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [machine], conditions: { ready: true } }],
    ports: [port],
  };
  return [service, endpoints, slice];
}

/** The address behind a range's own. */
function firstAddress(range: string): string {
  const { family, words } = parsePrefix(range)!;
  const last = family === 4 ? 0 : 3;
  return formatWords(family, words.map((word, i) => (i === last ? (word + 1) | 0 : word)) as unknown as typeof words);
}
