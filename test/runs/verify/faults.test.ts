/** verify checks itself: one fault at a time, in the model or in the kernel, is found each time. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DropReason } from '../../../net/drop-reason.ts';
import { type NetEvent, NetEventKind, type PassageEvent, PassageState } from '../../../net/event.ts';
import type { Network } from '../../../net/network.ts';
import { preferredSource, route } from '../../../net/stack/routing.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import type { KernelNetwork } from '../../../runs/verify/kernel-network.ts';
import { NET_DECIDER, type NetDecider } from '../../../runs/verify/model-network.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import { type VerifyResult, verifyScenarios } from '../../../runs/verify/verify.ts';

/** One pod behind a service, on bridges; a rule on node1 that drops a port. Each flow is one that some fault concerns. */
const TEXT = `
apiVersion: v1
kind: Pod
metadata: { name: web-1, labels: { app: web } }
spec: { nodeName: node1, containers: [{ name: web, image: mirror, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: far }
spec: { nodeName: node2, containers: [{ name: curl, image: curl }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, nodePort: 30080 }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: faults }
spec:
  until: 12s
  kubernetes: { cni: bridge }
  nodes: 2
  hosts: [{ name: client, ip: 198.51.100.7 }]
  timeline:
    - { at: 5s, on: node/node1, run: iptables -A INPUT -p tcp --dport 25 -j DROP }
  traffic:
    - { name: pod, at: 10s, from: pod/far, to: "http://web/" }
    - { name: itself, at: 10s, from: pod/web-1, to: "http://web/" }
    - { name: localhost, at: 10s, from: node/node1, to: "http://127.0.0.1:30080/" }
    - { name: dropped, at: 10s, from: host/client, to: "tcp://node/node1:25", timeout: 1s }
`;

const test = suite('verify: faults');
const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP verify's check of itself: ${missing}`);

const scenario = readScenario([{ name: 'faults.yaml', text: TEXT }], {
  open: (name) => {
    throw new Error(`Nothing is beside: ${name}`);
  },
});

function verify(options: Parameters<typeof verifyScenarios>[1]): Promise<VerifyResult> {
  return verifyScenarios([scenario], { probes: false, ...options });
}

function isPassage(event: NetEvent): event is PassageEvent {
  return event.kind <= NetEventKind.PacketRejected;
}

/** The network's tables with one fault: what every decision says goes through `alter` first. */
function faulty(alter: (event: NetEvent, net: Network) => NetEvent): NetDecider {
  const decide = Object.fromEntries(
    Object.entries(NET_DECIDER.decide).map(([kind, decision]) => [
      kind,
      (state: { net: Network }, command: never, draw: never, emit: (event: NetEvent) => void) =>
        (decision as (...args: unknown[]) => void)(state, command, draw, (event: NetEvent) =>
          emit(alter(event, state.net)),
        ),
    ]),
  );
  return { ...NET_DECIDER, decide: decide as unknown as NetDecider['decide'] };
}

const MODEL_FAULTS: Readonly<Record<string, { flows: RegExp; alter: (event: NetEvent, net: Network) => NetEvent }>> = {
  'the source is chosen after DNAT': {
    flows: /^localhost/,
    alter: (event, net) => {
      if (event.kind !== NetEventKind.RequestStarted || event.host !== net.hostNamed('node1')?.id) return event;
      const pod = net.interfaceNamed(net.hostNamed('default/web-1')!, 'eth0')!.addresses[0]!.address;
      const host = net.host(event.host);
      route(net, host, pod);
      return { ...event, source: preferredSource(net, host) };
    },
  },
  'a DROP is answered as a REJECT': {
    flows: /^dropped/,
    alter: (event) =>
      event.kind === NetEventKind.PacketDropped && event.state >>> 16 === DropReason.NetfilterDrop
        ? {
            ...event,
            kind: NetEventKind.PacketRejected,
            state: (event.state & 0xffff) | (DropReason.NetfilterReject << 16),
          }
        : event,
  },
  'a reply keeps the address of the pod': {
    flows: /^pod/,
    alter: (event) =>
      isPassage(event) && event.state & PassageState.Reply
        ? { ...event, source: event.beforeSource, destination: event.beforeDestination, ports: event.beforePorts }
        : event,
  },
  'forwarding takes nothing off the TTL': {
    flows: /^pod/,
    alter: (event) =>
      event.kind === NetEventKind.PacketForwarded && !(event.state & PassageState.Bridged)
        ? { ...event, header: event.header + (1 << 16) }
        : event,
  },
  'a hairpin is not masqueraded': {
    flows: /^itself/,
    alter: (event) =>
      isPassage(event) &&
      event.state & PassageState.Snat &&
      !(event.state & PassageState.Reply) &&
      event.beforeSource === event.destination
        ? { ...event, source: event.beforeSource, ports: (event.beforePorts & ~0xffff) | (event.ports & 0xffff) }
        : event,
  },
};

const KERNEL_FAULTS: Readonly<
  Record<string, { flows: RegExp; tamper: (kernel: KernelNetwork) => Promise<{ readonly status: number }> }>
> = {
  'a rule is deleted': {
    flows: /^itself/,
    tamper: (kernel) => kernel.run('node1', 'iptables -t nat -D KUBE-POSTROUTING 3'),
  },
  'a DNAT is changed': {
    flows: /^pod/,
    tamper: (kernel) => kernel.run('node2', 'iptables-save -t nat | sed "/-j DNAT/s/:80$/:81/" | iptables-restore'),
  },
};

if (missing === undefined) {
  test('verifyScenarios() finds no difference where there is no fault', async () => {
    const { flows, differences } = await verify({});
    assert.is(flows, 4);
    assert.equal(differences, []);
  });

  for (const [name, { flows, alter }] of Object.entries(MODEL_FAULTS)) {
    test(`verifyScenarios() finds the fault in the model: ${name}`, async () => {
      const { differences } = await verify({ decider: faulty(alter) });
      assert.ok(
        differences.some(({ flow }) => flows.test(flow)),
        JSON.stringify(differences),
      );
    });
  }

  for (const [name, { flows, tamper }] of Object.entries(KERNEL_FAULTS)) {
    test(`verifyScenarios() finds the fault in the kernel: ${name}`, async () => {
      const { differences } = await verify({
        tamper: async (kernel) => assert.is((await tamper(kernel)).status, 0),
      });
      assert.ok(
        differences.some(({ flow }) => flows.test(flow)),
        JSON.stringify(differences),
      );
    });
  }

  test('verifyScenarios() finds an iptables-restore in PATH that changes a DNAT', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubehop-path-'));
    const path = process.env.PATH ?? '';
    const real = path.split(delimiter).map((part) => join(part, 'iptables-restore'));
    const find = `for tool in ${real.join(' ')}; do [ -x "$tool" ] && break; done`;
    writeFileSync(join(folder, 'iptables-restore'), `#!/bin/sh\n${find}\nsed '/-j DNAT/s/:80$/:81/' | "$tool" "$@"\n`);
    chmodSync(join(folder, 'iptables-restore'), 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
    try {
      const { differences } = await verify({});
      assert.ok(differences.some(({ flow }) => flow === 'rules as loaded'));
      assert.ok(differences.some(({ flow }) => /^pod/.test(flow)));
    } finally {
      process.env.PATH = path;
      rmSync(folder, { recursive: true });
    }
  });
}

test.run();
