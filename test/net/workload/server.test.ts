/** Who a server answers, and with what. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NetEventKind } from '../../../net/event.ts';
import { simulateText } from '../../runs/small-scenario.ts';

const test = suite('server');

const ONE_PORT = `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: one-port }
spec:
  nodes: 1
  hosts:
    - { name: client, ip: 198.51.100.7 }
    - { name: site, ip: 198.51.100.80, serves: [{ port: 9000, protocol: UDP }] }
  traffic:
    - { name: small, at: 10s, from: host/client, to: "udp://198.51.100.80:9000", sourcePort: 5000, size: 100 }
    - { name: large, at: 11s, from: host/client, to: "udp://198.51.100.80:9000", sourcePort: 5000, size: 1000 }
    - { name: plain, at: 12s, from: host/client, to: "udp://198.51.100.80:9000", sourcePort: 5000 }
`;

test('a datagram server answers whom it heard last, though the port is the same', async () => {
  const answers: [flow: number, bytes: number][] = [];
  await simulateText(ONE_PORT, {
    observe: ({ events }) =>
      events.subscribe((event) => {
        if (event.kind === NetEventKind.RequestAnswered) answers.push([event.flow, event.bytes]);
      }),
  });
  assert.equal(
    answers.map(([, bytes]) => bytes),
    [100, 1000, 'site\n'.length],
  );
  assert.is(new Set(answers.map(([flow]) => flow)).size, 3);
});

test.run();
