/**
 * A whole run seen from outside: the wall clock of the command, start-up included, with its ledger on disk.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface WholeRun {
  readonly name: string;
  readonly events: number;
  readonly packetHops: number;
  /** Of the process, from its start to its end. */
  readonly wallSeconds: number;
  readonly packetHopsPerSecond: number;
}

/** Client → node → node → pod and back with DNAT, masquerade and connection tracking; `requests` new connections. */
function scenario(requests: number): string {
  return `apiVersion: apps/v1
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
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: whole-run }
spec:
  until: 30s
  hosts: [{ name: client, ip: 198.51.100.7 }]
  traffic:
    - { name: outside, at: 10s, from: host/client, to: "http://node/node1:30080/", requests: ${requests}, rate: 2000/s }
`;
}

/** @param main the command's JavaScript file */
export function wholeRun(main: string, requests: number): WholeRun {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-bench-'));
  try {
    const file = join(folder, 'whole-run.yaml');
    writeFileSync(file, scenario(requests));
    const startedAt = performance.now();
    const child = spawnSync(process.execPath, [main, 'run', file, '--out', join(folder, 'out'), '-o', 'json'], {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    const wallSeconds = (performance.now() - startedAt) / 1000;
    if (child.status !== 0) throw new Error(`The run ended with ${child.status}: ${child.stderr}`);
    const { events, packetHops } = JSON.parse(child.stdout) as { events: number; packetHops: number };
    return {
      name: `${requests.toLocaleString('en')} new connections`,
      events,
      packetHops,
      wallSeconds,
      packetHopsPerSecond: packetHops / wallSeconds,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
