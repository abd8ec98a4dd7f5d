/**
 * Every packet of every shipped scenario ends in exactly one way, or is still under way at the end.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NetEventKind, type PassageEvent } from '../../net/event.ts';
import { Simulation } from '../../runs/simulation.ts';
import { SHIPPED, shippedScenario } from './shipped.ts';

const test = suite('every packet is accounted for');

const FATES: Readonly<Record<number, string>> = {
  [NetEventKind.PacketDelivered]: 'delivered',
  [NetEventKind.PacketRejected]: 'rejected',
  [NetEventKind.PacketDropped]: 'dropped',
  [NetEventKind.PacketUnknown]: 'unknown',
};

for (const name of SHIPPED) {
  test(`${name}: sent = delivered + rejected + dropped + unknown + in flight`, () => {
    const simulation = new Simulation(shippedScenario(name, 40e9));
    const fates = new Map<number, string[]>();
    const revived: number[] = [];
    simulation.events.subscribe((event) => {
      const moves = event.kind === NetEventKind.PacketSent || event.kind === NetEventKind.PacketForwarded;
      const fate = FATES[event.kind];
      if (!moves && fate === undefined) return;
      const { packet } = event as PassageEvent;
      const known = fates.get(packet) ?? [];
      if (known.length > 0) revived.push(packet);
      fates.set(packet, fate === undefined ? known : [fate]);
    });
    simulation.runUntil(simulation.scenario.untilNs!);
    simulation.check();
    assert.equal(revived, [], 'packets that go on after their end');
    const { packets } = simulation.world.net;
    const sums: Record<string, number> = { delivered: 0, rejected: 0, dropped: 0, unknown: 0, inFlight: 0 };
    for (const [packet, [fate]] of fates) {
      const where = fate ?? (packets.has(packet) ? 'inFlight' : 'nowhere');
      sums[where] = (sums[where] ?? 0) + 1;
    }
    assert.is(sums['nowhere'], undefined);
    const { delivered, rejected, dropped, unknown, inFlight } = sums;
    assert.is(fates.size, delivered! + rejected! + dropped! + unknown! + inFlight!);
    // Numbers are given without gaps: nothing was sent that no event tells of.
    assert.is(simulation.world.net.nextPacket - 1, fates.size);
    assert.ok(delivered! > 0);
  });
}

test.run();
