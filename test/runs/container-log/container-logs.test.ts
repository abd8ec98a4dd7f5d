/**
 * What containers write, and what of it kubectl logs shows.
 * @evidence published: logs of kube-proxy 1.28 to 1.34, CoreDNS 1.12 and nginx as operators showed them
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { klogLine } from '../../../runs/container-log/klog.ts';
import { kubeProxyLog } from '../../../runs/container-log/kube-proxy-log.ts';
import type { Started } from '../../../runs/container-log/log-line.ts';
import { httpdAccess, nginxAccess, nginxStart } from '../../../runs/container-log/web-server-log.ts';
import { Operator } from '../../checklist/operator.ts';
import { read } from '../scenario/sample.ts';

const test = suite('container logs');

const STARTED: Started = {
  epochSeconds: Date.UTC(2025, 5, 15, 19, 52, 22) / 1000,
  kubernetesVersion: '1.33.1',
  minor: 33,
  nodeIp: '192.168.1.161',
  processors: 4,
  conntrackMax: '131072',
};

test('klogLine() writes severity, day, time to the microsecond, process, place and message', () => {
  const entry = {
    severity: 'I',
    afterUs: 380_580,
    place: 'server_linux.go:63',
    message: '"Using iptables proxy"',
  } as const;
  assert.is(klogLine(entry, STARTED).text, 'I0615 19:52:22.380580       1 server_linux.go:63] "Using iptables proxy"');
  const late = klogLine({ ...entry, severity: 'W', afterUs: 1_999_999 }, { ...STARTED, epochSeconds: 0.5 });
  assert.is(late.text.slice(0, 21), 'W0101 00:00:02.499999');
});

/** Lines without what the machine decides: severity, place and message. */
const said = (minor: number, kubernetesVersion: string): string[] =>
  kubeProxyLog({ ...STARTED, minor, kubernetesVersion }).map(({ text }) => text.replace(/^(.)\d{4} \S+ +1 /, '$1 '));

test('kubeProxyLog() says in 1.33 what 1.33 says', () => {
  assert.equal(said(33, '1.33.1').slice(0, 9), [
    'I server_linux.go:63] "Using iptables proxy"',
    'I server.go:715] "Successfully retrieved node IP(s)" IPs=["192.168.1.161"]',
    'I conntrack.go:60] "Setting nf_conntrack_max" nfConntrackMax=131072',
    'E server.go:245] "Kube-proxy configuration may be incomplete or incorrect" err="nodePortAddresses is unset; NodePort connections will be accepted on all local IPs. Consider using `--nodeport-addresses primary`"',
    'I server.go:254] "kube-proxy running in dual-stack mode" primary ipFamily="IPv4"',
    'I server_linux.go:145] "Using iptables Proxier"',
    'I proxier.go:243] "Setting route_localnet=1 to allow node-ports on localhost; to change this either disable iptables.localhostNodePorts (--iptables-localhost-nodeports) or set nodePortAddresses (--nodeport-addresses) to filter loopback addresses" ipFamily="IPv4"',
    'I server.go:516] "Version info" version="v1.33.1"',
    'I server.go:518] "Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""',
  ]);
});

test('kubeProxyLog() is unstructured where a release is', () => {
  const old = said(28, '1.28.15');
  assert.ok(old.includes('I node.go:141] Successfully retrieved node IP: 192.168.1.161'));
  assert.ok(
    old.includes(
      'I server_others.go:421] "Detect-local-mode set to ClusterCIDR, but no cluster CIDR for family" ipFamily="IPv6"',
    ),
  );
  assert.ok(old.includes('I shared_informer.go:311] Waiting for caches to sync for service config'));
  assert.not.ok(old.some((line) => line.startsWith('E ')));
  const next = said(34, '1.34.0');
  assert.is(next[1], 'I shared_informer.go:349] "Waiting for caches to sync" controller="node informer cache"');
  assert.is(next[3], 'I server.go:219] "Successfully retrieved NodeIPs" NodeIPs=["192.168.1.161"]');
});

test('kubeProxyLog() is in order of time', () => {
  for (const minor of [16, 28, 29, 30, 31, 32, 33, 34]) {
    const times = kubeProxyLog({ ...STARTED, minor }).map(({ epochSeconds }) => epochSeconds);
    assert.equal(
      [...times].sort((a, b) => a - b),
      times,
      String(minor),
    );
  }
});

const ACCESS = {
  epochSeconds: 1_704_067_229.5,
  peer: '10.0.0.11',
  method: 'GET',
  path: '/a?b=c',
  headers: [['User-Agent', 'curl/8.5.0']] as const,
  status: 200,
  bodyBytes: 615,
};

