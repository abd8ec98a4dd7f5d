/**
 * A few objects as an API server would list them, seen an hour after their creation.
 */
import type { KubeObject } from '../../../controllers/object/kind.ts';
import { ObjectStore } from '../../../controllers/store.ts';
import { parseTimestamp } from '../../../controllers/timestamp.ts';
import type { ClusterView } from '../../../runs/kubectl/cluster-view.ts';
import { kubectl } from '../../../runs/kubectl/kubectl.ts';
import { isPlan, type PlannedWrite, resultOf, type WriteReply } from '../../../runs/kubectl/write-plan.ts';

const CREATED = '2026-11-23T03:00:00Z';

const meta = (name: string, more: object = {}): object => ({
  name,
  namespace: 'default',
  uid: `u-${name}`,
  resourceVersion: '5',
  creationTimestamp: CREATED,
  ...more,
});

const template = (labels: object = {}): object => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: {
    containers: [
      {
        name: 'nginx',
        image: 'nginx:1.27',
        command: ['sh', '-c', 'x'],
        args: ['a', 'b'],
        ports: [
          { containerPort: 80, protocol: 'TCP' },
          { containerPort: 9, protocol: 'UDP', name: 'x', hostPort: 99 },
        ],
        env: [{ name: 'A', value: 'b' }],
        resources: { limits: { cpu: '1' }, requests: { cpu: '250m', memory: '64Mi' } },
        livenessProbe: {
          tcpSocket: { port: 'x' },
          initialDelaySeconds: 3,
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        readinessProbe: {
          httpGet: { path: '/', port: 80, scheme: 'HTTP' },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
      },
    ],
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
  },
});

const owner = (kind: string, name: string): object => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid: `u-${name}`,
  controller: true,
});

const pod = (name: string, ip: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta(name, {
    labels: { app: 'web', 'pod-template-hash': 'abc' },
    annotations: { a: 'b', c: 'd' },
    ownerReferences: [owner('ReplicaSet', 'web-abc')],
  }),
  spec: {
    ...(template() as { spec: object }).spec,
    nodeName: 'node1',
    serviceAccountName: 'default',
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
  },
  status: {
    phase: 'Running',
    podIP: ip,
    podIPs: [{ ip }],
    hostIP: '10.0.2.15',
    qosClass: 'Burstable',
    startTime: CREATED,
    conditions: [
      { type: 'PodReadyToStartContainers', status: 'True', lastTransitionTime: CREATED },
      { type: 'Ready', status: 'True', lastTransitionTime: CREATED },
    ],
    containerStatuses: [
      {
        name: 'nginx',
        image: 'nginx:1.27',
        ready: true,
        started: true,
        restartCount: 2,
        state: { running: { startedAt: CREATED } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: CREATED, finishedAt: CREATED } },
      },
    ],
  },
});

const service = (name: string, spec: object, more: object = {}, status: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name, more),
  spec: { sessionAffinity: 'None', ...spec },
  status: { loadBalancer: {}, ...status },
});

