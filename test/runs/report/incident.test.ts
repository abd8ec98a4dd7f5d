/** What is told of ports that turned packets away. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { simulateText } from '../small-scenario.ts';

const test = suite('incident');

const scenario = (spec: string, entry: string): string => `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { containers: [{ name: web, image: nginx, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }]${spec} }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: curl, image: curl }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: ending }
spec:
  until: 12s
  nodes: 1
  timeline:
    - { at: 5s, fault: { component: "kube-proxy@node1", state: stopped } }
    - ${entry}
  traffic: [{ name: r, at: 10s, from: pod/client, to: "http://web/", requests: 20, rate: 400/s }]
`;

/** Kinds of what turned packets away on the pod, and of the findings. */
async function told(text: string): Promise<{ readonly refused: boolean; readonly kinds: readonly string[] }> {
  const { summary } = await simulateText(text);
  const refused = summary.drops.some(({ reason, host }) => reason === 'no-socket' && host === 'default/web');
  return { refused, kinds: summary.findings.map(({ kind }) => kind) };
}

test('incidents() blames no port for what a pod on its way out turned away', async () => {
  const { refused, kinds } = await told(scenario('', '{ at: 10s, kubectl: delete pod web }'));
  assert.ok(refused);
  assert.not.ok(kinds.includes('port-mismatch'), kinds.join(', '));
});

test('incidents() blames no port while a container waits to be started again', async () => {
  const crashes =
    '{ at: 9s, fault: { pod: web, state: crash } }\n    - { at: 9500ms, fault: { pod: web, state: crash } }';
  const { refused, kinds } = await told(scenario('', crashes));
  assert.ok(refused);
  assert.not.ok(kinds.includes('port-mismatch'), kinds.join(', '));
});

test('incidents() blames the port that nothing listens on in a pod that runs', async () => {
  const text = scenario('', '{ at: 11s, kubectl: get pods }').replace('{ port: 80 }', '{ port: 80, targetPort: 8080 }');
  const { refused, kinds } = await told(text);
  assert.ok(refused);
  assert.ok(kinds.includes('port-mismatch'), kinds.join(', '));
});

test.run();
