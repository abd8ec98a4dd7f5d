/**
 * The control plane's parts as kubeadm sets them up: static pods of the first node, with the flags that bear on the
 * network. Those about certificates and keys are left out, and so are volumes and probes, which go over TLS.
 * @see kubernetes cmd/kubeadm/app/phases/controlplane/manifests.go, cmd/kubeadm/app/phases/etcd/local.go
 */
import { staticName } from '../../controllers/kubelet/static-pod.ts';
import type { Manifest } from '../../controllers/object/manifest.ts';
import type { Scenario } from '../scenario/scenario.ts';

export const SYSTEM_NAMESPACE = 'kube-system';
/** Node ports where nobody says otherwise: then kubeadm writes no flag. */
const NODE_PORTS = '30000-32767';
/** Images moved to a registry of the community's in this release. */
const OWN_REGISTRY_MINOR = 25;
/** Static pods are critical to their node since this release, to the cluster before. */
const NODE_CRITICAL_MINOR = 17;
/** The etcd that kubeadm of a release brings. @see kubernetes cmd/kubeadm/app/constants/constants.go */
const ETCD_TAGS: Readonly<Record<number, string>> = {
  16: '3.3.15-0',
  20: '3.4.13-0',
  28: '3.5.9-0',
  29: '3.5.10-0',
  30: '3.5.12-0',
  31: '3.5.15-0',
  32: '3.5.16-0',
  33: '3.5.21-0',
  34: '3.6.4-0',
};

/** Whether the scenario brings an object of kube-system itself, as one that was exported from a cluster does. */
export function isGiven({ objects }: Pick<Scenario, 'objects'>, kind: string, name: string): boolean {
  return objects.some(({ object }) => {
    const metadata = object.metadata as { readonly name?: unknown; readonly namespace?: unknown };
    return object.kind === kind && metadata.name === name && metadata.namespace === SYSTEM_NAMESPACE;
  });
}

/** `registry.k8s.io/kube-proxy:v1.33.0` */
export function systemImage({ kubernetes: { profile } }: Scenario, name: string): string {
  const registry = profile.minor < OWN_REGISTRY_MINOR ? 'k8s.gcr.io' : 'registry.k8s.io';
  const tag = name === 'etcd' ? (ETCD_TAGS[profile.minor] ?? ETCD_TAGS[34]) : `v${profile.kubernetesVersion}`;
  return `${registry}/${name}:${tag}`;
}

/** The manifests in the first node's folder, by their names and in order; none where there are no nodes. */
export function controlPlaneManifests(scenario: Scenario): readonly Manifest[] {
  const [node] = scenario.nodes;
  const ip = node?.ips[0]?.address;
  if (node === undefined || ip === undefined) return [];
  const { kubernetes } = scenario;
  const { first, last } = kubernetes.nodePortRange;
  const range = `${first}-${last}`;
  const services = `--service-cluster-ip-range=${kubernetes.serviceCIDRs.join(',')}`;
  const all = [
    staticPod(scenario, 'etcd', '100m', [
      `--advertise-client-urls=https://${ip}:2379`,
      '--data-dir=/var/lib/etcd',
      `--initial-advertise-peer-urls=https://${ip}:2380`,
      `--initial-cluster=${node.name}=https://${ip}:2380`,
      `--listen-client-urls=https://127.0.0.1:2379,https://${ip}:2379`,
      '--listen-metrics-urls=http://127.0.0.1:2381',
      `--listen-peer-urls=https://${ip}:2380`,
      `--name=${node.name}`,
    ]),
    staticPod(scenario, 'kube-apiserver', '250m', [
      `--advertise-address=${ip}`,
      '--allow-privileged=true',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--enable-bootstrap-token-auth=true',
      '--etcd-servers=https://127.0.0.1:2379',
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      '--secure-port=6443',
      services,
      ...(range === NODE_PORTS ? [] : [`--service-node-port-range=${range}`]),
    ]),
    staticPod(scenario, 'kube-controller-manager', '200m', [
      '--allocate-node-cidrs=true',
      '--bind-address=127.0.0.1',
      `--cluster-cidr=${kubernetes.podCIDRs.join(',')}`,
      '--controllers=*,bootstrapsigner,tokencleaner',
      '--leader-elect=true',
      services,
    ]),
    staticPod(scenario, 'kube-scheduler', '100m', ['--bind-address=127.0.0.1', '--leader-elect=true']),
  ];
  return all.some((manifest) => isGiven(scenario, 'Pod', staticName(manifest, node.name))) ? [] : all;
}

function staticPod(scenario: Scenario, name: string, cpu: string, flags: readonly string[]): Manifest {
  const critical = scenario.kubernetes.profile.minor < NODE_CRITICAL_MINOR ? 'cluster' : 'node';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { component: name, tier: 'control-plane' }, name, namespace: SYSTEM_NAMESPACE },
    spec: {
      containers: [
        {
          command: [name, ...flags],
          image: systemImage(scenario, name),
          imagePullPolicy: 'IfNotPresent',
          name,
          resources: { requests: { cpu } },
        },
      ],
      hostNetwork: true,
      priorityClassName: `system-${critical}-critical`,
    },
  };
}
