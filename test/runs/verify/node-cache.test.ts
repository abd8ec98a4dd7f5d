/**
 * The cache of a node on this machine's kernel: its address and that of kube-dns are its own, and nothing tracks what is
 * asked there.
 * @evidence kernel: A node's own DNS address and its NOTRACK rules: who is reached, what is tracked, what rules count
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyTable } from '../../../runs/verify/report.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import { verifyFiles } from '../../../runs/verify/verify.ts';
import { scenarioFolder } from '../small-scenario.ts';

const TEXT = `apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: node1, containers: [{ name: c, image: busybox }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: node-cache }
spec:
  until: 30s
  nodes: 2
  kubernetes: { dns: nodelocal }
  traffic:
    - { name: by-its-address, at: 20s, from: pod/client, to: "udp://169.254.20.10:53", timeout: 1s }
    - { name: by-the-service, at: 20s, from: pod/client, to: "tcp://10.96.0.10:53" }
    - { name: from-the-node, at: 20s, from: node/node1, to: "tcp://169.254.20.10:53" }
`;

const test = suite('verify: node cache');
const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP a node's cache on the kernel: ${missing}`);
else
  test('verifyFiles() finds no difference where nodes answer for kube-dns', async () => {
    const stage = scenarioFolder(TEXT);
    try {
      const result = await verifyFiles([stage.path], { probes: false });
      assert.ok(result.flows >= 3, `${result.flows}`);
      assert.equal(result.differences, [], verifyTable(result, [stage.path]));
    } finally {
      stage.remove();
    }
  });

test.run();
