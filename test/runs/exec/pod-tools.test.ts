/** What one types in a pod to see who and where it is, and what is said when that fails. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { exec } from '../../../runs/exec/exec.ts';
import { readScenario } from '../../../runs/scenario/read.ts';
import { Simulation } from '../../../runs/simulation.ts';

const test = suite('runs/exec/pod-tools');

const DROPS = '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -p udp --dport 53 -j DROP\nCOMMIT\n';
const SCENARIO = (rules: string) => `apiVersion: v1
kind: Pod
metadata: { name: plain }
spec: { nodeName: node1, containers: [{ name: c, image: nginx }] }
---
apiVersion: v1
kind: Pod
metadata: { name: busy, labels: { app: sub } }
spec: { nodeName: node1, hostname: box, subdomain: sub, containers: [{ name: c, image: nginx }] }
---
apiVersion: v1
kind: Pod
metadata: { name: onnode }
spec: { nodeName: node1, hostNetwork: true, containers: [{ name: c, image: debian }] }
---
apiVersion: v1
kind: Pod
metadata: { name: small }
spec: { nodeName: node1, containers: [{ name: c, image: busybox, command: [sleep, '3600'] }] }
---
apiVersion: v1
kind: Service
metadata: { name: sub }
spec: { clusterIP: None, selector: { app: sub }, ports: [{ port: 80 }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: tools }
spec:
  nodes: 1
  kubernetes: { dns: coredns }
  ${rules}
`;

function started(rules = ''): (line: string, on?: string) => ReturnType<typeof exec> {
  const sources = [{ name: 'tools.yaml', text: SCENARIO(rules) }];
  const simulation = new Simulation(readScenario(sources, { open: (name) => ({ name, text: DROPS }) }));
  simulation.runUntil(20 * SECOND);
  return (line, on = 'pod/plain') => exec(simulation, { on, argv: [line] });
}

const typed = started();

test('hostname tells the name, the full name and the domain that the kubelet gave', () => {
  const names = (on: string) =>
    typed('hostname; hostname -f; hostname -s; hostname -d', on).stdout.split('\n').slice(0, 4);
  const domain = 'sub.default.svc.cluster.local';
  assert.equal(names('pod/busy'), ['box', `box.${domain}`, 'box', domain]);
  assert.equal(names('pod/plain'), ['plain', 'plain', 'plain', '']);
  assert.equal(names('pod/onnode'), ['node1', 'node1', 'node1', '']);
  assert.is(typed('hostname --frob').stderr, 'hostname: --frob is not modelled\n');
});

test('$? is the exit code of the command before', () => {
  assert.is(typed(`false; echo "rc=$?" \${?} '$?'; echo $?`).stdout, 'rc=1 1 $?\n0\n');
  assert.is(typed('nosuch || echo $?', 'node/node1').stdout, '127\n');
});

test('cat /etc/hosts shows the hosts file that the kubelet wrote', () => {
  const ip = typed('hostname -i', 'pod/busy').stdout.trim();
  const lines = typed('cat /etc/hosts', 'pod/busy').stdout.split('\n');
  assert.is(lines[0], '# Kubernetes-managed hosts file.');
  assert.is(lines.at(-2), `${ip}\tbox.sub.default.svc.cluster.local\tbox`);
  assert.match(
    typed('cat /etc/hosts', 'pod/onnode').stdout,
    /^# Kubernetes-managed hosts file \(host network\)\.\n127/,
  );
});

test('getent hosts tells address and name, both ways', () => {
  const ip = typed('hostname -i', 'pod/busy').stdout.trim();
  const line = `${ip.padEnd(15)} `;
  assert.is(typed('getent hosts sub').stdout, `${line}sub.default.svc.cluster.local\n`);
  assert.is(typed(`getent hosts ${ip}`).stdout, `${line}box.sub.default.svc.cluster.local\n`);
  assert.is(typed('getent hosts localhost').stdout, '127.0.0.1       localhost\n');
  assert.equal(typed('getent hosts nosuch'), { stdout: '', stderr: '', exitCode: 2 });
  assert.match(typed('getent frob x').stderr, /^Unknown database: frob\n/);
});

test('ping of a name shows the name that the address has, and the time from the first send to the last', () => {
  const { stdout } = typed('ping -c 1 sub');
  assert.match(stdout, /^64 bytes from box\.sub\.default\.svc\.cluster\.local \([\d.]+\): icmp_seq=1 /m);
  assert.match(typed('ping -n -c 1 sub').stdout, /^64 bytes from [\d.]+: icmp_seq=1 /m);
  const lost = (count: number): string => typed(`ping -W 1 -c ${count} 192.0.2.77`, 'node/node1').stdout;
  assert.match(lost(1), '1 packets transmitted, 0 received, 100% packet loss, time 0ms\n\n');
  assert.match(lost(2), '2 packets transmitted, 0 received, 100% packet loss, time 1000ms\n\n');
  assert.is(typed('ping -I eth0 -c 1 sub').stderr, 'ping: -I is not modelled\n');
});

test('kubectl exec says what the container runtime says of a program that there is not', () => {
  const none = typed('kubectl exec plain -- nosuchbin', 'node/node1');
  assert.is(none.exitCode, 1);
  assert.match(
    none.stderr,
    /^error: Internal error occurred: .* failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: .*: exec: "nosuchbin": executable file not found in \$PATH: unknown\n$/,
  );
  assert.match(typed('kubectl exec plain -- ps', 'node/node1').stderr, /^sh: 1: ps: not modelled\n/);
  assert.is(
    typed('kubectl exec plain ls', 'node/node1').stderr,
    "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n",
  );
  assert.is(typed('kubectl -n default exec -it plain -- hostname', 'node/node1').stdout, 'plain\n');
});

test('a resolver that hears nothing fails for now, and one that hears no for good', () => {
  assert.is(typed('ping -c 1 nosuch').stderr, 'ping: nosuch: Name or service not known\n');
  const cut = started('rules: { node1: drops.rules }');
  const why = 'Temporary failure in name resolution';
  assert.is(cut('ping -c 1 sub').stderr, `ping: sub: ${why}\n`);
  assert.is(cut('nc -vz sub 80').stderr, `nc: getaddrinfo for host "sub" port 80: ${why}\n`);
  assert.match(cut('wget sub').stderr, `failed: ${why}.\n`);
  assert.match(cut('curl -s -S sub').stderr, 'Could not resolve host: sub\n');
});

test('ping of a small image speaks as BusyBox does', () => {
  const ip = typed('hostname -i').stdout.trim();
  const { stdout, exitCode } = typed(`ping -c 2 ${ip}`, 'pod/small');
  const ms = '\\d+\\.\\d{3}';
  assert.match(
    stdout,
    new RegExp(
      `^PING ${ip} \\(${ip}\\): 56 data bytes\n64 bytes from ${ip}: seq=0 ttl=\\d+ time=${ms} ms\n64 bytes from ${ip}: seq=1 .*\n\n` +
        `--- ${ip} ping statistics ---\n2 packets transmitted, 2 packets received, 0% packet loss\n` +
        `round-trip min/avg/max = ${ms}/${ms}/${ms} ms\n$`,
    ),
  );
  assert.is(exitCode, 0);
  assert.equal(typed('ping -c 1 nosuch', 'pod/small'), {
    stdout: '',
    stderr: "ping: bad address 'nosuch'\n",
    exitCode: 1,
  });
});

test.run();
