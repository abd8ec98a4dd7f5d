/**
 * The laboratory on this machine's kernel: a network written by hand must behave as one who knows Linux expects,
 * faults must show, and nothing must stay behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Lab, openLab } from '../../../runs/verify/lab.ts';
import { removeLeftovers } from '../../../runs/verify/leftovers.ts';
import { labNamespaces } from '../../../runs/verify/namespace.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import type { WirePacket } from '../../../runs/verify/wire.ts';
import { RULES, twoNodeNetwork } from './two-node-network.ts';

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const missing = missingRequirements();
const test = suite<{ lab: Lab | undefined }>('lab', { lab: undefined });
const labTest: typeof test = missing === undefined ? test : suite('skipped');

test('missingRequirements() names all that lacks in one line', () => {
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    const line = missingRequirements();
    assert.match(line ?? '', /^verify needs .*iptables-restore \(Debian package iptables\).*perl/);
    assert.not.match(line ?? '', /\n/);
  } finally {
    process.env.PATH = path;
  }
});

if (missing === undefined) {
  test.before(async (context) => {
    context.lab = await openLab(twoNodeNetwork());
  });
  test.after((context) => context.lab?.close());
} else {
  console.log(`SKIP lab: ${missing}`);
}

labTest('openLab() loads the rules that were meant and every setting', ({ lab }) => {
  assert.equal(lab?.ruleDifferences, []);
  assert.equal(lab?.notBuilt, []);
});

labTest('observe() follows a node port over two nodes into the pod', async ({ lab }) => {
  const { story, answer, packets } = await lab!.observe({
    from: 'client',
    protocol: 'tcp',
    to: '192.0.2.11',
    port: 30080,
    payload: GET,
    timeoutMs: 3000,
  });
  assert.is(story.outcome, 'answered');
  assert.is(story.status, 200);
  assert.match(answer.toString(), /default\/web\n$/);
  assert.is(story.server, 'default/web');
  assert.is(story.peer?.address, '192.0.2.11');
  assert.is(story.ttl, 62);
  assert.is(story.rejection, undefined);
  const dnat = story.rules.find(({ host, rule }) => host === 'node1' && rule.includes('DNAT'));
  assert.is(dnat?.packets, 1);
  assert.is(dnat?.bytes, 60);
  const masquerades = story.rules.filter(({ rule }) => rule.includes('MASQUERADE'));
  assert.equal(
    masquerades.map(({ host }) => host),
    ['node1'],
  );
  const forwarded = story.rules.find(({ host, rule }) => host === 'node2' && rule === ':FORWARD ACCEPT');
  // SYN, ACK, request, ACK, FIN, ACK one way; SYN-ACK, ACK, answer, FIN-ACK the other.
  assert.is(forwarded?.packets, 10);
  const entry = story.conntrack.find(({ host }) => host === 'node1');
  assert.is(entry?.state, 'TIME_WAIT');
  assert.equal(entry?.flags, ['ASSURED']);
  assert.is(entry?.original.destination, '192.0.2.11');
  assert.is(entry?.reply.source, '10.1.2.2');
  assert.is(entry?.reply.destinationPort, story.peer?.port);
  assert.is(packets[0]?.host, 'client');
  assert.is(packets[0]?.flags, 2);
  assert.is(packets[0]?.ttl, 64);
});

labTest('observe() reaches the node port from the node itself by 127.0.0.1', async ({ lab }) => {
  const { story } = await lab!.observe({
    from: 'node1',
    protocol: 'tcp',
    to: '127.0.0.1',
    port: 30080,
    payload: GET,
    timeoutMs: 3000,
  });
  assert.is(story.server, 'default/web');
  assert.is(story.peer?.address, '192.0.2.11');
  assert.is(story.ttl, 63);
});

labTest('observe() tells RST, ICMP error and silence apart', async ({ lab }) => {
  const base = { from: 'client', protocol: 'tcp', to: '192.0.2.12', payload: GET, timeoutMs: 600 } as const;
  const closed = await lab!.observe({ ...base, port: 80 });
  assert.is(closed.outcome, 'refused');
  assert.equal(closed.story.rejection, { host: 'node2', by: 'rst', icmp: 0 });
  const rejected = await lab!.observe({ ...base, port: 82 });
  assert.is(rejected.outcome, 'refused');
  assert.equal(rejected.story.rejection, { host: 'node2', by: 'icmp', icmp: 0x0303 });
  const prohibited = await lab!.observe({ ...base, port: 84 });
  assert.is(prohibited.outcome, 'unreachable');
  assert.equal(prohibited.story.rejection, { host: 'node2', by: 'icmp', icmp: 0x030d });
  const dropped = await lab!.observe({ ...base, port: 81 });
  assert.is(dropped.outcome, 'timeout');
  assert.is(dropped.story.rejection, undefined);
  assert.is(dropped.story.server, '');
});

labTest('observe() follows datagrams and echo requests', async ({ lab }) => {
  const datagram = await lab!.observe({
    from: 'default/other',
    protocol: 'udp',
    to: '10.1.2.2',
    port: 53,
    payload: 'hello',
    timeoutMs: 2000,
  });
  assert.is(datagram.answer.toString(), 'hello');
  assert.is(datagram.story.server, 'default/web');
  assert.equal(datagram.story.peer, { address: '10.1.2.3', port: datagram.story.sourcePort });
  const echo = await lab!.observe({ from: 'node1', protocol: 'icmp', to: '10.1.2.2', port: 0, timeoutMs: 2000 });
  assert.is(echo.outcome, 'answered');
  assert.is(echo.story.server, 'default/web');
  assert.is(echo.story.ttl, 63);
  const nowhere = await lab!.observe({ from: 'client', protocol: 'icmp', to: '198.51.100.1', port: 0, timeoutMs: 500 });
  assert.is(nowhere.outcome, 'unreachable');
});

labTest('observe() sees each segment of a long answer on its own, with no offload', async ({ lab }) => {
  const { story, packets } = await lab!.observe({
    from: 'default/other',
    protocol: 'tcp',
    to: '10.1.2.2',
    port: 8080,
    payload: `POST / HTTP/1.1\r\nContent-Length: 4000\r\n\r\n${'x'.repeat(4000)}`,
    timeoutMs: 3000,
  });
  assert.is(story.outcome, 'answered');
  const sizes = packets.filter(({ host, direction }) => host === 'default/other' && direction === 'out');
  assert.ok(sizes.every(({ sizeBytes }) => sizeBytes <= 1500));
  assert.is(sizes.filter(({ sizeBytes }) => sizeBytes === 1500).length, 2);
});

labTest('observe() sees a lost segment again when the kernel retransmits it', async ({ lab }) => {
  const lossy = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p tcp -m tcp --sport 8080 --tcp-flags PSH,ACK PSH,ACK -m statistic --mode nth --every 2 --packet 0 -j DROP
COMMIT
`;
  assert.equal(await lab!.loadRules('node1', RULES + lossy), []);
  const { story, packets } = await lab!.observe({
    from: 'node1',
    protocol: 'tcp',
    to: '10.1.2.2',
    port: 8080,
    payload: GET,
    timeoutMs: 5000,
  });
  assert.equal(await lab!.loadRules('node1', RULES), [], 'the raw table is emptied again');
  assert.is(story.outcome, 'answered');
  const isAnswer = ({ host, direction, flags }: WirePacket) =>
    host === 'default/web' && direction === 'out' && (flags & 8) !== 0;
  const answers = packets.filter(isAnswer);
  assert.is(answers.length, 2);
  assert.is(answers[0]?.sequence, answers[1]?.sequence);
  const waitMs = (answers[1]!.atNs - answers[0]!.atNs) / 1e6;
  // The smallest retransmission time-out is 200 ms.
  assert.ok(waitMs > 190 && waitMs < 400, `waited ${waitMs} ms`);
  const drop = story.rules.find(({ table, rule }) => table === 'raw' && rule.endsWith('-j DROP'));
  assert.is(drop?.packets, 1);
  assert.is(drop?.bytes, answers[0]?.sizeBytes);
});

labTest('observe() exchanges as many bytes as were asked for where HTTP does not say', async ({ lab }) => {
  const base = { from: 'default/other', protocol: 'tcp', to: '10.1.2.2', port: 8080, timeoutMs: 3000 } as const;
  const sized = await lab!.observe({ ...base, payload: 'x'.repeat(3000), answerBytes: 20_000 });
  assert.is(sized.outcome, 'answered');
  assert.is(sized.answer.length, 20_000);
  const echoed = await lab!.observe({ ...base, payload: 'x'.repeat(3000) });
  assert.is(echoed.answer.length, 3000);
});

labTest(
  'run() by somebody else on a node changes what flows do, and compareRules() says what changed',
  async ({ lab }) => {
    const broken = await lab!.run('node1', 'iptables -t nat -F KUBE-SEP-WEB');
    assert.is(broken.status, 0);
    const [line = '', ...more] = await lab!.compareRules('node1', RULES);
    assert.match(line, /^node1: chain nat KUBE-SEP-WEB: meant .*DNAT.*, loaded none$/);
    assert.equal(more, []);
    const { story } = await lab!.observe({
      from: 'client',
      protocol: 'tcp',
      to: '192.0.2.11',
      port: 30080,
      payload: GET,
      timeoutMs: 1000,
    });
    assert.is(story.outcome, 'refused');
    assert.equal(await lab!.loadRules('node1', RULES), []);
  },
);

labTest('loadRules() notices an iptables-restore in PATH that alters a rule', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-path-'));
  const path = process.env.PATH ?? '';
  const real = path.split(delimiter).map((part) => join(part, 'iptables-restore'));
  const script = `#!/bin/sh\nfor tool in ${real.join(' ')}; do [ -x "$tool" ] && break; done\nsed s/10.1.2.2:8080/10.1.2.2:8081/ | "$tool" "$@"\n`;
  writeFileSync(join(folder, 'iptables-restore'), script);
  chmodSync(join(folder, 'iptables-restore'), 0o755);
  process.env.PATH = `${folder}${delimiter}${path}`;
  try {
    const lab = await openLab(twoNodeNetwork());
    const differences = lab.ruleDifferences;
    lab.close();
    assert.is(differences.length, 2);
    assert.match(differences[0] ?? '', /^node1: chain nat KUBE-SEP-WEB: meant .*:8080, loaded .*:8081$/);
  } finally {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  }
});

labTest('openLab() leaves nothing behind when the network cannot be built', async () => {
  const before = namespacesOf(process.pid);
  const network = twoNodeNetwork();
  const [client, ...rest] = network.hosts;
  const astray = { ...client!, routes: [{ destination: '203.0.113.0/24', via: '198.51.100.1' }] };
  let message = '';
  try {
    (await openLab({ ...network, hosts: [astray, ...rest] })).close();
  } catch (error) {
    message = (error as Error).message;
  }
  assert.match(message, /^client: ip route add 203\.0\.113\.0\/24 via 198\.51\.100\.1: /);
  assert.equal(namespacesOf(process.pid), before);
});

/** Starts a process that opens a lab of its own and waits; resolves once the lab stands. */
function startOther(): Promise<ReturnType<typeof spawn>> {
  const here = new URL('.', import.meta.url).pathname;
  const script = `
    import { openLab } from '${here}../../../runs/verify/lab.ts';
    import { twoNodeNetwork } from '${here}two-node-network.ts';
    await openLab(twoNodeNetwork());
    console.log('open');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve(child));
    child.on('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
}

function namespacesOf(pid: number | undefined): string[] {
  return labNamespaces().filter((name) => name.startsWith(`kubehop-${pid}-`));
}

labTest('removeLeftovers() removes the networks of a killed run and leaves those of living ones', async ({ lab }) => {
  const child = await startOther();
  assert.ok(namespacesOf(child.pid).length >= 6);
  assert.equal(
    removeLeftovers().filter((name) => name.startsWith(`kubehop-${child.pid}-`)),
    [],
    'a living run is left alone',
  );
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.ok(namespacesOf(child.pid).length >= 6, 'kill -9 leaves them behind');
  removeLeftovers();
  assert.equal(namespacesOf(child.pid), []);
  assert.ok(labNamespaces().includes(lab!.namespace('client')));
});

labTest('a run that is interrupted removes its network, and another beside it goes on', async ({ lab }) => {
  const child = await startOther();
  child.kill('SIGINT');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.is(child.signalCode, 'SIGINT');
  assert.equal(namespacesOf(child.pid), []);
  const echo = await lab!.observe({ from: 'client', protocol: 'icmp', to: '192.0.2.11', port: 0, timeoutMs: 1000 });
  assert.is(echo.outcome, 'answered');
});

labTest('close() removes every namespace, and the machine itself gets no interface', async () => {
  const links = () => spawnSync('ip', ['-o', 'link'], { encoding: 'utf8' }).stdout;
  const before = links();
  const lab = await openLab(twoNodeNetwork());
  const namespace = lab.namespace('client');
  assert.ok(labNamespaces().includes(namespace));
  assert.is(links(), before);
  lab.close();
  assert.not.ok(labNamespaces().includes(namespace));
});

test.run();
