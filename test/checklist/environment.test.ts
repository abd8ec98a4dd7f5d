/**
 * The founding document's discovery by environment variables, row by row of its checklist: what a pod is told when it
 * starts, and how long it believes it.
 * @evidence published: Variables of Services in pods of a cluster of 1.16, before and after a Service is made anew
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Outcome } from '../../net/request.ts';
import { read } from '../runs/scenario/sample.ts';
import { Operator, plain } from './operator.ts';

const test = suite('environment');

const TITLE = ['<title>Welcome to nginx!</title>'];
const OLD = 'pod/deploy-test-854bc66d47-tptt9';
const NEW = 'pod/deploy-test-854bc66d47-rfhmt';

/** A Service, a client that started after it, and a pod that started before; later the Service is made anew. */
const scenario = (more = ''): string => `apiVersion: v1
kind: Pod
metadata: { name: early }
spec: { containers: [{ name: nginx, image: nginx }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: environment }
spec:
  until: 120s
  kubernetes: { profile: k8s-1.16-calico-3.9 }
  nodes: [{ name: k8smaster, ip: 10.0.2.15/24 }]
  pins:
    pods:
      - { of: deploy1, hash: 5d98f66655, suffix: 8gffz, ip: 192.168.16.171 }
      - { of: deploy-test, hash: 854bc66d47, suffix: tptt9 }
      - { of: deploy-test, suffix: rfhmt }
    services: { deploy1: [10.100.200.199, 10.96.121.165] }
  timeline:
    - { at: 1s, kubectl: create deployment deploy1 --image=nginx }
    - { at: 5s, kubectl: expose deployment deploy1 --port=80 --type=ClusterIP }
    - { at: 10s, kubectl: create deployment deploy-test --image=nginx }
    - { at: 20s, kubectl: delete svc deploy1 }
    - { at: 21s, kubectl: expose deployment deploy1 --port=80 --type=ClusterIP }
    - { at: 50s, kubectl: scale --replicas=3 deployment/deploy-test }
${more}`;

const operator = new Operator(read(scenario()));

test('row 23: a client that starts after the service has its seven variables', () => {
  assert.equal(operator.at(15).lines('env | grep DEPLOY1_', OLD).sort(), [
    'DEPLOY1_PORT=tcp://10.100.200.199:80',
    'DEPLOY1_PORT_80_TCP=tcp://10.100.200.199:80',
    'DEPLOY1_PORT_80_TCP_ADDR=10.100.200.199',
    'DEPLOY1_PORT_80_TCP_PORT=80',
    'DEPLOY1_PORT_80_TCP_PROTO=tcp',
    'DEPLOY1_SERVICE_HOST=10.100.200.199',
    'DEPLOY1_SERVICE_PORT=80',
  ]);
});

test('row 23: kubectl exec runs env in the pod as well', () => {
  const line = 'k exec -it deploy-test-854bc66d47-tptt9 -- env | grep -c DEPLOY1_';
  assert.is(operator.run(line).stdout, '7\n');
});

test('row 24: the shell of the pod fills them in', () => {
  assert.equal(
    operator.lines('curl --silent $DEPLOY1_SERVICE_HOST:$DEPLOY1_SERVICE_PORT | grep "<title>"', OLD),
    TITLE,
  );
});

test('row 26: a service that is deleted and made anew has another address', () => {
  assert.equal(operator.lines('k get svc | grep deploy1').map(plain), [
    'deploy1 ClusterIP 10.100.200.199 <none> 80/TCP 10s',
  ]);
  assert.equal(operator.at(28).lines('k get svc').map(plain).slice(0, 2), [
    'NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE',
    'deploy1 ClusterIP 10.96.121.165 <none> 80/TCP 7s',
  ]);
});

test('rows 27 and 31: the old client asks the old address, which no rule knows: silence until curl gives up', () => {
  const { stderr, exitCode } = operator.run(
    'curl --max-time 10 $DEPLOY1_SERVICE_HOST:$DEPLOY1_SERVICE_PORT | grep "<title>"; true',
    OLD,
  );
  assert.is(exitCode, 0);
  const lines = stderr.split(/[\n\r]/);
  assert.is(lines[0], '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current');
  assert.is(lines[1], '                                 Dload  Upload   Total   Spent    Left  Speed');
  assert.ok(
    lines.some((line) => /^ {2}0 {5}0 {4}0 {5}0 {4}0 {5}0 {6}0 {6}0 --:--:-- {2}0:00:10 --:--:-- {5}0$/.test(line)),
    stderr,
  );
  const ms = Number(/curl: \(28\) Connection timed out after (\d+) milliseconds\n$/.exec(stderr)?.[1]);
  assert.ok(ms >= 10_000 && ms <= 10_002, stderr);
  // Not refused: the SYN left the node by its default route and nobody answered it.
  assert.is(operator.lines('iptables-save | grep 10.100.200.199').length, 0);
});

test('row 29: pods that start later know the new address, the old one keeps what it was told', () => {
  operator.at(60);
  assert.equal(operator.lines('echo $DEPLOY1_SERVICE_HOST', OLD), ['10.100.200.199']);
  assert.equal(operator.lines('echo $DEPLOY1_SERVICE_HOST', NEW), ['10.96.121.165']);
  assert.equal(operator.lines('curl -s $DEPLOY1_SERVICE_HOST | grep "<title>"', NEW), TITLE);
});

