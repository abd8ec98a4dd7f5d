/**
 * A small scenario with a bit of everything, as a file in a folder of its own: two nodes, a service that answers, one
 * without endpoints, one with a wrong port, a firewall rule on the way, a caller outside.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulated, type SimulateOptions, simulate } from '../../runs/simulate.ts';

export const SMALL = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: nginx, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, nodePort: 30080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: empty }
spec: { selector: { app: nobody }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: wrong }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: curl, image: curl }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: small }
spec:
  seed: 7
  until: 24s
  nodes: 2
  hosts: [{ name: client, ip: 198.51.100.7 }]
  timeline:
    - { at: 12s, name: scale-up, kubectl: scale deployment/web --replicas=4 }
    - { at: 18s, on: node/node1, run: "iptables -I FORWARD -p tcp --dport 80 -j DROP" }
  traffic:
    - { name: inside, at: 10s, from: pod/client, to: "http://web/", requests: 30, rate: 10/s }
    - { name: outside, at: 10s, from: host/client, to: "http://node/node1:30080/", requests: 60, rate: 10/s }
    - { name: empty, at: 10s, from: pod/client, to: "http://empty/", requests: 3, rate: 10/s }
    - { name: wrong, at: 10s, from: pod/client, to: "http://wrong/", requests: 3, rate: 10/s }
    - { name: dark, at: 19s, from: host/client, to: "http://node/node1:30080/", requests: 3, rate: 10/s, timeout: 2s }
    - { name: late, at: 23999970us, from: pod/client, to: "http://web/" }
`;

export interface ScenarioFolder {
  readonly folder: string;
  /** The scenario's file. */
  readonly path: string;
  /** Where runs go. */
  readonly out: string;
  remove(): void;
}

/** @param text of the scenario */
export function scenarioFolder(text = SMALL): ScenarioFolder {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-test-'));
  const path = join(folder, 'small.yaml');
  writeFileSync(path, text);
  return { folder, path, out: join(folder, 'out'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Simulates a scenario's text to its end, by way of a file that is gone afterwards. */
export async function simulateText(text: string, options?: SimulateOptions): Promise<Simulated> {
  const place = scenarioFolder(text);
  try {
    return await simulate(place.path, options);
  } finally {
    place.remove();
  }
}
