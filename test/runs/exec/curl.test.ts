/** curl in the simulated cluster: its texts and exit codes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type SeedCluster, withDeployment } from './seed-cluster.ts';

const test = suite('exec/curl');

// Texts and codes are those that curl 7.88.1 gave on Linux 6.18 in the same situations.

const POD = '192.168.16.171';

function answers(cluster: SeedCluster, line: string, on?: string): [string, number] {
  const { stderr, exitCode } = cluster.type(line, on);
  return [stderr, exitCode];
}

test('curl prints the body alone, and the meter only where the body goes elsewhere', () => {
  const cluster = withDeployment();
  const plain = cluster.type(`curl ${POD}`);
  assert.ok(plain.stdout.startsWith('<!DOCTYPE html>\n<html>\n'));
  assert.is(plain.stderr, '');
  const piped = cluster.type(`curl ${POD} | wc -c`);
  assert.is(piped.stdout, '612\n');
  assert.ok(
    piped.stderr.startsWith('  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n'),
  );
  assert.match(piped.stderr, /\r100 {3}612 {2}100 {3}612 {4}0 {5}0 +\d+k? {6}0 --:--:-- --:--:-- --:--:-- +\d+k?\n$/);
  assert.is(cluster.type(`curl -s -o /dev/null ${POD}`).stdout, '');
});

test('curl -I, -i and -v show the heads', () => {
  const cluster = withDeployment();
  const head = cluster.out(`curl -s -I ${POD}`);
  assert.ok(head.startsWith('HTTP/1.1 200 OK\r\nServer: nginx/'));
  assert.ok(head.endsWith('\r\n\r\n'));
  assert.ok(cluster.out(`curl -s -i ${POD}`).startsWith(head.slice(0, 15)));
  const lines = cluster.type(`curl -v -s ${POD}/x?y -H 'Host: foo'`).stderr.split('\n');
  assert.equal(lines.slice(0, 7), [
    `*   Trying ${POD}:80...`,
    `* Connected to ${POD} (${POD}) port 80 (#0)`,
    '> GET /x?y HTTP/1.1\r',
    '> Host: foo\r',
    '> User-Agent: curl/8.5.0\r',
    '> Accept: */*\r',
    '> \r',
  ]);
  assert.equal(lines.slice(-3), ['{ [612 bytes data]', `* Connection #0 to host ${POD} left intact`, '']);
});

test('curl -w prints what is known of the transfer', () => {
  const cluster = withDeployment();
  const format =
    '%{http_code} %{remote_ip}:%{remote_port} %{local_ip} %{size_download} %{num_connects} %{exitcode}%%\\n';
  assert.is(cluster.out(`curl -s -o /dev/null -w '${format}' ${POD}`), `200 ${POD}:80 10.0.2.15 612 1 0%\n`);
  assert.is(cluster.type(`curl -s -w '%{http_code}' ${POD}:81`).stdout, '000');
});

test('curl tells refusal, silence, no route and no neighbour apart by time and code', () => {
  const cluster = withDeployment();
  cluster.out(`iptables -I OUTPUT -p tcp --dport 82 -j DROP`);
  const could = (port: number, ms: number): string =>
    `curl: (7) Failed to connect to ${POD} port ${port} after ${ms} ms: Couldn't connect to server\n`;
  assert.equal(answers(cluster, `curl ${POD}:81`), [could(81, 0), 7]);
  assert.equal(answers(cluster, `curl -s ${POD}:81`), ['', 7]);
  assert.equal(answers(cluster, `curl -sS ${POD}:81`), [could(81, 0), 7]);
  assert.equal(answers(cluster, `curl -m 2 ${POD}:82`), [
    'curl: (28) Connection timed out after 2001 milliseconds\n',
    28,
  ]);
  assert.equal(answers(cluster, `curl --connect-timeout 1 ${POD}:82`), [
    `curl: (28) Failed to connect to ${POD} port 82 after 1001 ms: Timeout was reached\n`,
    28,
  ]);
  const [text, code] = answers(cluster, 'curl 10.0.2.77');
  assert.is(code, 7);
  assert.match(
    text,
    /^curl: \(7\) Failed to connect to 10\.0\.2\.77 port 80 after 3\d\d\d ms: Couldn't connect to server\n$/,
  );
});

