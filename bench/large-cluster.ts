/**
 * A scenario of any size, up to the limits that Kubernetes itself is tested to: so many nodes, pods and services. One
 * service of at most 100 pods, `web`, loses half of its pods and regains them; then connections come to it from outside.
 * @see https://kubernetes.io/docs/setup/best-practices/cluster-large/
 */

export interface LargeClusterOptions {
  /** 1-5,000 */
  readonly nodes: number;
  /** At most 110 a node. */
  readonly pods: number;
  /** At least 1, at most as many as there are pods: each has a Deployment of its own. */
  readonly services: number;
  /** From outside, each of one request. */
  readonly connections: number;
}

/** Pods of the service that is asked, where there are so many. */
const WEB_PODS = 100;
/** Connections a second of one client, and of one client in all: each keeps a port for a minute. */
const RATE = 2_000;
const MOST_CONNECTIONS = 20_000;
const SECONDS = { settled: 40, regained: 55, asked: 70, end: 90 } as const;

/**
 * A list of manifests and the scenario, as JSON with one item a line: that is YAML too, and it is read the fast way.
 * @returns text of a file for `kubehop run`
 */
export function largeCluster({ nodes, pods, services, connections }: LargeClusterOptions): string {
  const web = Math.min(WEB_PODS, Math.max(1, pods - (services - 1)));
  const items: object[] = [...workload('web', web, { type: 'NodePort' })];
  const others = services - 1;
  for (let i = 0; i < others; i++) {
    const replicas = Math.floor(((i + 1) * (pods - web)) / others) - Math.floor((i * (pods - web)) / others);
    items.push(...workload(`app${i + 1}`, replicas, { type: 'ClusterIP' }));
  }
  items.push(scenario({ nodes, pods, services, connections }, web));
  return `{"apiVersion":"v1","kind":"List","items":[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]}\n`;
}

function workload(app: string, replicas: number, { type }: { readonly type: string }): object[] {
  const labels = { app };
  const containers = [{ name: app, image: 'nginx', ports: [{ containerPort: 80 }] }];
  const nodePort = type === 'NodePort' ? { nodePort: 30080 } : {};
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: app },
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: app },
      spec: { type, selector: labels, ports: [{ port: 80, ...nodePort }] },
    },
  ];
}

function scenario({ nodes, pods, services, connections }: LargeClusterOptions, web: number): object {
  const at = (seconds: number) => `${seconds}s`;
  const clients = Array.from({ length: Math.ceil(connections / MOST_CONNECTIONS) }, (_, i) => ({
    name: `client${i + 1}`,
    ip: `198.51.100.${i + 7}`,
    requests: Math.min(MOST_CONNECTIONS, connections - i * MOST_CONNECTIONS),
  }));
  return {
    apiVersion: 'kubehop.dev/v1alpha1',
    kind: 'Scenario',
    metadata: { name: `large-${nodes}-${pods}-${services}` },
    spec: {
      until: at(SECONDS.end),
      // A /24 for each of 5,000 nodes.
      kubernetes: { podCIDR: '10.128.0.0/11' },
      nodes,
      hosts: clients.map(({ name, ip }) => ({ name, ip })),
      timeline: [
        { at: at(SECONDS.settled), kubectl: `scale deployment/web --replicas=${Math.ceil(web / 2)}` },
        { at: at(SECONDS.regained), kubectl: `scale deployment/web --replicas=${web}` },
      ],
      traffic: clients.map(({ name, requests }) => ({
        name,
        at: at(SECONDS.asked),
        from: `host/${name}`,
        to: 'http://node/node1:30080/',
        requests,
        rate: `${RATE}/s`,
      })),
      expect: clients.map(({ name }) => ({ traffic: name, answered: 1 })),
    },
  };
}
