/**
 * wget and nc, each as two families of images have them.
 * @evidence published: texts and exit codes of GNU Wget 1.21.3 and OpenBSD netcat 1.219 against a server on this host, with rules that drop; those of BusyBox by its sources
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Operator } from '../../checklist/operator.ts';
import { read } from '../scenario/sample.ts';

const test = suite('exec/wget');

const SCENARIO = `apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec: { containers: [{ name: web, image: nginx }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: nobody }
spec: { selector: { app: nobody }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: small }
spec: { containers: [{ name: small, image: busybox }] }
---
apiVersion: v1
kind: Pod
metadata: { name: large }
spec: { containers: [{ name: large, image: debian }] }
---
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: wget }
spec:
  nodes: 1
  start: 2024-01-01T00:00:00Z
  kubernetes: { dns: coredns }
  pins: { services: { web: [10.96.1.1], nobody: [10.96.1.2] } }
`;

const cluster = (): Operator => new Operator(read(SCENARIO)).at(10);

test('GNU wget tells each step, and -q none', () => {
  const operator = cluster();
  const { stdout, stderr, exitCode } = operator.run('wget -O- http://web/', 'pod/large');
  assert.match(stdout, /<title>Welcome to nginx!<\/title>/);
  assert.is(exitCode, 0);
  const lines = stderr.split('\n');
  assert.equal(lines.slice(0, 6), [
    '--2024-01-01 00:00:10--  http://web/',
    'Resolving web (web)... 10.96.1.1',
    'Connecting to web (web)|10.96.1.1|:80... connected.',
    'HTTP request sent, awaiting response... 200 OK',
    'Length: 615 [text/html]',
    'Saving to: ‘STDOUT’',
  ]);
  assert.is(operator.run('wget -qO- http://10.96.1.1', 'pod/large').stderr, '');
  assert.is(operator.run('wget -q http://10.96.1.1', 'pod/large').stdout, '');
});

test('GNU wget fails with 4 where no answer comes, with 8 where it is an error, and tries again after a time-out', () => {
  const operator = cluster();
  const refused = operator.run('wget -O- http://10.96.1.2/', 'pod/large');
  assert.equal(
    [refused.stderr.split('\n')[1], refused.exitCode],
    ['Connecting to 10.96.1.2:80... failed: Connection refused.', 4],
  );
  const unknown = operator.run('wget -O- http://nosuch/', 'pod/large');
  assert.match(
    unknown.stderr,
    /Resolving nosuch \(nosuch\)\.\.\. failed: Name or service not known\.\nwget: unable to resolve host address ‘nosuch’\n$/,
  );
  const silent = operator.run('wget -T 1 -t 2 -O- http://10.96.1.1:81/', 'pod/large');
  assert.is(silent.exitCode, 4);
  assert.is(
    silent.stderr.replace(/\d\d:\d\d:\d\d/g, 'T'),
    `--2024-01-01 T--  http://10.96.1.1:81/
Connecting to 10.96.1.1:81... failed: Connection timed out.
Retrying.

--2024-01-01 T--  (try: 2)  http://10.96.1.1:81/
Connecting to 10.96.1.1:81... failed: Connection timed out.
Giving up.

`,
  );
});

test('wget --spider asks for nothing but the head', () => {
  const { stdout, stderr } = cluster().run('wget --spider http://web', 'pod/large');
  assert.is(stdout, '');
  assert.match(stderr, /^Spider mode enabled\. Check if remote file exists\.\n[\s\S]*Remote file exists\.\n\n$/);
});

test("BusyBox's wget has its own words, and 1 for all that fails", () => {
  const operator = cluster();
  const fine = operator.run('wget -O- http://web', 'pod/small');
  assert.equal(fine.stderr.split('\n').slice(0, 2), ['Connecting to web (10.96.1.1:80)', 'writing to stdout']);
  assert.match(fine.stdout, /Welcome to nginx/);
  const refused = operator.run('wget -qO- http://nobody', 'pod/small');
  assert.equal(
    [refused.stderr, refused.exitCode],
    ["wget: can't connect to remote host (10.96.1.2): Connection refused\n", 1],
  );
  assert.is(operator.run('wget -qO- http://nosuch', 'pod/small').stderr, "wget: bad address 'nosuch'\n");
  assert.is(operator.run('wget -T 1 -qO- http://web:81', 'pod/small').stderr, 'wget: download timed out\n');
});

test('nc -z says what is open, and closes without a word', () => {
  const operator = cluster();
  const line = 'nc -zv web 80';
  assert.equal(operator.run(line, 'pod/large'), {
    stdout: '',
    stderr: 'Connection to web (10.96.1.1) 80 port [tcp/http] succeeded!\n',
    exitCode: 0,
  });
  assert.is(operator.run('nc -z 10.96.1.1 80', 'pod/large').stderr, '');
  const refused = operator.run('nc -zv 10.96.1.2 80', 'pod/large');
  assert.equal(
    [refused.stderr, refused.exitCode],
    ['nc: connect to 10.96.1.2 port 80 (tcp) failed: Connection refused\n', 1],
  );
  assert.is(
    operator.run('nc -zv -w 1 10.96.1.1 81', 'pod/large').stderr,
    'nc: connect to 10.96.1.1 port 81 (tcp) timed out: Operation now in progress\n',
  );
  assert.is(operator.run(line, 'pod/small').stderr, 'web (10.96.1.1:80) open\n');
  assert.is(
    operator.run('nc -zvu 10.96.0.10 53', 'pod/large').stderr,
    'Connection to 10.96.0.10 53 port [udp/domain] succeeded!\n',
  );
  assert.match(operator.run('nc -zv nosuch 80', 'pod/large').stderr, /^nc: getaddrinfo for host "nosuch" port 80: /);
});

test('nc sends standard input and prints the answer', () => {
  const { stdout } = cluster().run("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc web 80", 'pod/large');
  assert.match(stdout, /^HTTP\/1\.1 200 OK\r\nServer: nginx/);
});

test.run();
