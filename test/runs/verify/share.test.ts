/**
 * What the kernel draws and what the model draws are the same shares.
 * @evidence kernel: Shares of endpoints that `statistic` draws
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { curlRequest, requestText } from '../../../net/http.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { buildableTopology } from '../../../runs/verify/kernel-network.ts';
import { openLab } from '../../../runs/verify/lab.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import { networkAt } from '../../../runs/verify/verify.ts';

/** Three pods behind one service on one node; rules of thirds, as kube-proxy writes them. */
const TEXT = `
apiVersion: apps/v1
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
spec: { clusterIP: 10.96.0.10, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: shares }
spec: { until: 10s, nodes: 1 }
`;

/** Connections that are opened, on each side. */
const FLOWS = 480;
const AT_ONCE = 60;
/** Two comparisons with two degrees of freedom share an error of 1e-6: -2 ln(5e-7). */
const LIMIT = 29.02;

function chiSquare(counts: readonly number[]): number {
  const mean = FLOWS / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

const test = suite('verify: shares');
const missing = missingRequirements();
const scenario = readScenario([{ name: 'shares.yaml', text: TEXT }], {
  open: (name) => {
    throw new Error(`Nothing is beside: ${name}`);
  },
});
if (missing !== undefined) console.log(`SKIP shares on the kernel: ${missing}`);
else {
  test('a rule set of thirds gives each endpoint a third, on the kernel as in the model', async () => {
    const { model } = networkAt(scenario, 10e9);
    const lab = await openLab(buildableTopology(model.net));
    let kernel: number[];
    try {
      const payload = requestText(curlRequest('web', 80));
      const to = { from: 'node1', protocol: 'tcp', to: '10.96.0.10', port: 80, payload, timeoutMs: 10_000 } as const;
      for (let sent = 0; sent < FLOWS; sent += AT_ONCE) {
        const results = await Promise.all(Array.from({ length: AT_ONCE }, () => lab.send(to)));
        assert.ok(results.every(({ outcome }) => outcome === 'answered'));
      }
      const { rules } = await lab.read('node1');
      kernel = rules.filter(({ rule }) => /^-A KUBE-SEP-.* -j DNAT .*:80$/.test(rule)).map(({ packets }) => packets);
    } finally {
      lab.close();
    }
    assert.is(kernel.length, 3);
    assert.is(
      kernel.reduce((sum, count) => sum + count),
      FLOWS,
    );
    assert.ok(chiSquare(kernel) < LIMIT, `kernel: ${kernel}`);

    const text = requestText(curlRequest('web', 80));
    const flow = { name: '', atNs: 0, from: 'node1', protocol: 'tcp', to: '10.96.0.10', port: 80, text } as const;
    const sized = { ...flow, requestBytes: text.length, responseBytes: -1, cell: '', isProbe: true };
    const seen = new Map<string, number>();
    for (let sent = 0; sent < FLOWS; sent++) {
      const { server } = model.predict(sized, 1_000);
      seen.set(server, (seen.get(server) ?? 0) + 1);
    }
    assert.is(seen.size, 3);
    assert.ok(chiSquare([...seen.values()]) < LIMIT, `model: ${[...seen.values()]}`);
  });
}

test.run();
