/**
 * A one-node cluster of release 1.16 with a machine beside it, and what a real one drew at random pinned: names,
 * addresses, the node port.
 */
import { SECOND } from '../../../core/time.ts';
import { exec } from '../../../runs/exec/exec.ts';
import type { ExecResult } from '../../../runs/exec/exec-world.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';

const SCENARIO = `
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: one-node }
spec:
  start: 2020-02-02T11:39:00Z
  until: 1h
  kubernetes: { profile: k8s-1.16-calico-3.9, SETTINGS }
  nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]
  hosts: [{ name: laptop, ip: 10.0.2.2 }]
  pins:
    pods:
      - { of: deploy1, hash: 5d98f66655, suffix: 8gffz, ip: 192.168.16.171, node: k8smaster }
      - { of: deploy1, suffix: qnr5s, ip: 192.168.16.173 }
      - { of: deploy1, suffix: skf26, ip: 192.168.16.172 }
    services: { deploy1: [10.100.200.199, 10.103.100.13, 10.97.110.238] }
    nodePorts: { deploy1: [32000] }
`;

export class SeedCluster {
  readonly simulation: Simulation;

  /** @param settings more of `kubernetes`, in YAML's flow style */
  constructor(settings = 'cni: routed') {
    const text = SCENARIO.replace('SETTINGS', settings);
    const open = (name: string): never => {
      throw new Error(`No such file: ${name}`);
    };
    this.simulation = new Simulation(readScenario([{ name: 'one-node.yaml', text }], { open }));
    this.wait(5);
  }

  wait(seconds: number): void {
    this.simulation.runUntil(this.simulation.nowNs + seconds * SECOND);
  }

  /** Types a line on the node, or elsewhere. */
  type(line: string, on?: string, stdin = ''): ExecResult {
    return exec(this.simulation, { on, argv: [line], stdin });
  }

  /** Standard output of a line that succeeds in silence. */
  out(line: string, on?: string): string {
    const { stdout, stderr, exitCode } = this.type(line, on);
    if (stderr !== '' || exitCode !== 0) throw new Error(`${line}: exit code ${exitCode}: ${stderr}`);
    return stdout;
  }
}

/** A cluster in which deploy1 has run for 72 seconds. */
export function withDeployment(settings?: string): SeedCluster {
  const cluster = new SeedCluster(settings);
  cluster.out('kubectl create deployment deploy1 --image=nginx');
  cluster.wait(72);
  return cluster;
}
