/** Files of rules and of sets are read as the tools would read them, before anything runs. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InputError } from '../../../runs/input-error.ts';
import { checkedScenario } from '../../../runs/scenario/checked.ts';
import type { Scenario } from '../../../runs/scenario/scenario.ts';
import { Simulation } from '../../../runs/simulation.ts';
import { buildableTopology } from '../../../runs/verify/kernel-network.ts';

const RULES = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m set --match-set peers src -j DROP\nCOMMIT\n';
const SETS = 'create peers hash:net family inet\nadd peers 198.51.100.0/24\n';

function scenario(files: Readonly<Record<string, string>>): Scenario {
  const text = `apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: { name: sets }
spec:
  until: 5s
  nodes: 1
  hosts: [{ name: outside, ip: 198.51.100.7 }]
  ipsets: { node1: a.ipset }
  rules: { node1: a.rules }
`;
  return checkedScenario([{ name: 'sets.yaml', text }], { open: (name) => ({ name, text: files[name]! }) });
}

const test = suite('scenario/checked');

test('checkedScenario() says which line of a file of sets is wrong', () => {
  const wrong = { 'a.rules': RULES, 'a.ipset': `${SETS}add peers 198.51.100.0/33\n` };
  try {
    scenario(wrong);
    assert.unreachable('an element that is no network was taken');
  } catch (error) {
    assert.instance(error, InputError);
    assert.match((error as InputError).message, /^a\.ipset:3:11: Syntax error/);
  }
});

test('openWorld() gives a machine its sets, and topologyOf() tells them to whoever builds it by hand', () => {
  const { world } = new Simulation(scenario({ 'a.rules': RULES, 'a.ipset': SETS }));
  assert.equal([...world.net.hostNamed('node1')!.ipsets.keys()], ['peers']);
  const { hosts } = buildableTopology(world.net);
  assert.is(
    hosts.find(({ name }) => name === 'node1')?.ipsets,
    'create peers hash:net family inet hashsize 1024 maxelem 65536\nadd peers 198.51.100.0/24\n',
  );
  assert.is(hosts.find(({ name }) => name === 'outside')?.ipsets, undefined);
});

test.run();
