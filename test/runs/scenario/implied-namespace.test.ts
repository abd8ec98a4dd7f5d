/** Namespaces that manifests name and nobody makes: there from the start, and said. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Operator } from '../../checklist/operator.ts';
import { read } from './sample.ts';

const test = suite('scenario/implied-namespace');

const scenarioOf = (more: string) =>
  read(`apiVersion: v1
kind: Pod
metadata: { name: doctor, namespace: ward }
spec: { containers: [{ name: doctor, image: nginx }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ward }
spec: { clusterIP: 10.96.0.99, ports: [{ port: 80 }] }
---
${more}apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: ward }
spec: { until: 30s, nodes: 1, kubernetes: { dns: coredns } }
`);

test('a namespace that no manifest makes stands from the start, so that names in it are found', () => {
  const scenario = scenarioOf('');
  assert.equal(scenario.notices, ['Namespace ward is made by no manifest, and taken to stand already']);
  const operator = new Operator(scenario).at(20);
  assert.is(operator.run('k get ns ward -o name').stdout, 'namespace/ward\n');
  assert.match(operator.run('nslookup web', 'pod/ward/doctor').stdout, 'Address: 10.96.0.99\n');
});

test('nothing is said of one that a manifest makes', () => {
  const made = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: ward }\n---\n';
  assert.equal(scenarioOf(made).notices, []);
});

test.run();
