/**
 * The API server's care for the Service by which pods find it: whoever deletes `kubernetes` finds it again at once, at
 * the same address. Upstream the server itself looks every ten seconds; here it looks when something has changed.
 * @see kubernetes pkg/controlplane/controller/kubernetesservice
 */
import { formatWords, parsePrefix } from '../../net/address.ts';
import type { ClusterConfig } from '../config.ts';
import type { Controller, ReconcileContext, ReconcileResult } from '../controller.ts';
import { SKIP_MIRROR_LABEL } from '../endpoint-slice/mirroring-controller.ts';
import { SERVICE_NAME_LABEL } from '../object/endpoint-slice.ts';
import type { Manifest } from '../object/manifest.ts';
import { objectKey } from '../object-key.ts';
import type { ObjectView } from '../view.ts';
import type { Write } from '../write.ts';

/** Where the API server listens on its machine. */
export const API_SERVER_PORT = 6443;

const NAME = 'kubernetes';
const NAMESPACE = 'default';
const PORT_NAME = 'https';
const KEY = objectKey(NAMESPACE, NAME);

/**
 * The Service and its endpoints: the first address of the range, no selector, and the machines of the control plane,
 * here the first node.
 * @param withSlices whether the release keeps EndpointSlices
 */
export function kubernetesServiceManifests(serviceCidr: string, machine: string, withSlices: boolean): Manifest[] {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const port = { name: PORT_NAME, port: API_SERVER_PORT, protocol: 'TCP' };
  const service: Manifest = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP: firstAddress(serviceCidr),
      ports: [{ name: PORT_NAME, port: 443, protocol: 'TCP', targetPort: API_SERVER_PORT }],
      type: 'ClusterIP',
    },
  };
  const endpoints: Manifest = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...metadata, labels: { [SKIP_MIRROR_LABEL]: 'true' } },
    subsets: [{ addresses: [{ ip: machine }], ports: [port] }],
  };
  if (!withSlices) return [service, endpoints];
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

/** Nothing is brought back that never was: a cluster may run without that Service. */
function reconcile(_key: string, view: ObjectView, { config }: ReconcileContext): ReconcileResult {
  const writes = manifestsOf(config)
    .filter(({ kind }) => view.get(kind as 'Service' | 'Endpoints' | 'EndpointSlice', NAMESPACE, NAME) === undefined)
    .map((object): Write => ({ verb: 'create', object }));
  return { writes };
}

/** A slice has no owner here and outlives its Service. */
function manifestsOf({ serviceCIDRs, nodes }: ClusterConfig): readonly Manifest[] {
  const [cidr] = serviceCIDRs;
  const machine = nodes[0]?.ips[0];
  return cidr === undefined || machine === undefined ? [] : kubernetesServiceManifests(cidr, machine, false);
}

export const kubernetesServiceController: Controller = {
  kind: 'kubernetes-service',
  watches: ({ object, deleted }) =>
    deleted &&
    (object.kind === 'Service' || object.kind === 'Endpoints') &&
    object.metadata.name === NAME &&
    object.metadata.namespace === NAMESPACE,
  keysOf: () => [KEY],
  allKeys: () => [],
  reconcile,
};
