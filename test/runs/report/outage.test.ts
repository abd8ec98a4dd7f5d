/**
 * What was out of order for a time, and bounds that were reached, are told with their place and what they cost.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding, FindingKind } from '../../../runs/report/finding.ts';
import { simulate } from '../../../runs/simulate.ts';
import { SMALL, scenarioFolder } from '../small-scenario.ts';

const test = suite('outage');
const place = scenarioFolder();
test.after(() => place.remove());

const OBJECTS = SMALL.slice(0, SMALL.indexOf('apiVersion: kubehop.dev'));
const FAULTS = {
  slices: '{ at: 10s, fault: { component: endpoint-slice, state: stopped } }',
  scale: '{ at: 11s, kubectl: scale deployment/web --replicas=1 }',
  down: '{ at: 12s, fault: { node: node2, state: down } }',
  up: '{ at: 15s, fault: { node: node2, state: up } }',
};

async function findingsOf(timeline: readonly string[], traffic: string): Promise<readonly Finding[]> {
  const path = join(place.folder, 'outage.yaml');
  writeFileSync(
    path,
    `${OBJECTS}apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: outage }
spec:
  until: 20s
  nodes: 2
  hosts: [{ name: client, ip: 198.51.100.7 }]
  timeline: [${timeline.join(', ')}]
  traffic: [${traffic}]
`,
  );
  return (await simulate(path)).summary.findings;
}

const ofKind = (findings: readonly Finding[], kind: FindingKind) => findings.filter((finding) => finding.kind === kind);

const OUTSIDE = '{ at: 9s, from: host/client, to: "http://node/node2:30080/", requests: 50, rate: 10/s, timeout: 1s }';

test('a node that was down is named with its time, its place and the packets that ended there', async () => {
  const findings = await findingsOf([FAULTS.down, FAULTS.up], OUTSIDE);
  const [down, ...more] = ofKind(findings, 'node-down');
  assert.equal(more, []);
  assert.match(down!.text, /^node2 was down from 12s to 15s: [1-9]\d* packets ended there$/);
  assert.match(down!.where!, /outage\.yaml:\d+:14$/);
  // Its kubelet and kube-proxy stood still with it: nobody needs to be told three times.
  assert.equal(ofKind(findings, 'controller-stopped'), []);
  assert.equal(ofKind(findings, 'stale-rules'), []);
});

test('a controller that was stopped is named when something waited for it, and only then', async () => {
  const [found, ...more] = ofKind(await findingsOf([FAULTS.slices, FAULTS.scale], OUTSIDE), 'controller-stopped');
  assert.equal(more, []);
  assert.match(
    found!.text,
    /^The endpoint-slice controller was stopped from 10s on: \d+ later changes waited for it \(default\/web, default\/wrong\)$/,
  );
  assert.match(found!.where!, /outage\.yaml:\d+:14$/);
  assert.equal(ofKind(await findingsOf([FAULTS.slices], OUTSIDE), 'controller-stopped'), []);
});

test('a kube-proxy that was stopped is named when its rules fell behind', async () => {
  const stop = '{ at: 10s, fault: { component: kube-proxy@node1, state: stopped } }';
  const [found, ...more] = ofKind(await findingsOf([stop, FAULTS.scale], OUTSIDE), 'stale-rules');
  assert.equal(more, []);
  assert.match(found!.text, /^kube-proxy@node1 was stopped from 10s on: \d+ later changes of Services and endpoints/);
});

test('ICMP errors left unsent at their rate limit are told as that, not as lost packets', async () => {
  const many = '{ at: 10s, from: pod/client, to: "http://empty/", requests: 50, rate: 1000/s, timeout: 500ms }';
  const [found] = ofKind(await findingsOf([], many), 'bound-reached');
  assert.match(found!.text, /^node\d left [1-9]\d* ICMP errors unsent: its rate limit for them \(icmp_ratelimit, /);
});

test.run();
