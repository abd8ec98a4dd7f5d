/**
 * The run that is timed: client → node → node → pod and back, with DNAT, masquerade and connection tracking.
 */

export interface WholeRunOptions {
  /** Connections, each of one request. */
  readonly requests: number;
  /** Size of each request's body and of its answer's; a large one makes a long connection. */
  readonly size?: string;
  /** Requests a second; default 2,000. */
  readonly rate?: number;
  /** Services that nobody asks, beside the one that is asked. */
  readonly services?: number;
}

/** YAML of manifests and scenario. The pods run on the second node, so that each request goes through both. */
export function wholeRunScenario({ requests, size, rate = 2_000, services = 0 }: WholeRunOptions): string {
  const others = Array.from(
    { length: services },
    (_, i) => `apiVersion: v1
kind: Service
metadata: { name: s${i} }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
`,
  );
  return `${others.join('')}apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      nodeName: node2
      containers: [{ name: web, image: nginx, ports: [{ containerPort: 80 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, nodePort: 30080 }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: whole-run }
spec:
  until: ${Math.max(30, Math.ceil(requests / rate) + 11)}s
  hosts: [{ name: client, ip: 198.51.100.7 }]
  traffic:
    - name: outside
      at: 10s
      from: host/client
      to: "http://node/node1:30080/"
      requests: ${requests}
      rate: ${rate}/s
${size === undefined ? '' : `      size: ${size}\n`}`;
}
