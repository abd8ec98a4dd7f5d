/**
 * How often each rule is looked at: probes in text, and what the kernel counts against what the model examines.
 * @evidence kernel: How often each rule is looked at
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readScenario } from '../../../runs/scenario/read.ts';
import { buildableTopology, KernelNetwork } from '../../../runs/verify/kernel-network.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import { parseRuleCounters } from '../../../runs/verify/rule-counters.ts';
import { splitProbes, withoutProbes, withProbes } from '../../../runs/verify/rule-probe.ts';
import { difference, type Story } from '../../../runs/verify/story.ts';
import { networkAt, verifyScenarios } from '../../../runs/verify/verify.ts';

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const RULES = `*filter
:INPUT ACCEPT [0:0]
:OWN - [0:0]
-A INPUT -j OWN
-A INPUT -p tcp -j ACCEPT
-A OWN
COMMIT
`;

/** One pod behind a service among `services`, and one that asks it by name of its address. */
function text(services: number): string {
  const others = Array.from(
    { length: services - 1 },
    (_, i) => `apiVersion: v1
kind: Service
metadata: { name: other-${i} }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
`,
  );
  return `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { nodeName: node1, containers: [{ name: web, image: mirror, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: node1, containers: [{ name: curl, image: curl }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.200.1, selector: { app: web }, ports: [{ port: 80 }] }
---
${others.join('')}apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: reached }
spec:
  until: 40s
  nodes: 1
  traffic: [{ at: 30s, from: pod/client, to: "http://10.96.200.1/" }]
`;
}

function scenario(services: number) {
  return readScenario([{ name: 'reached.yaml', text: text(services) }], {
    open: (name) => {
      throw new Error(`Nothing is beside: ${name}`);
    },
  });
}

const test = suite('verify: reached');

test('withProbes() puts a probe before each rule, and withoutProbes() takes them out', () => {
  const probed = withProbes(RULES);
  assert.is(probed.match(/^-A/gm)?.length, 6);
  assert.is(withoutProbes(probed), RULES);
});

test('splitProbes() tells rules at their own places and how often each was reached', () => {
  const counted = withProbes(RULES).replace(/^-A/gm, '[3:180] -A');
  const { rules, reached } = splitProbes(parseRuleCounters(counted));
  const plain = parseRuleCounters(RULES);
  assert.equal(
    rules.map(({ rule, number }) => [rule, number]),
    plain.map(({ rule, number }) => [rule, number]),
  );
  assert.equal(
    reached.map(({ rule, packets }) => [rule, packets]),
    [
      ['-A INPUT -j OWN', 3],
      ['-A INPUT -p tcp -j ACCEPT', 3],
      ['-A OWN', 3],
    ],
  );
});

const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP how often the kernel looks at rules: ${missing}`);
else {
  test('difference() finds a rule that was looked at once more than the model says', async () => {
    const one = scenario(2);
    const { model } = networkAt(one, 30e9);
    const kernel = new KernelNetwork({ probed: true });
    try {
      await kernel.follow(buildableTopology(model.net));
      const flow = {
        name: 'once',
        atNs: 30e9,
        from: 'default/client',
        protocol: 'tcp',
        to: '10.96.200.1',
        port: 80,
        text: GET,
        requestBytes: GET.length,
        responseBytes: -1,
        cell: '',
        isProbe: true,
      } as const;
      const patience = { timeoutMs: 2000, settleMs: 0 };
      const { story, startedAtMs } = await kernel.observe(flow, patience);
      const told = model.observe(flow, patience, story, startedAtMs);
      assert.equal(difference(told, story), []);
      const passed = story.reached!.filter(
        ({ table, chain, number }) =>
          !story.rules.some((hit) => hit.table === table && hit.chain === chain && hit.number === number),
      );
      assert.ok(passed.length > 0, 'some rules are looked at and do not match');
      const [first, ...others] = told.reached!;
      const altered: Story = { ...told, reached: [{ ...first!, packets: first!.packets + 1 }, ...others] };
      assert.is(difference(altered, story).length, 2);
    } finally {
      kernel.close();
    }
  });

  const services = process.env.KUBEHOP_FULL === '1' ? 1000 : 60;
  test(`verifyScenarios() agrees on every rule that is looked at among ${services} services`, async () => {
    const { flows, differences } = await verifyScenarios([scenario(services)], { probes: false, reached: true });
    assert.is(flows, 1);
    assert.equal(differences, []);
  });
}

test.run();
