/** ConfigMaps, Secrets and Jobs as an operator and a container see them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { exec } from '../../../runs/exec/exec.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';

const test = suite('kubectl/config');

const HEAD = (timeline: string, images = ''): string => `---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: config }
spec: { until: 300s, nodes: 1, images: {${images}}, timeline: [${timeline}] }
`;

function simulationOf(manifests: string, timeline = '', images = ''): Simulation {
  const open = () => {
    throw new Error('no file is named');
  };
  return new Simulation(readScenario([{ name: 'config.yaml', text: manifests + HEAD(timeline, images) }], { open }));
}

const typed = (simulation: Simulation, line: string, on?: string) =>
  exec(simulation, { argv: line.split(' '), ...(on === undefined ? {} : { on }) });

const collapsed = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, '  '));

const CONFIG = `apiVersion: v1
kind: ConfigMap
metadata: { name: shop }
data: { COLOUR: blue, motd: "hello\\nall" }
---
apiVersion: v1
kind: Secret
metadata: { name: key }
stringData: { TOKEN: t-1 }
---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
    - name: web
      image: nginx
      envFrom: [{ configMapRef: { name: shop } }]
      env:
        - { name: TOKEN, valueFrom: { secretKeyRef: { name: key, key: TOKEN } } }
    - name: side
      image: busybox
      env: [{ name: X, valueFrom: { configMapKeyRef: { name: shop, key: SIZE } } }]
`;

test('a container whose ConfigMap lacks its key is not made, the others are; it comes when the key does', () => {
  const patch =
    '{ at: 30s, objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: shop }, data: { SIZE: "3" } }] }';
  const simulation = simulationOf(CONFIG, patch);
  simulation.runUntil(20 * SECOND);
  assert.is(collapsed(typed(simulation, 'kubectl get pods').stdout)[1], 'web  1/2  CreateContainerConfigError  0  20s');
  const text = typed(simulation, 'kubectl describe pod web').stdout;
  assert.match(text, /Reason: +CreateContainerConfigError/);
  assert.match(text, /Warning +Failed .*kubelet +Error: couldn't find key SIZE in ConfigMap default\/shop\n/);
  assert.match(typed(simulation, 'curl -s -o /dev/null -w %{http_code} http://127.0.0.1/', 'pod/web').stdout, /^200/);
  simulation.runUntil(45 * SECOND);
  assert.is(collapsed(typed(simulation, 'kubectl get pods').stdout)[1], 'web  2/2  Running  0  45s');
});

test('env tells what ConfigMaps and Secrets held when the containers started', () => {
  const manifests = CONFIG.replace('key: SIZE', 'key: COLOUR');
  const patch =
    '{ at: 30s, objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: shop }, data: { COLOUR: red } }] }';
  const simulation = simulationOf(manifests, patch);
  simulation.runUntil(40 * SECOND);
  assert.is(typed(simulation, 'printenv COLOUR TOKEN', 'pod/web').stdout, 'blue\nt-1\n');
  assert.is(typed(simulation, 'kubectl get configmap shop -o jsonpath={.data.COLOUR}').stdout, 'red');
});

test('kubectl tells of ConfigMaps how many keys they have, of Secrets how long their values are', () => {
  const simulation = simulationOf(CONFIG);
  simulation.runUntil(10 * SECOND);
  assert.equal(collapsed(typed(simulation, 'kubectl get cm,secrets').stdout), [
    'NAME  DATA  AGE',
    'configmap/shop  2  10s',
    '',
    'NAME  TYPE  DATA  AGE',
    'secret/key  Opaque  1  10s',
  ]);
  assert.match(
    typed(simulation, 'kubectl describe secret key').stdout,
    /\nType: {2}Opaque\n\nData\n====\nTOKEN: {2}3 bytes\n/,
  );
  assert.match(
    typed(simulation, 'kubectl describe cm shop').stdout,
    /\nData\n====\nCOLOUR:\n----\nblue\n\nmotd:\n----\nhello\nall\n/,
  );
  assert.is(typed(simulation, 'kubectl get secret key -o jsonpath={.data.TOKEN}').stdout, 'dC0x');
});

test('what is referred to and is not there is told before the run, and holds nobody back', () => {
  const manifests = CONFIG.slice(CONFIG.indexOf('apiVersion: v1\nkind: Pod'));
  const simulation = simulationOf(manifests);
  assert.equal(simulation.scenario.notices, [
    'Variables are left out that come from what is not there: ConfigMap default/shop, Secret default/key',
  ]);
  simulation.runUntil(10 * SECOND);
  assert.is(collapsed(typed(simulation, 'kubectl get pods').stdout)[1], 'web  2/2  Running  0  10s');
});

const job = (name: string, spec: string, container: string): string => `apiVersion: batch/v1
kind: Job
metadata: { name: ${name} }
spec: { ${spec}, template: { spec: { restartPolicy: Never, containers: [{ name: c, ${container} }] } } }
---
`;

test('a Job of which nothing is known succeeds, one that is known does what its command says; both are told', () => {
  const manifests =
    job('migrate', 'completions: 3, parallelism: 2', 'image: "shop/migrate:2"') +
    job('wait', 'completions: 1', 'image: busybox, command: [sh, -c, sleep 20; echo done]') +
    job('fails', 'backoffLimit: 0', 'image: busybox, command: ["false"]') +
    job('own', 'completions: 1', 'image: "own:1"');
  const simulation = simulationOf(manifests.replace(/---\n$/, ''), '', 'own: { exitAfter: 40s }');
  assert.equal(simulation.scenario.notices, [
    'Assumed to succeed after 1s, since nothing is known of their work: Jobs default/migrate',
  ]);
  const states = (): string[] =>
    collapsed(typed(simulation, 'kubectl get jobs').stdout)
      .slice(1)
      .map((line) => line.split('  ').slice(0, 3).join(' '));
  simulation.runUntil(10 * SECOND);
  assert.equal(states(), ['fails Failed 0/1', 'migrate Complete 3/3', 'own Running 0/1', 'wait Running 0/1']);
  simulation.runUntil(60 * SECOND);
  assert.equal(states(), ['fails Failed 0/1', 'migrate Complete 3/3', 'own Complete 1/1', 'wait Complete 1/1']);
});

test.run();
