/**
 * NAT held against this machine's kernel, where namespaces can be had.
 * @evidence kernel: NAT: bindings, ranges, ports, quoted packets of ICMP errors
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FiveTuple } from '../../../net/five-tuple.ts';
import { addressPool, type NatRange, toAddress } from '../../../net/nat/range.ts';
import { CLIENT, KernelLab, labHindrance, ROUTER_OUTSIDE, SERVER } from '../conntrack/kernel-lab.ts';
import { rawEcho, rawIcmp, rawUdp, type Seen } from '../conntrack/raw-packet.ts';
import { type ModelPacket, ModelRouter } from './model-router.ts';

const test = suite('nat/live');

const OTHER = '10.91.1.3';
const VIP = '10.91.9.9';
const HOP = '10.91.2.77';

interface Question {
  readonly protocol: 1 | 17;
  readonly from: string;
  readonly port: number;
  readonly to: string;
  readonly toPort: number;
}

function seenText(seen: Seen | undefined): string {
  if (seen === undefined) return 'dropped';
  const quoted = seen.quoted === undefined ? '' : ` [${seenText(seen.quoted)}]`;
  return `${seen.source}:${seen.sourcePort} > ${seen.destination}:${seen.destinationPort}${quoted}`;
}

function modelText(model: ModelRouter, out: FiveTuple | undefined, quoted?: FiveTuple): string {
  if (out === undefined) return 'dropped';
  const text = (address: number): string => model.addresses.text(address);
  const inside = quoted === undefined ? '' : ` [${modelText(model, quoted)}]`;
  return `${text(out.source)}:${out.sourcePort} > ${text(out.destination)}:${out.destinationPort}${inside}`;
}

/** Sends each question through kernel and model; the model draws the port that the kernel drew. */
async function race(lab: KernelLab, model: ModelRouter, questions: readonly Question[]): Promise<void> {
  for (const { protocol, from, port, to, toPort } of questions) {
    const bytes = protocol === 1 ? rawEcho(from, to, 8, port) : rawUdp(from, port, to, toPort);
    const [arrived] = await lab.send('c', bytes);
    const drawn = arrived?.packet.sourcePort ?? 0;
    const firstPort = model.snat[0]?.range.minPort || (protocol === 1 ? 0 : port < 512 ? 1 : port < 1024 ? 600 : 1024);
    model.draw = () => (drawn - firstPort) * 2 ** 16;
    const { out } = model.pass(model.packet(protocol, from, port, to, toPort), 0);
    assert.is(modelText(model, out), seenText(arrived?.packet), `${from}:${port} > ${to}:${toPort}`);
  }
}

const udp = (from: string, port: number, to = SERVER, toPort = 53): Question => ({
  protocol: 17,
  from,
  port,
  to,
  toPort,
});
const echo = (from: string, id: number): Question => ({ protocol: 1, from, port: id, to: SERVER, toPort: 0 });

async function withRules(lab: KernelLab, ...rules: string[]): Promise<void> {
  await lab.run('iptables-legacy', '-w', '5', '-t', 'nat', '-F');
  await lab.run('conntrack', '-F');
  for (const rule of rules) await lab.run('iptables-legacy', '-w', '5', '-t', 'nat', '-A', ...rule.split(' '));
}

function modelWith(snat?: (model: ModelRouter) => NatRange, dnatPort?: number): ModelRouter {
  const model = new ModelRouter();
  if (snat !== undefined) model.snat = [{ matches: () => true, range: snat(model) }];
  if (dnatPort !== undefined) {
    const range = { ...toAddress(model.addresses.intern(SERVER)), minPort: dnatPort, maxPort: dnatPort };
    model.dnat = [{ matches: ({ destination }) => model.addresses.text(destination) === VIP, range }];
  }
  return model;
}

const masquerade = (model: ModelRouter): NatRange => toAddress(model.addresses.intern(ROUTER_OUTSIDE));

function compare(lab: KernelLab): void {
  test('bindSource() masquerades as the kernel does: ports kept, moved, and kept towards others', async () => {
    await withRules(lab, 'POSTROUTING -o out -j MASQUERADE');
    const questions = [5000, 300, 700, 550].flatMap((port) => [udp(CLIENT, port), udp(OTHER, port)]);
    const towardsOthers = [udp(OTHER, 5000, SERVER, 54), udp(OTHER, 5000, SERVER, 55)];
    await race(lab, modelWith(masquerade), [...questions, ...towardsOthers, echo(CLIENT, 77), echo(OTHER, 77)]);
  });

  test('bindSource() moves a port without a rule where the kernel does', async () => {
    await withRules(lab, `PREROUTING -d ${VIP} -p udp -j DNAT --to-destination ${SERVER}:80`);
    const questions = [udp(CLIENT, 5000, VIP, 8080), udp(CLIENT, 5000, SERVER, 80), udp(CLIENT, 5000, VIP, 8081)];
    await race(lab, modelWith(undefined, 80), questions);
  });

  test('bindSource() uses up a range of ports where the kernel does', async () => {
    await withRules(lab, 'POSTROUTING -p udp -o out -j SNAT --to-source 10.91.2.100:7000-7002');
    const range = (model: ModelRouter) => ({
      ...toAddress(model.addresses.intern('10.91.2.100')),
      minPort: 7000,
      maxPort: 7002,
    });
    const questions = [5000, 5001, 5002, 5003, 7001].map((port) => udp(CLIENT, port));
    await race(lab, modelWith(range), [...questions, udp(CLIENT, 5009, SERVER, 54)]);
  });

  test('chooseAddress() takes the address of a pool that the kernel takes', async () => {
    await withRules(lab, 'POSTROUTING -p udp -o out -j SNAT --to-source 10.91.2.100-10.91.2.109');
    const pool = (model: ModelRouter) => ({
      ...toAddress(0),
      addresses: addressPool(model.addresses, model.addresses.intern('10.91.2.100'), 10),
    });
    const questions = Array.from({ length: 20 }, (_, i) => udp(`10.91.1.${10 + i}`, 5000 + i));
    await race(lab, modelWith(pool), questions);
  });

  test('translateError() makes of an ICMP error what the kernel makes of it', async () => {
    await withRules(
      lab,
      `PREROUTING -d ${VIP} -p udp -j DNAT --to-destination ${SERVER}:80`,
      'POSTROUTING -o out -j MASQUERADE',
    );
    const model = modelWith(masquerade, 80);
    await race(lab, model, [udp(CLIENT, 6000, VIP, 8080)]);
    const quoted = rawUdp(ROUTER_OUTSIDE, 6000, SERVER, 80);
    const bytes = rawIcmp(HOP, ROUTER_OUTSIDE, 11, 0, Buffer.concat([Buffer.alloc(4), quoted]));
    const [arrived] = await lab.send('s', bytes);
    const error: ModelPacket = {
      ...model.packet(1, HOP, 0, ROUTER_OUTSIDE, 0),
      icmp: 11 << 8,
      inner: model.packet(17, ROUTER_OUTSIDE, 6000, SERVER, 80),
    };
    const passage = model.pass(error, 0);
    assert.is(modelText(model, passage.out, passage.quoted), seenText(arrived?.packet));
  });
}

const reason = labHindrance();
if (reason === undefined) {
  const lab = new KernelLab();
  compare(lab);
  test.after(() => lab.close());
} else {
  console.log(`SKIP network address translation against the kernel: ${reason}`);
}

test.run();