const OBJECTS: readonly object[] = [
  pod('web-abc-1', '10.244.0.2'),
  pod('web-abc-2', '10.244.0.3'),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta('bare'),
    spec: { containers: [{ name: 'c', image: 'busybox' }], restartPolicy: 'Always' },
    status: {
      phase: 'Pending',
      qosClass: 'BestEffort',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no' }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('web', {
      labels: { app: 'web' },
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      generation: 1,
    }),
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: template(),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: {
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
      ],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta('web-abc', {
      labels: { app: 'web', 'pod-template-hash': 'abc' },
      ownerReferences: [owner('Deployment', 'web')],
    }),
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': 'abc' } },
      template: template({ 'pod-template-hash': 'abc' }),
    },
    status: { replicas: 2, readyReplicas: 2 },
  },
  service(
    'web',
    {
      type: 'NodePort',
      clusterIP: '10.96.0.7',
      clusterIPs: ['10.96.0.7'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      selector: { app: 'web' },
      ports: [
        { port: 80, protocol: 'TCP', targetPort: 80, nodePort: 30001 },
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'x', nodePort: 30002 },
      ],
      externalTrafficPolicy: 'Cluster',
      internalTrafficPolicy: 'Cluster',
    },
    { labels: { app: 'web' } },
  ),
  service(
    'lb',
    {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.8',
      clusterIPs: ['10.96.0.8'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: '5678-8080', port: 5678, protocol: 'TCP', targetPort: 8080, nodePort: 30005 }],
      sessionAffinity: 'ClientIP',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 31111,
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      externalIPs: ['192.0.2.4'],
      loadBalancerIP: '203.0.113.8',
    },
    { annotations: { x: 'y' } },
    { loadBalancer: { ingress: [{ ip: '203.0.113.9', ipMode: 'VIP' }] } },
  ),
  service('ext', { type: 'ExternalName', externalName: 'www.example.com' }),
  service('headless', { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'], selector: { app: 'none' } }),
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: meta('web', { labels: { app: 'web' } }),
    subsets: [
      {
        addresses: [{ ip: '10.244.0.2', nodeName: 'node1' }, { ip: '10.244.0.3' }],
        notReadyAddresses: [{ ip: '10.244.0.4' }],
        ports: [
          { port: 80, protocol: 'TCP' },
          { name: 'dns', port: 9, protocol: 'UDP' },
        ],
      },
    ],
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: meta('web-x1', { labels: { 'kubernetes.io/service-name': 'web' } }),
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.244.0.2'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'node1',
        targetRef: { kind: 'Pod', name: 'web-abc-1', namespace: 'default' },
        zone: 'a',
      },
      { addresses: ['10.244.0.3'], conditions: { ready: true } },
      { addresses: ['10.244.0.4'], conditions: { ready: false } },
    ],
    ports: [
      { name: '', port: 80, protocol: 'TCP' },
      { name: 'dns', port: 9, protocol: 'UDP' },
    ],
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'node1',
      uid: 'u-node1',
      creationTimestamp: CREATED,
      labels: { 'kubernetes.io/hostname': 'node1', 'node-role.kubernetes.io/control-plane': '' },
    },
    spec: {
      podCIDR: '10.244.0.0/24',
      podCIDRs: ['10.244.0.0/24'],
      taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: '10.0.2.15' },
        { type: 'Hostname', address: 'node1' },
      ],
      capacity: { cpu: '2', memory: '2Gi', pods: '110' },
      allocatable: { cpu: '2', memory: '2Gi', pods: '110' },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'ok',
          lastHeartbeatTime: CREATED,
          lastTransitionTime: CREATED,
        },
      ],
      nodeInfo: { kubeletVersion: 'v1.33.0', osImage: 'Debian', kernelVersion: '6.1', operatingSystem: 'linux' },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default', labels: { 'kubernetes.io/metadata.name': 'default' }, creationTimestamp: CREATED },
    spec: {},
    status: { phase: 'Active' },
  },
];

const START = parseTimestamp(CREATED)!;

/** @param minor release of the API server */
export function sampleView(minor = 32): ClusterView {
  const store = new ObjectStore();
  for (const [i, object] of OBJECTS.entries()) store.write(i + 1, 0, 0, object as KubeObject, false);
  const note = { namespace: 'default', firstAt: 0, lastAt: 0, count: 1, type: 'Normal' } as const;
  const notes = [
    { ...note, kind: 'Pod', name: 'web-abc-1', source: 'scheduler', reason: 'Scheduled', message: 'Assigned ' },
    {
      ...note,
      kind: 'Pod',
      name: 'web-abc-1',
      source: 'kubelet@node1',
      reason: 'Started',
      message: 'Started',
      lastAt: 6e11,
      count: 3,
    },
  ];
  return {
    view: store.view(),
    config: { startSeconds: START, minor } as ClusterView['config'],
    notes: {
      about: (kind, _namespace, name) => notes.filter((one) => one.kind === kind && one.name === name),
      list: () => notes,
    },
    nowSeconds: START + 3600,
  };
}

/** Standard output of a command line that only reads, with blanks between its words. */
export function read(line: string, minor?: number): string {
  const planned = kubectl(sampleView(minor), line.split(' '));
  if (isPlan(planned)) throw new Error(`${line} writes`);
  return planned.stdout;
}

/** Both outputs and the exit code; what is asked of the API server is answered by `reply`. */
export function typed(
  line: string,
  reply: WriteReply = { result: 'changed' },
): { stdout: string; stderr: string; exitCode: number; writes: readonly PlannedWrite[] } {
  const planned = kubectl(sampleView(), line.split(' '));
  if (!isPlan(planned)) return { ...planned, writes: [] };
  return {
    ...resultOf(
      planned,
      planned.steps.map(() => reply),
    ),
    writes: planned.steps.map(({ write }) => write),
  };
}
