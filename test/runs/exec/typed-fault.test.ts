/** What is known of a typed line before there is a cluster. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { typedFault } from '../../../runs/exec/typed-fault.ts';
import type { InputError } from '../../../runs/input-error.ts';
import { checkedScenario } from '../../../runs/scenario/checked.ts';

const test = suite('runs/exec/typed-fault');

const SUBCOMMANDS = [
  ...['get', 'describe', 'expose', 'scale', 'delete', 'apply', 'label', 'annotate', 'logs', 'events', 'cordon'],
  ...[
    'uncordon',
    'drain',
    'patch',
    'wait',
    'run',
    'exec',
    'set image',
    'create deployment',
    'create service clusterip',
  ],
  ...['create namespace', 'create job', 'create configmap', 'create secret generic'],
  ...['rollout restart', 'rollout status', 'rollout history', 'rollout undo', 'rollout pause'],
];

test('typedFault() refuses a flag that a subcommand does not have, whichever it is', () => {
  for (const subcommand of SUBCOMMANDS)
    assert.is(typedFault(`kubectl ${subcommand} web --frob`), 'kubectl: unknown flag: --frob', subcommand);
});

test('typedFault() says of a flag that only the real one has that it is not modelled', () => {
  assert.is(typedFault('kubectl get pods -w'), 'kubectl get --watch is not modelled yet');
  assert.is(typedFault('kubectl get pods --chunk-size=5'), 'kubectl get --chunk-size is not modelled yet');
});

test('typedFault() refuses unknown subcommands, contexts, and the word kubectl twice', () => {
  assert.is(typedFault('kubectl frob pods'), 'kubectl: unknown command "frob" for "kubectl"');
  assert.is(typedFault('kubectl rollout frob'), 'kubectl: unknown command "frob"');
  assert.is(typedFault('true && kubectl --context foo get pods'), 'kubectl: context "foo" does not exist');
  assert.match(typedFault('kubectl kubectl get pods')!, 'which stands twice here');
  assert.is(typedFault('kubectl scale deploy/web'), 'kubectl: required flag(s) "replicas" not set');
  assert.is(typedFault('echo "'), 'sh: Syntax error: Unterminated quoted string');
});

test('typedFault() leaves to the cluster what depends on it', () => {
  for (const line of [
    'kubectl scale deployment/nosuch --replicas=5',
    'kubectl -n shop delete pod web-0 --force --grace-period=0',
    'kubectl exec web-0 -- frob --nosuch',
    'kubectl apply -f web.yaml',
    'kubectl get pods -l app=web --field-selector status.phase=Running --sort-by=.metadata.name',
    'curl --frob 10.0.0.1',
  ])
    assert.is(typedFault(line), undefined, line);
});

test('checkedScenario() refuses such a line of the timeline where it stands', () => {
  const text = (line: string) => `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: x }
spec:
  nodes: 1
  timeline:
    - { at: 1s, kubectl: ${line} }
`;
  const check = (line: string) =>
    checkedScenario([{ name: 'x.yaml', text: text(line) }], { open: (name) => ({ name, text: '' }) });
  assert.throws(
    () => check('scale deployment/web --replica=5'),
    (error: InputError) => error.message === 'x.yaml:7:26: kubectl: unknown flag: --replica',
  );
  check('scale deployment/web --replicas=5');
});

test.run();
