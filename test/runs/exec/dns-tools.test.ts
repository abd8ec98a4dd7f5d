/** nslookup, host, dig and curl typed in a pod: the real tools' words over look-ups that are packets. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { exec } from '../../../runs/exec/exec.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';

const test = suite('runs/exec/dns-tools');

const SCENARIO = `apiVersion: v1
kind: Pod
metadata: { name: doctor }
spec: { nodeName: node1, containers: [{ name: doctor, image: nginx }] }
---
apiVersion: v1
kind: Service
metadata: { name: my-non-headless-service }
spec: { clusterIP: 10.97.238.145, selector: { app: deploy1 }, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: my-headless-service }
spec: { clusterIP: None, selector: { app: deploy1 }, ports: [{ name: http, port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: deploy1 }
spec:
  replicas: 3
  selector: { matchLabels: { app: deploy1 } }
  template:
    metadata: { labels: { app: deploy1 } }
    spec: { containers: [{ name: nginx, image: nginx }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: doctor }
spec:
  nodes: 1
  kubernetes: { dns: coredns }
  dns: [{ name: google.fr, address: 192.0.2.131 }]
`;

const simulation = new Simulation(
  readScenario([{ name: 'doctor.yaml', text: SCENARIO }], {
    open: (name) => ({ name, text: '' }),
  }),
);
simulation.runUntil(10 * SECOND);
const typed = (line: string, on = 'pod/doctor') => exec(simulation, { on, argv: [line] });

test('nslookup of a service with a cluster IP', () => {
  assert.is(
    typed('nslookup my-non-headless-service').stdout,
    `Server:\t\t10.96.0.10
Address:\t10.96.0.10#53

Name:\tmy-non-headless-service.default.svc.cluster.local
Address: 10.97.238.145

`,
  );
});

test('nslookup of a headless service: one record a pod', () => {
  const { stdout } = typed('nslookup my-headless-service');
  const pods = simulation.world.cluster.store
    .view()
    .list('Pod', 'default')
    .filter(({ metadata }) => metadata.name.startsWith('deploy1-'));
  const addresses = [
    ...stdout.matchAll(/^Name:\tmy-headless-service\.default\.svc\.cluster\.local\nAddress: (.+)$/gm),
  ].map(([, ip]) => ip);
  assert.equal(addresses.sort(), pods.map(({ status }) => status.podIP).sort());
});

test('nslookup of what nobody has, and of an address', () => {
  const none = typed('nslookup nosuch');
  assert.match(none.stdout, "** server can't find nosuch: NXDOMAIN\n\n");
  assert.is(none.exitCode, 1);
  assert.match(
    typed('nslookup 10.97.238.145').stdout,
    '145.238.97.10.in-addr.arpa\tname = my-non-headless-service.default.svc.cluster.local.\n',
  );
});

test('nslookup on the node asks the machine’s own name server, which knows no services', () => {
  assert.match(
    typed('nslookup google.fr', 'node/node1').stdout,
    'Non-authoritative answer:\nName:\tgoogle.fr\nAddress: 192.0.2.131\n',
  );
  assert.is(typed('nslookup my-non-headless-service', 'node/node1').exitCode, 1);
});

test('host and dig say the same in their own words', () => {
  assert.is(
    typed('host my-non-headless-service').stdout,
    'my-non-headless-service.default.svc.cluster.local has address 10.97.238.145\n',
  );
  assert.is(typed('host nosuch').stdout, 'Host nosuch not found: 3(NXDOMAIN)\n');
  assert.is(typed('dig +short +search my-non-headless-service').stdout, '10.97.238.145\n');
  const whole = typed('dig my-non-headless-service.default.svc.cluster.local').stdout;
  assert.match(
    whole,
    /;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: \d+\n;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1\n/,
  );
  assert.match(whole, /;; SERVER: 10\.96\.0\.10#53\(10\.96\.0\.10\) \(UDP\)\n/);
});

test('curl by name, and curl of a name that nobody has', () => {
  assert.match(typed('curl -s my-non-headless-service').stdout, '<title>Welcome to nginx!</title>');
  const none = typed('curl nosuch');
  assert.equal([none.exitCode, none.stderr.split('\n').at(-2)], [6, 'curl: (6) Could not resolve host: nosuch']);
});

test('cat shows a pod the resolver file that its kubelet wrote, and a node its own', () => {
  assert.is(
    typed('cat /etc/resolv.conf').stdout,
    'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
  );
  assert.not.match(typed('cat /etc/resolv.conf', 'node/node1').stdout, 'cluster.local');
  assert.is(typed('cat /etc/shadow').stderr, 'cat: /etc/shadow: No such file or directory\n');
});

test('dig prints the parts that are asked for, asks over TCP, and knows its own options', () => {
  const name = 'my-non-headless-service.default.svc.cluster.local';
  const answer = `${name}. 30\tIN\tA\t10.97.238.145\n`;
  assert.is(typed(`dig +noall +answer ${name}`).stdout.replace(/ \d+\t/, ' 30\t'), answer);
  assert.is(typed(`dig +noall +question ${name}`).stdout, `;${name}.\tIN\tA\n`);
  assert.match(
    typed(`dig +noall +stats ${name}`).stdout,
    /^;; Query time: \d+ msec\n;; SERVER: 10\.96\.0\.10#53\(10\.96\.0\.10\) \(UDP\)\n;; WHEN: .*\n;; MSG SIZE {2}rcvd: \d+\n\n$/,
  );
  assert.match(
    typed(`dig +noall +comments ${name}`).stdout,
    /^;; Got answer:\n[\s\S]*\n\n;; OPT PSEUDOSECTION:\n; EDNS.*\n$/,
  );
  assert.match(typed(`dig +tcp ${name}`).stdout, /;; SERVER: 10\.96\.0\.10#53\(10\.96\.0\.10\) \(TCP\)\n/);
  const refused = typed(`dig +nosuchflag ${name}`);
  assert.is(refused.exitCode, 1);
  assert.match(refused.stderr, /^Invalid option: \+nosuchflag\nUsage: {2}dig \[@global-server\]/);
  assert.equal(typed(`dig +trace ${name}`), { stdout: '', stderr: 'dig: +trace is not modelled\n', exitCode: 1 });
});

test('dig, host and nslookup try as often and wait as long as they are told', () => {
  const took = (line: string): number => {
    const from = simulation.nowNs;
    typed(line);
    return Math.round((simulation.nowNs - from) / SECOND);
  };
  assert.is(took('dig +time=2 +tries=2 @192.0.2.250 x'), 4);
  assert.is(took('nslookup -timeout=1 -retry=1 x. 192.0.2.250'), 1);
  assert.is(took('host -W 2 -R 2 x. 192.0.2.250'), 6);
});

test('host and nslookup say what they do not model, and what there is not', () => {
  assert.is(typed('host -a x').stderr, 'host: -a is not modelled\n');
  assert.match(typed('host -Z x').stderr, /^host: illegal option -- Z\nUsage: host /);
  assert.is(typed('nslookup -debug x').stderr, 'nslookup: -debug is not modelled\n');
  assert.match(typed('nslookup -frob my-headless-service').stdout, /^\*\*\* Invalid option: frob\nServer:/);
});

test.run();