test('row 30: a pod from before the service was never told of it', () => {
  assert.equal(operator.lines('env | grep -c DEPLOY1_', 'pod/early'), ['0']);
  assert.equal(operator.lines('printenv KUBERNETES_SERVICE_HOST', 'pod/early'), ['10.96.0.1']);
});

test('a container that is started again is told anew', () => {
  const traffic = '    - { at: 70s, fault: { pod: deploy-test-854bc66d47-tptt9, state: crash } }\n';
  const crashed = new Operator(read(scenario(traffic)));
  assert.equal(crashed.at(65).lines('echo $DEPLOY1_SERVICE_HOST', OLD), ['10.100.200.199']);
  assert.equal(crashed.at(100).lines('echo $DEPLOY1_SERVICE_HOST', OLD), ['10.96.121.165']);
});

test('row 33: the normal service has eight variables, the headless one none', () => {
  const service = (name: string, ip: string): string => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { ${ip} selector: { app: deploy1 }, ports: [{ name: http, port: 80, targetPort: 80 }] }
---
`;
  const doctor = new Operator(
    read(`${service('my-headless-service', 'clusterIP: None,')}${service('my-non-headless-service', '')}apiVersion: v1
kind: Pod
metadata: { name: doctor }
spec: { containers: [{ name: doctor, image: curl }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: doctor }
spec: { nodes: 1, pins: { services: { my-non-headless-service: [10.97.238.145] } } }
`),
  ).at(10);
  assert.equal(doctor.lines('kubectl exec -it doctor -- env | grep -i headless').sort(), [
    'MY_NON_HEADLESS_SERVICE_PORT=tcp://10.97.238.145:80',
    'MY_NON_HEADLESS_SERVICE_PORT_80_TCP=tcp://10.97.238.145:80',
    'MY_NON_HEADLESS_SERVICE_PORT_80_TCP_ADDR=10.97.238.145',
    'MY_NON_HEADLESS_SERVICE_PORT_80_TCP_PORT=80',
    'MY_NON_HEADLESS_SERVICE_PORT_80_TCP_PROTO=tcp',
    'MY_NON_HEADLESS_SERVICE_SERVICE_HOST=10.97.238.145',
    'MY_NON_HEADLESS_SERVICE_SERVICE_PORT=80',
    'MY_NON_HEADLESS_SERVICE_SERVICE_PORT_HTTP=80',
  ]);
});

test('row 155: a pod names a service in its own variables, and refers to others', () => {
  const pod = new Operator(
    read(`apiVersion: v1
kind: Service
metadata: { name: db }
spec: { selector: { app: db }, ports: [{ port: 5432 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: app }
spec:
  containers:
    - name: app
      image: curl
      env:
        - { name: DB_URL, value: "postgres://db:$(DB_SERVICE_PORT)/$(NAME)" }
        - { name: NAME, value: main }
        - { name: LITERAL, value: "$$(NAME)" }
        - { name: SECOND, value: "$(NAME)2 $(NOBODY)" }
        - { name: MY_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: app }
spec: { nodes: 1 }
`),
  ).at(10);
  const found = new Map(pod.lines('env', 'pod/app').map((line) => line.split('=', 2) as [string, string]));
  // What comes later in the list is not known yet.
  assert.is(found.get('DB_URL'), 'postgres://db:5432/$(NAME)');
  assert.is(found.get('LITERAL'), '$(NAME)');
  assert.is(found.get('SECOND'), 'main2 $(NOBODY)');
  assert.equal([found.get('MY_IP')], pod.lines('k get pod app -o jsonpath=\'{.status.podIP}{"\\n"}\''));
});

test('traffic to $DEPLOY1_SERVICE_HOST goes where the sender was told: answered before, silent after', () => {
  const traffic = (name: string, at: number, from: string): string =>
    `    - { name: ${name}, at: ${at}s, from: ${from}, to: "http://$DEPLOY1_SERVICE_HOST:\${DEPLOY1_SERVICE_PORT}/", requests: 3, rate: 10/s, timeout: 10s }\n`;
  const rows =
    traffic('before', 15, OLD) +
    traffic('after', 30, OLD) +
    traffic('later', 70, NEW) +
    traffic('never', 70, 'pod/early');
  const { simulation } = new Operator(read(scenario(`  traffic:\n${rows}`)));
  const ends: Record<string, Set<number>> = { before: new Set(), after: new Set(), later: new Set(), never: new Set() };
  const names = Object.keys(ends);
  simulation.events.subscribe((event) => {
    if ('outcome' in event && 'traffic' in event) ends[names[event.traffic]!]!.add(event.outcome);
  });
  simulation.runUntil(90e9);
  simulation.check();
  const { Answered, Timeout, Unresolved } = Outcome;
  assert.equal(
    Object.values(ends).map((found) => [...found]),
    [[Answered], [Timeout], [Answered], [Unresolved]],
  );
});

test.run();
