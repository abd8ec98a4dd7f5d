/**
 * Connection tracking held against this machine's kernel, where namespaces can be had.
 * @evidence kernel: Connection tracking: states, time-outs, windows, clashes
 * @evidence kernel: How long a connection is remembered, in each state that losses leave it in, as `conntrack -L` prints it: 1 s; its counters in `/proc/net/stat/nf_conntrack`
 */
import { release } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLIENT, KernelLab, labHindrance, SERVER } from './kernel-lab.ts';
import { rawEcho, rawIcmp, rawTcp, rawUdp } from './raw-packet.ts';
import { parseStep, TCP_SCENARIOS } from './tcp-scenarios.ts';

const test = suite('conntrack/live');

/** The model is that of Linux 6.8 and later. */
function hindrance(): string | undefined {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major < 6 || (major === 6 && minor < 8) ? `Linux ${release()} is older than the model` : labHindrance();
}

const STATES = ['INVALID', 'NEW', 'ESTABLISHED', 'RELATED'];

/** Sends a packet and tells its state. */
async function stateOf(lab: KernelLab, side: 'c' | 's', bytes: Buffer): Promise<string> {
  const before = await lab.states();
  await lab.send(side, bytes);
  const after = await lab.states();
  return STATES[after.findIndex((count, i) => count > before[i]!)] ?? 'none';
}

/** The line of a TCP entry in the words of `TCP_SCENARIOS`. A second may have passed: the time-out is rounded up. */
function describeLine(line: string | undefined, port: number): string {
  if (line === undefined) return 'none';
  const [, , seconds, state] = line.split(/ +/);
  const marks = [
    line.includes('[UNREPLIED]') ? ' UNREPLIED' : '',
    line.includes('[ASSURED]') ? ' ASSURED' : '',
    new RegExp(`^[^=]*=[^=]*=[^=]*sport=${port} `).test(line) ? '' : ' by the server',
  ];
  return `${state} ${Number(seconds) + 1}${marks.join('')}`;
}

function compare(lab: KernelLab): void {
  test('the kernel still says what TCP_SCENARIOS says', async () => {
    let port = 2000;
    for (const { name, steps } of TCP_SCENARIOS) {
      port++;
      for (const [step, wanted] of steps) {
        const { byServer, ...segment } = parseStep(step);
        const ends = byServer
          ? { source: SERVER, sourcePort: 80, destination: CLIENT, destinationPort: port }
          : { source: CLIENT, sourcePort: port, destination: SERVER, destinationPort: 80 };
        const state = await stateOf(lab, byServer ? 's' : 'c', rawTcp({ ...ends, ...segment }));
        const lines = await lab.list('-p', 'tcp');
        const line = lines.find((text) => text.includes(`sport=${port} `) || text.includes(`dport=${port} `));
        assert.is(`${state} ${describeLine(line, port)}`, wanted, `${name}: ${step}`);
      }
    }
  });

  test('the kernel still makes UDP a stream behind two seconds of two-way traffic', async () => {
    const there = rawUdp(CLIENT, 5000, SERVER, 53);
    await lab.send('c', there);
    await lab.send('s', rawUdp(SERVER, 53, CLIENT, 5000));
    await lab.send('c', there);
    const [young = ''] = await lab.list('-p', 'udp');
    assert.match(young, /^udp +17 (29|30) src=\S+ dst=\S+ sport=5000 dport=53 src=.* dport=5000 mark=0 use=1$/);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await lab.send('c', there);
    const [old = ''] = await lab.list('-p', 'udp');
    assert.match(old, /^udp +17 (119|120) .*\[ASSURED\] mark=0 use=1$/);
  });

  test('the kernel still tells ICMP questions, answers and errors apart', async () => {
    const quoted = Buffer.concat([Buffer.alloc(4), rawUdp(CLIENT, 5000, SERVER, 53)]);
    const states = [
      await stateOf(lab, 's', rawEcho(SERVER, CLIENT, 0, 7)),
      await stateOf(lab, 'c', rawEcho(CLIENT, SERVER, 8, 7)),
      await stateOf(lab, 's', rawEcho(SERVER, CLIENT, 0, 7)),
      await stateOf(lab, 'c', rawIcmp(CLIENT, SERVER, 9, 0, Buffer.alloc(8))),
      await stateOf(lab, 's', rawIcmp(SERVER, CLIENT, 3, 3, quoted)),
      await stateOf(lab, 's', rawIcmp(SERVER, '10.91.1.9', 3, 3, quoted)),
    ];
    assert.equal(states, ['INVALID', 'NEW', 'ESTABLISHED', 'INVALID', 'RELATED', 'INVALID']);
  });
}

const reason = hindrance();
if (reason === undefined) {
  const lab = new KernelLab();
  compare(lab);
  test.after(() => lab.close());
} else {
  console.log(`SKIP connection tracking against the kernel: ${reason}`);
}

test.run();
