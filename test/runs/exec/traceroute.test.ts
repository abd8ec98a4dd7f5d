/**
 * traceroute: each host on the way says that a datagram's time was over.
 * @evidence model: the words of traceroute, and Linux's ration of ICMP errors, which is held by tests of its own
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Operator } from '../../checklist/operator.ts';
import { read } from '../scenario/sample.ts';

const test = suite('exec/traceroute');

const SCENARIO = `apiVersion: v1
kind: Pod
metadata: { name: here }
spec: { nodeSelector: { kubernetes.io/hostname: node1 }, containers: [{ name: here, image: debian }] }
---
apiVersion: v1
kind: Pod
metadata: { name: there }
spec: { nodeSelector: { kubernetes.io/hostname: node2 }, containers: [{ name: there, image: nginx }] }
---
apiVersion: v1
kind: Service
metadata: { name: svc }
spec: { selector: { app: none }, ports: [{ port: 80 }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: way }
spec:
  nodes: 2
  pins:
    pods: [{ of: here, ip: 10.244.0.9 }, { of: there, ip: 10.244.1.9 }]
    services: { svc: [10.96.1.1] }
`;

const operator = new Operator(read(SCENARIO)).at(10);
/** Lines without their times. */
const way = (line: string, on?: string): string[] =>
  operator.lines(line, on).map((text) => text.replace(/ {2}[\d.]+ ms/g, ' ms'));

test('traceroute names the nodes between two pods, and ends at the pod', () => {
  assert.equal(way('traceroute -n 10.244.1.9', 'pod/here'), [
    'traceroute to 10.244.1.9 (10.244.1.9), 30 hops max, 60 byte packets',
    ' 1  10.0.0.11 ms ms ms',
    ' 2  10.0.0.12 ms ms ms',
    ' 3  10.244.1.9 ms ms ms',
  ]);
  assert.is(way('traceroute -I -q 1 10.244.1.9', 'pod/here').at(-1), ' 3  10.244.1.9 (10.244.1.9) ms');
});

test('traceroute has asterisks where a host has told its ration of errors', () => {
  operator.at(60);
  assert.is(way('traceroute -n -q 8 10.244.1.9').at(1), ' 1  10.0.0.12 ms ms ms ms ms ms * *');
});

test('traceroute to a cluster IP goes nowhere: no rule is for its ports', () => {
  operator.at(90);
  const lines = way('traceroute -n -q 1 -m 3 -w 1 10.96.1.1', 'pod/here');
  assert.equal(lines.slice(1), [' 1  10.0.0.11 ms', ' 2 *', ' 3 *']);
});

test('traceroute says !H where no neighbour answers, and what it can do', () => {
  assert.match(way('traceroute -n -q 1 10.0.0.99')[1]!, /^ 1 {2}10\.0\.0\.11 ms !H$/);
  assert.is(operator.run('traceroute').stderr, 'Specify "host" missing argument.\n');
});

test.run();
