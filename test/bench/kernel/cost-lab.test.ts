/**
 * First packets on the real kernel: they are as many as the lab says, they meet the rules that the model says, and nothing
 * is left behind. Counts, no times.
 */
import { spawn } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CostLab } from '../../../bench/kernel/cost-lab.ts';
import { firstPacketTimes } from '../../../bench/kernel/first-packet-times.ts';
import { loadRulesOf } from '../../../bench/kernel/rule-load.ts';
import { serviceRules } from '../../../bench/kernel/service-rules.ts';
import { presentBackends } from '../../../bench/kernel.bench.ts';
import { removeLeftovers } from '../../../runs/verify/leftovers.ts';
import { labNamespaces } from '../../../runs/verify/namespace.ts';
import { namespaceOwner } from '../../../runs/verify/namespace-name.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';

const test = suite('kernel cost lab');

test('serviceRules() counts a rule more for each service before the one that is asked', () => {
  const { places, rules, full } = serviceRules(30);
  const [first, middle, last, none] = places.map(({ examined }) => examined);
  assert.equal([middle! - first!, last! - first!], [15, 29]);
  // The last one's own chains are looked at instead of the rule behind all services.
  assert.ok(none! < last! && none! >= 30);
  assert.is(rules, serviceRules(29).rules + 4);
  assert.is(places[3]!.examined, places[3]!.examinedByDatagram);
  assert.is(full.match(/^-A KUBE-SERVICES .*--dport/gm)!.length, 30);
});

const own = (): string[] => labNamespaces().filter((name) => namespaceOwner(name)!.pid === process.pid);

const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP first packets on the kernel: ${missing}`);
else {
  const turns = { rounds: 3, connections: 5 };
  const sent = turns.rounds * turns.connections;
  for (const backend of presentBackends()) {
    test(`firstPacketTimes() sends each place as many first packets as it says, under ${backend}`, async () => {
      const rules = serviceRules(7);
      const [bare, ruled] = [await CostLab.open(), await CostLab.open()];
      try {
        for (const text of [rules.ensured, rules.full, rules.incremental]) {
          const { wallMs, cpuMs } = await loadRulesOf(ruled, backend, text);
          assert.ok(Number.isFinite(wallMs) && Number.isFinite(cpuMs));
        }
        const { points, datagram, later } = await firstPacketTimes(bare, ruled, rules, turns);
        assert.equal(
          points.map(({ place, examined }) => [place, examined]),
          rules.places.map(({ name, examined }) => [name, examined]),
        );
        for (const { tookNs, bareNs } of [...points, datagram, later]) {
          assert.equal([tookNs.length, bareNs.length], [turns.rounds, turns.rounds]);
          for (const ns of [...tookNs, ...bareNs]) assert.ok(Number.isInteger(ns) && ns > 0);
        }
        const saved = await ruled.node(`${backend}-save -c -t nat`);
        const counted = (of: RegExp): number[] =>
          [...saved.matchAll(/^\[(\d+):\d+\] (.*)$/gm)]
            .filter(([, , rule]) => of.test(rule!))
            .map(([, n]) => Number(n));
        // Three services, none, and the first datagrams of two kinds of flow: the second ones do not come here.
        assert.equal(counted(/^-A PREROUTING /), [6 * sent]);
        assert.equal(
          counted(/^-A KUBE-SEP-\S+ .* DNAT /).sort((a, b) => a - b),
          [0, 0, 0, 0, sent, sent, sent],
        );
        assert.is(Number(await ruled.node('conntrack -C')), 6 * sent);
      } finally {
        bare.close();
        ruled.close();
      }
      assert.equal(own(), []);
    });
  }

  test('removeLeftovers() removes the namespaces of a bench that was killed', async () => {
    const program = `import { CostLab } from ${JSON.stringify(new URL('../../../bench/kernel/cost-lab.ts', import.meta.url).href)};
      await CostLab.open(); console.log('open'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('close', reject);
    });
    const names = labNamespaces().filter((name) => namespaceOwner(name)!.pid === child.pid);
    assert.is(names.length, 3);
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await closed;
    const removed = removeLeftovers();
    for (const name of names) assert.ok(removed.includes(name) || !labNamespaces().includes(name));
    assert.equal(
      labNamespaces().filter((name) => names.includes(name)),
      [],
    );
  });
}

test.run();
