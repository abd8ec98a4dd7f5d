/**
 * What every cluster has before anybody applies anything: its namespaces, the Service of the API server, and the Node
 * objects that the machines register.
 */
import type { Manifest } from '../../controllers/object/manifest.ts';
import { impliedNamespaces, SYSTEM_NAMESPACES } from '../scenario/implied-namespace.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { dnsService, hasClusterDns } from './cluster-dns.ts';
import { apiServiceManifests } from './kubernetes-service.ts';
import { hasNodeCaches, upstreamService } from './node-cache.ts';
import { nodePodCIDR } from './world.ts';

export function nodeManifests(scenario: Scenario): Manifest[] {
  const names = [...SYSTEM_NAMESPACES, ...impliedNamespaces(scenario.objects, scenario.timeline)];
  const namespaces = names.map((name): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
  const nodes = scenario.nodes.map((node, index) => nodeManifest(scenario, node, index));
  const dns = hasClusterDns(scenario)
    ? [dnsService(scenario), ...(hasNodeCaches(scenario) ? [upstreamService()] : [])]
    : [];
  return [...namespaces, ...apiServiceManifests(scenario), ...dns, ...nodes];
}

function nodeManifest(scenario: Scenario, node: Scenario['nodes'][number], index: number): Manifest {
  const { kubernetesVersion } = scenario.kubernetes.profile;
  const podCIDR = nodePodCIDR(scenario, index);
  const zone = node.zone === undefined ? {} : { 'topology.kubernetes.io/zone': node.zone };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': 'linux',
        ...zone,
        ...node.labels,
      },
    },
    spec: { podCIDR, podCIDRs: [podCIDR], ...(node.taints.length === 0 ? {} : { taints: node.taints }) },
    status: {
      addresses: [
        { type: 'InternalIP', address: node.ips[0]!.address },
        { type: 'Hostname', address: node.name },
      ],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
      ],
      nodeInfo: { kubeletVersion: `v${kubernetesVersion}` },
      capacity: { cpu: node.cpu ?? '4', pods: '110' },
      allocatable: { cpu: node.cpu ?? '4', pods: '110' },
    },
  };
}