test('nginxAccess() is the format main, httpdAccess() the common one', () => {
  assert.is(
    nginxAccess(ACCESS),
    '10.0.0.11 - - [01/Jan/2024:00:00:29 +0000] "GET /a?b=c HTTP/1.1" 200 615 "-" "curl/8.5.0" "-"',
  );
  const forwarded = { ...ACCESS, headers: [['X-Forwarded-For', '192.0.2.1']] as const, status: 404, bodyBytes: 0 };
  assert.match(nginxAccess(forwarded), / 404 0 "-" "-" "192\.0\.2\.1"$/);
  assert.is(
    httpdAccess({ ...ACCESS, bodyBytes: 0 }),
    '10.0.0.11 - - [01/Jan/2024:00:00:29 +0000] "GET /a?b=c HTTP/1.1" 200 -',
  );
});

test('nginxStart() is silent before 1.19, speaks by its entrypoint then, and by itself from 1.21 on', () => {
  const lines = (version: string): string[] => nginxStart(version, STARTED).map(({ text }) => text);
  assert.equal(lines('1.17.8'), []);
  assert.match(lines('1.19.6').at(-1)!, /Configuration complete; ready for start up$/);
  assert.is(lines('1.27.0').at(-2), '2025/06/15 19:52:22 [notice] 1#1: nginx/1.27.0');
});

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "nginx:1.25" }, { name: side, image: busybox }] }
---
apiVersion: v1
kind: Pod
metadata: { name: one, labels: { app: one } }
spec: { containers: [{ name: one, image: httpd }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: logs }
spec:
  start: 2024-01-01T00:00:00Z
  nodes: 1
  timeline:
    - { at: 20s, fault: { pod: one, state: crash } }
`;

test('kubectl logs shows what was answered, by whom it was asked, and nothing of a container that is silent', () => {
  const operator = new Operator(read(WEB)).at(10);
  const { stdout: ip } = operator.run("kubectl get pod one -o jsonpath='{.status.podIP}'");
  operator.run(`curl -s http://${ip}/here; curl -s -I http://${ip}/`);
  const [first = '', second = '', ...more] = operator.lines('kubectl logs one');
  assert.match(first, /^10\.0\.0\.11 - - \[01\/Jan\/2024:00:00:10 \+0000\] "GET \/here HTTP\/1\.1" 200 \d+$/);
  assert.match(second, /"HEAD \/ HTTP\/1\.1" 200 -$/);
  assert.equal(more, []);
  assert.equal(operator.lines('kubectl logs one --tail=1'), [second]);
  assert.match(
    operator.lines('kubectl logs one --tail=1 --timestamps')[0]!,
    /^2024-01-01T00:00:10\.\d{9}Z 10\.0\.0\.11 /,
  );
  const { stdout, stderr } = operator.run('kubectl logs deploy/web -c side');
  assert.is(stdout, '');
  assert.match(stderr, /^Found 2 pods, using pod\/web-\w+-\w{5}\n$/);
  assert.match(operator.run('kubectl logs deploy/web').stderr, /Defaulted container "web" out of: web, side\n$/);
  assert.is(operator.lines('kubectl logs -l app=web --tail=1 -c web --prefix').length, 2);
});

test('kubectl logs -p shows the life before, where there was one', () => {
  const operator = new Operator(read(WEB)).at(10);
  const { stdout: ip } = operator.run("kubectl get pod one -o jsonpath='{.status.podIP}'");
  operator.run(`curl -s http://${ip}/`);
  assert.is(
    operator.run('kubectl logs one -p').stderr,
    'Error from server (BadRequest): previous terminated container "one" in pod "one" not found\n',
  );
  operator.at(35);
  assert.equal(operator.lines('kubectl logs one'), []);
  assert.is(operator.lines('kubectl logs one --previous').length, 1);
});

test('kubectl logs refuses in the words of kubectl', () => {
  const operator = new Operator(read(WEB)).at(0);
  const errorOf = (line: string): string => operator.run(line).stderr;
  assert.is(
    errorOf('kubectl logs nosuch'),
    'error: error from server (NotFound): pods "nosuch" not found in namespace "default"\n',
  );
  assert.match(
    errorOf('kubectl logs'),
    /^error: expected 'logs \[-f\] \[-p\] \(POD \| TYPE\/NAME\) \[-c CONTAINER\]'\.\n/,
  );
  operator.at(0.3);
  assert.is(
    errorOf('kubectl logs one'),
    'Error from server (BadRequest): container "one" in pod "one" is waiting to start: ContainerCreating\n',
  );
  assert.is(errorOf('kubectl logs one -c two'), 'error: container two is not valid for pod one\n');
});

test.run();