test('curl -v of a port that nobody has says which end refused', () => {
  const cluster = withDeployment();
  assert.is(
    cluster.type(`curl -v -s ${POD}:81`).stderr,
    `*   Trying ${POD}:81...
* connect to ${POD} port 81 failed: Connection refused
* Failed to connect to ${POD} port 81 after 0 ms: Couldn't connect to server
* Closing connection 0
`,
  );
});

test('curl waits for an answer no longer than --max-time once it is connected', () => {
  const cluster = withDeployment();
  // The answer is lost, the connection stands.
  cluster.out('iptables -I INPUT -p tcp --sport 80 --tcp-flags PSH PSH -j DROP');
  assert.equal(answers(cluster, `curl -m 2 ${POD}`), [
    'curl: (28) Operation timed out after 2001 milliseconds with 0 bytes received\n',
    28,
  ]);
});

test('curl resolves what its place can resolve', () => {
  const cluster = withDeployment('cni: routed, dns: coredns');
  cluster.out('k expose deployment deploy1 --port=80 --name=web');
  cluster.wait(5);
  assert.equal(answers(cluster, 'curl http://web/'), ['curl: (6) Could not resolve host: web\n', 6]);
  const on = 'pod/deploy1-5d98f66655-8gffz';
  for (const name of ['web', 'web.default', 'web.default.svc.cluster.local', 'localhost']) {
    assert.is(cluster.out(`curl -s -o /dev/null -w '%{http_code}' http://${name}`, on), '200', name);
  }
  assert.equal(answers(cluster, 'curl web.other', on), ['curl: (6) Could not resolve host: web.other\n', 6]);
});

test('curl refuses what it cannot read', () => {
  const cluster = withDeployment();
  const help = "curl: try 'curl --help' or 'curl --manual' for more information\n";
  assert.equal(answers(cluster, 'curl -s'), [help, 2]);
  assert.equal(answers(cluster, 'curl --foo x'), [`curl: option --foo: is unknown\n${help}`, 2]);
  assert.equal(answers(cluster, 'curl -sS -m'), [`curl: option -m: requires parameter\n${help}`, 2]);
  assert.equal(answers(cluster, 'curl -m abc x'), [
    `curl: option -m: expected a proper numerical parameter\n${help}`,
    2,
  ]);
  const bad = 'curl: (3) URL using bad/illegal format or missing URL\n';
  assert.equal(answers(cluster, 'curl http://a:99999/'), [bad, 3]);
  assert.equal(answers(cluster, 'curl http://'), [bad, 3]);
  assert.equal(answers(cluster, 'curl foo://x'), [
    'curl: (1) Protocol "foo" not supported or disabled in libcurl\n',
    1,
  ]);
  assert.equal(answers(cluster, `curl --interface 10.0.2.99 ${POD}`), [
    'curl: (45) bind failed with errno 99: Cannot assign requested address\n',
    45,
  ]);
  assert.equal(answers(cluster, `curl --interface nosuch ${POD}`), ["curl: (45) Couldn't bind to 'nosuch'\n", 45]);
});

test('ping counts answers and names who could not reach the host', () => {
  const cluster = withDeployment();
  const lines = cluster.out(`ping -c 2 ${POD}`).split('\n');
  assert.is(lines[0], `PING ${POD} (${POD}) 56(84) bytes of data.`);
  assert.match(lines[2]!, /^64 bytes from 192\.168\.16\.171: icmp_seq=2 ttl=64 time=0\.\d\d\d ms$/);
  assert.is(lines[5], '2 packets transmitted, 2 received, 0% packet loss, time 1000ms');
  assert.match(lines[6]!, /^rtt min\/avg\/max\/mdev = \d+\.\d{3}\//);
  const failed = cluster.type('ping -c 2 10.0.2.77');
  assert.is(failed.exitCode, 1);
  assert.match(failed.stdout, 'From 10.0.2.15 icmp_seq=2 Destination Host Unreachable\n');
  assert.match(failed.stdout, '2 packets transmitted, 0 received, +2 errors, 100% packet loss, time ');
  assert.is(cluster.type('ping nosuch -c 1').stderr, 'ping: nosuch: Temporary failure in name resolution\n');
});

test.run();
