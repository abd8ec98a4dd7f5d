/**
 * A client that asks for a port which is taken: what the simulation says, and what this machine's kernel says.
 * @evidence kernel: A source port that is asked for and taken: by another client to the same end, by a listener, over UDP by any client of that address; TIME-WAIT gives way
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { NetEventKind, type NetEventOf } from '../../../net/event.ts';
import { OUTCOME_NAMES } from '../../../net/request.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { buildableTopology } from '../../../runs/verify/kernel-network.ts';
import { openLab } from '../../../runs/verify/lab.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import { networkAt } from '../../../runs/verify/verify.ts';
import type { WorldEvent } from '../../../runs/world/event.ts';

interface Ask {
  readonly from: 'client' | 'other';
  readonly to: string;
  readonly sourcePort: number;
  /** Waits for the ones before it. */
  readonly later?: boolean;
  /** As Linux 6.18 had it. */
  readonly outcome: 'answered' | 'unreachable';
}

const SERVER = '198.51.100.9';

/** `bind` with SO_REUSEADDR for TCP and without for UDP, then `connect`. */
const CASES: Readonly<Record<string, readonly Ask[]>> = {
  'TCP twice from one port to one end: the second is refused the port': [
    { from: 'client', to: `http://${SERVER}:80/`, sourcePort: 5050, outcome: 'answered' },
    { from: 'client', to: `http://${SERVER}:80/`, sourcePort: 5050, outcome: 'unreachable' },
  ],
  'TCP from one port to two ends: both connect': [
    { from: 'client', to: `http://${SERVER}:80/`, sourcePort: 5051, outcome: 'answered' },
    { from: 'client', to: `http://${SERVER}:81/`, sourcePort: 5051, outcome: 'answered' },
  ],
  'TCP from one port of two hosts: both connect': [
    { from: 'client', to: `http://${SERVER}:80/`, sourcePort: 5052, outcome: 'answered' },
    { from: 'other', to: `http://${SERVER}:80/`, sourcePort: 5052, outcome: 'answered' },
  ],
  'TCP from a port that the host listens on: refused it': [
    { from: 'client', to: `http://${SERVER}:80/`, sourcePort: 80, outcome: 'unreachable' },
  ],
  'TCP again once the first has ended: time stamps let it take over from TIME-WAIT': [
    { from: 'client', to: `http://${SERVER}:80/`, sourcePort: 5053, outcome: 'answered' },
    { from: 'client', to: `http://${SERVER}:80/`, sourcePort: 5053, later: true, outcome: 'answered' },
  ],
  'UDP twice from one port to one end: the second is refused the port': [
    { from: 'client', to: `udp://${SERVER}:5353`, sourcePort: 5054, outcome: 'answered' },
    { from: 'client', to: `udp://${SERVER}:5353`, sourcePort: 5054, outcome: 'unreachable' },
  ],
  'UDP from one port to two ends: the second is refused the port too': [
    { from: 'client', to: `udp://${SERVER}:5353`, sourcePort: 5055, outcome: 'answered' },
    { from: 'client', to: `udp://${SERVER}:5354`, sourcePort: 5055, outcome: 'unreachable' },
  ],
  'UDP from a port that the host listens on: refused it': [
    { from: 'client', to: `udp://${SERVER}:5353`, sourcePort: 53, outcome: 'unreachable' },
  ],
  'TCP and UDP from one port: neither minds the other': [
    { from: 'client', to: `udp://${SERVER}:5353`, sourcePort: 5056, outcome: 'answered' },
    { from: 'client', to: `http://${SERVER}:80/`, sourcePort: 5056, outcome: 'answered' },
  ],
};

function scenarioOf(asks: readonly Ask[]) {
  const rows = asks.map(
    ({ from, to, sourcePort, later }, i) =>
      `    - { name: ask-${i}, at: ${later ? 3 : 1}s, from: host/${from}, to: "${to}", sourcePort: ${sourcePort}, timeout: 1s }\n`,
  );
  const text = `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: ports }
spec:
  until: 6s
  nodes: 1
  hosts:
    - { name: client, ip: 198.51.100.7, serves: [{ port: 80 }, { port: 53, protocol: UDP, answers: name }] }
    - { name: other, ip: 198.51.100.8 }
    - name: server
      ip: ${SERVER}
      serves:
        - { port: 80 }
        - { port: 81 }
        - { port: 5353, protocol: UDP, answers: name }
        - { port: 5354, protocol: UDP, answers: name }
  traffic:
${rows.join('')}`;
  return readScenario([{ name: 'ports.yaml', text }], { open: (name) => ({ name, text: '' }) });
}

function simulated(asks: readonly Ask[]): string[] {
  const simulation = new Simulation(scenarioOf(asks));
  const outcomes: string[] = [];
  simulation.events.subscribe((event: WorldEvent) => {
    if (event.kind !== NetEventKind.RequestCompleted) return;
    const { traffic, outcome } = event as NetEventOf<'RequestCompleted'>;
    outcomes[traffic] = OUTCOME_NAMES[outcome]!;
  });
  simulation.runUntil(6 * SECOND);
  simulation.check();
  return outcomes;
}

const test = suite('verify: source ports');

for (const [claim, asks] of Object.entries(CASES)) {
  test(`portFor() ${claim}`, () => {
    assert.equal(
      simulated(asks),
      asks.map(({ outcome }) => outcome),
    );
  });
}

const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP source ports on the kernel: ${missing}`);
else {
  test('portFor() says what the kernel says, case by case', async () => {
    const lab = await openLab(buildableTopology(networkAt(scenarioOf(Object.values(CASES)[0]!), SECOND).model.net));
    try {
      for (const [claim, asks] of Object.entries(CASES)) {
        const pending: Promise<string>[] = [];
        for (const { from, to, sourcePort, later } of asks) {
          if (later) await Promise.all(pending);
          const { hostname, port, protocol } = new URL(to);
          const asked = lab.send({
            from,
            protocol: protocol === 'udp:' ? 'udp' : 'tcp',
            to: hostname,
            port: Number(port || 80),
            sourcePort,
            payload: protocol === 'udp:' ? 'x' : 'GET / HTTP/1.1\r\nHost: server\r\n\r\n',
            timeoutMs: 2000,
          });
          pending.push(asked.then(({ outcome }) => outcome));
        }
        const expected = asks.map(({ outcome }) => outcome);
        assert.equal(await Promise.all(pending), expected, claim);
      }
    } finally {
      lab.close();
    }
  });
}

test.run();
