/** ConfigMaps, Secrets and Jobs as an operator and a container see them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Operator } from '../../checklist/operator.ts';
import { read } from '../scenario/sample.ts';

const test = suite('kubectl/config');

const HEAD = (timeline: string, images = ''): string => `---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: config }
spec: { until: 300s, nodes: 1, images: {${images}}, timeline: [${timeline}] }
`;

function operatorOf(manifests: string, timeline = '', images = ''): Operator {
  return new Operator(read(manifests + HEAD(timeline, images)));
}

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

test('a ConfigMap or Secret whose data: has nothing behind it is made, and is empty', () => {
  const empty = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: bare }\ndata:\n---\n';
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: { name: bare }\ndata:\n';
  const operator = operatorOf(empty + secret).at(5);
  assert.equal(operator.table('kubectl get configmap bare'), ['NAME  DATA  AGE', 'bare  0  5s']);
  assert.equal(operator.table('kubectl get secret bare'), ['NAME  TYPE  DATA  AGE', 'bare  Opaque  0  5s']);
  assert.match(operator.run('kubectl describe configmap bare').stdout, /^Name: +bare$/m);
});

test('a container whose ConfigMap lacks its key is not made, the others are; it comes when the key does', () => {
  const patch =
    '{ at: 30s, objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: shop }, data: { SIZE: "3" } }] }';
  const operator = operatorOf(CONFIG, patch).at(20);
  assert.is(operator.table('kubectl get pods')[1], 'web  1/2  CreateContainerConfigError  0  20s');
  const text = operator.run('kubectl describe pod web').stdout;
  assert.match(text, /Reason: +CreateContainerConfigError/);
  assert.match(text, /Warning +Failed .*kubelet +Error: couldn't find key SIZE in ConfigMap default\/shop\n/);
  assert.match(operator.run('curl -s -o /dev/null -w %{http_code} http://127.0.0.1/', 'pod/web').stdout, /^200/);
  operator.at(45);
  assert.is(operator.table('kubectl get pods')[1], 'web  2/2  Running  0  45s');
});

test('env tells what ConfigMaps and Secrets held when the containers started', () => {
  const manifests = CONFIG.replace('key: SIZE', 'key: COLOUR');
  const patch =
    '{ at: 30s, objects: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: shop }, data: { COLOUR: red } }] }';
  const operator = operatorOf(manifests, patch).at(40);
  assert.is(operator.run('printenv COLOUR TOKEN', 'pod/web').stdout, 'blue\nt-1\n');
  assert.is(operator.run('kubectl get configmap shop -o jsonpath={.data.COLOUR}').stdout, 'red');
});

test('kubectl tells of ConfigMaps how many keys they have, of Secrets how long their values are', () => {
  const operator = operatorOf(CONFIG).at(10);
  assert.equal(operator.table('kubectl get cm,secrets'), [
    'NAME  DATA  AGE',
    'configmap/shop  2  10s',
    '',
    'NAME  TYPE  DATA  AGE',
    'secret/key  Opaque  1  10s',
  ]);
  assert.match(
    operator.run('kubectl describe secret key').stdout,
    /\nType: {2}Opaque\n\nData\n====\nTOKEN: {2}3 bytes\n/,
  );
  assert.match(
    operator.run('kubectl describe cm shop').stdout,
    /\nData\n====\nCOLOUR:\n----\nblue\n\nmotd:\n----\nhello\nall\n/,
  );
  assert.is(operator.run('kubectl get secret key -o jsonpath={.data.TOKEN}').stdout, 'dC0x');
});

test('what is referred to and is not there is told before the run, and holds nobody back', () => {
  const manifests = CONFIG.slice(CONFIG.indexOf('apiVersion: v1\nkind: Pod'));
  const operator = operatorOf(manifests);
  assert.equal(operator.simulation.scenario.notices, [
    'Variables are left out that come from what is not there: ConfigMap default/shop, Secret default/key',
  ]);
  operator.at(10);
  assert.is(operator.table('kubectl get pods')[1], 'web  2/2  Running  0  10s');
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
  const operator = operatorOf(manifests.replace(/---\n$/, ''), '', 'own: { exitAfter: 40s }');
  assert.equal(operator.simulation.scenario.notices, [
    'Assumed to succeed after 1s, since nothing is known of their work: Jobs default/migrate',
  ]);
  const states = (): string[] =>
    operator
      .table('kubectl get jobs')
      .slice(1)
      .map((line) => line.split('  ').slice(0, 3).join(' '));
  operator.at(10);
  assert.equal(states(), ['fails Failed 0/1', 'migrate Complete 3/3', 'own Running 0/1', 'wait Running 0/1']);
  operator.at(60);
  assert.equal(states(), ['fails Failed 0/1', 'migrate Complete 3/3', 'own Complete 1/1', 'wait Complete 1/1']);
});

test.run();
