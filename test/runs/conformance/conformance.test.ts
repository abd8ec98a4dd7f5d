/** Recorded probes through the data plane, and copies of them that were falsified. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConformanceResult, runFlowFile } from '../../../runs/conformance/conformance.ts';

const RULES = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80
-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 8081 -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.0.0.2:80
-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.0.0.3:80
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 23 -j REJECT --reject-with icmp-admin-prohibited
-A INPUT -p tcp -m tcp --dport 24 -m quota --quota 5 -j DROP
COMMIT
`;

const DNAT = '-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80';
const LOT =
  '-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 8081 -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.0.0.2:80';
const REST = '-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.0.0.3:80';
const REJECT = '-A INPUT -p tcp -m tcp --dport 23 -j REJECT --reject-with icmp-admin-prohibited';

interface Hit {
  table: string;
  rule: string;
  packets: number;
}

const nat = (rule: string, packets: number): Hit => ({ table: 'nat', rule, packets });
const filter = (rule: string, packets: number): Hit => ({ table: 'filter', rule, packets });
const server = (host: string, address: string) => ({ host, address, port: 80, peer: '203.0.113.2' });

/** What a kernel does with these rules, written down by hand. */
function flows() {
  return [
    {
      probe: { from: 'client', proto: 'tcp', dst: '203.0.113.1', port: 8080 },
      outcomes: [{ times: 1, outcome: 'answered', server: server('web-1', '10.0.0.2') }],
      rulesHit: [nat(DNAT, 1), nat('-P POSTROUTING ACCEPT', 1), filter('-P FORWARD ACCEPT', 9)],
    },
    {
      probe: { from: 'client', proto: 'tcp', dst: '203.0.113.1', port: 8081, repeat: 5 },
      outcomes: [
        { times: 2, outcome: 'answered', server: server('web-1', '10.0.0.2') },
        { times: 3, outcome: 'answered', server: server('web-2', '10.0.0.3') },
      ],
      rulesHit: [nat(LOT, 2), nat(REST, 3), nat('-P POSTROUTING ACCEPT', 5), filter('-P FORWARD ACCEPT', 40)],
    },
    {
      probe: { from: 'client', proto: 'tcp', dst: '203.0.113.1', port: 23 },
      outcomes: [{ times: 1, outcome: 'icmp', reply: { kind: 'icmp', type: 3, code: 13, from: '203.0.113.1' } }],
      rulesHit: [nat('-P PREROUTING ACCEPT', 1), filter(REJECT, 1), filter('-P OUTPUT ACCEPT', 1)],
    },
    {
      probe: { from: 'client', proto: 'tcp', dst: '203.0.113.1', port: 9 },
      outcomes: [{ times: 1, outcome: 'refused', reply: { kind: 'tcp-rst', from: '203.0.113.1', sport: 9 } }],
      rulesHit: [
        nat('-P PREROUTING ACCEPT', 1),
        nat('-P INPUT ACCEPT', 1),
        filter('-P INPUT ACCEPT', 1),
        filter('-P OUTPUT ACCEPT', 1),
      ],
    },
  ];
}

const network = {
  hosts: [
    { name: 'client', address: '203.0.113.2', iface: 'eth0', routerAddress: '203.0.113.1/24', serves: [] },
    { name: 'web-1', address: '10.0.0.2', iface: 'veth1', serves: ['tcp/80'] },
    { name: 'web-2', address: '10.0.0.3', iface: 'veth2', serves: ['tcp/80'] },
  ],
};

function run(recorded: unknown[]): ConformanceResult {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-flows-'));
  try {
    writeFileSync(join(folder, 'small.rules'), RULES);
    const scenarios = { small: { ruleset: 'small', network, flows: recorded } };
    writeFileSync(join(folder, 'flows.json'), JSON.stringify({ scenarios }));
    return runFlowFile(join(folder, 'flows.json'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const test = suite('conformance');

test('runFlowFile() agrees with what a kernel does', () => {
  const { passed, failures } = run(flows());
  assert.equal(failures, []);
  assert.is(passed, 4);
});

test('runFlowFile() fails exactly the probes whose record is false', () => {
  const falsifications: ((recorded: ReturnType<typeof flows>) => void)[] = [
    ([first]) => Object.assign(first!.outcomes[0]!, { outcome: 'silence' }),
    ([first]) => Object.assign((first!.outcomes[0] as { server: object }).server, { peer: '203.0.113.9' }),
    ([, second]) => Object.assign(second!.rulesHit[0]!, { packets: 3 }),
    ([, , third]) => Object.assign((third!.outcomes[0] as { reply: object }).reply, { code: 3 }),
    ([, , third]) => third!.rulesHit.splice(1, 1),
    ([, , , fourth]) => Object.assign((fourth!.outcomes[0] as { reply: object }).reply, { sport: 10 }),
  ];
  for (const falsify of falsifications) {
    const recorded = flows();
    falsify(recorded);
    const { passed, failed, failures } = run(recorded);
    assert.equal([passed, failed], [3, 1], failures.join('\n'));
  }
});

test('runFlowFile() counts a probe that meets an unknown match as failed, and names the rule', () => {
  const [, , , fourth] = flows();
  const { failed, failures } = run([{ ...fourth, probe: { ...fourth!.probe, port: 24 } }]);
  assert.is(failed, 1);
  assert.match(failures[0] ?? '', /unknown: filter -A INPUT .* -m quota --quota 5/);
});

test('runFlowFile() refuses a file of another shape in one line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubehop-flows-'));
  const file = join(folder, 'flows.json');
  try {
    writeFileSync(file, '{ "scenarios": { "small": { "flows": [] } } }');
    assert.throws(() => runFlowFile(file), /flows\.json: Not a file of recorded probes: scenarios\.small\.network: /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
