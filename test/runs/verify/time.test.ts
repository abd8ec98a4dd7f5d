/**
 * Instants on this machine's kernel: what its timers repeat, what it gives up, rations and forgets happens when the
 * model says, within the tolerances of runs/verify/time/tolerance.ts.
 * @evidence kernel: When SYN, SYN-ACK, request, answer and FIN are sent again, lost once or for good by rules of the raw table: 24 ms, at 1 s 52 ms
 * @evidence kernel: How long a connection is remembered, in each state that losses leave it in, as `conntrack -L` prints it: 1 s; its counters in `/proc/net/stat/nf_conntrack`
 * @evidence kernel: When a neighbour is asked for, given up and asked for again, and when its askers are told: 52 ms, and 150 ms for what follows
 * @evidence kernel: Which datagrams an ICMP error answers under the limit per destination, and when: 150 ms
 */
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SECOND } from '../../../core/time.ts';
import { type NetCommand, NetCommandKind } from '../../../net/command.ts';
import { NetEventKind } from '../../../net/event.ts';
import { readSources } from '../../../runs/manifest/source.ts';
import { openBeside } from '../../../runs/recorded-input.ts';
import { checkedScenario } from '../../../runs/scenario/checked.ts';
import type { Scenario } from '../../../runs/scenario/scenario.ts';
import { NET_DECIDER, type NetDecider } from '../../../runs/verify/model-network.ts';
import { missingRequirements } from '../../../runs/verify/requirements.ts';
import type { Moment } from '../../../runs/verify/time/moment.ts';
import { momentDifferences } from '../../../runs/verify/time/moment.ts';
import { countersOf } from '../../../runs/verify/time/timed-kernel.ts';
import { TOLERANCE, timerToleranceNs } from '../../../runs/verify/time/tolerance.ts';
import { type TimeVerification, verifyTime } from '../../../runs/verify/time/verify-time.ts';

const test = suite('verify: time');

function scenario(name: string): Scenario {
  const file = fileURLToPath(new URL(`../../../runs/scenarios/time/${name}.yaml`, import.meta.url));
  return checkedScenario(readSources(file), { sets: [], open: openBeside });
}

function moments(...atMs: number[]): Moment[] {
  return atMs.map((ms) => ({ host: 'h', what: 'SYN', atNs: ms * 1e6, timed: true }));
}

test('momentDifferences() lets timers of one delay lie a slot of the wheel apart, and no more', () => {
  const watched = 60e9;
  const slackMs = timerToleranceNs(1e9) / 1e6;
  assert.equal(momentDifferences(moments(0, 1000), moments(3, 1003 + slackMs - 1), watched), []);
  assert.equal(momentDifferences(moments(0, 1000), moments(0, 1000 + slackMs + 1), watched).length, 1);
  assert.equal(momentDifferences(moments(0, 1000), moments(0, 1000 - slackMs - 1), watched).length, 1);
});

test('momentDifferences() wants as many, but for what one side has just before the end', () => {
  assert.equal(momentDifferences(moments(0, 1000), moments(0), 60e9), ['h: SYN: model at 0, 1000 ms, kernel at 0 ms']);
  assert.equal(momentDifferences(moments(), moments(0), 60e9).length, 1);
  assert.equal(momentDifferences(moments(0, 990), moments(0), 1e9), []);
});

test('momentDifferences() lets the first of a series be late as applications are, and hardly early', () => {
  const lateMs = TOLERANCE.answerLateNs / 1e6;
  const earlyMs = TOLERANCE.answerEarlyNs / 1e6;
  assert.equal(momentDifferences(moments(500), moments(500 + lateMs - 1), 60e9), []);
  assert.equal(momentDifferences(moments(500), moments(500 + lateMs + 1), 60e9).length, 1);
  assert.equal(momentDifferences(moments(500), moments(500 - earlyMs - 1), 60e9).length, 1);
});

test('countersOf() adds up what each CPU counted, in hexadecimal', () => {
  const text =
    'entries  clashres found invalid\n00000010  00000001 00000000 0000000a\n00000010  00000002 00000000 00000001\n';
  assert.equal(countersOf(text), { entries: 16, invalid: 11, clashres: 3 });
});

/** A fault: questions about neighbours come two seconds apart instead of one. */
function slowToAsk(): NetDecider {
  type Plan = (state: unknown, event: unknown, schedule: (command: NetCommand) => void) => void;
  const plan = NET_DECIDER.plan as unknown as Readonly<Record<number, Plan>>;
  const asked: Plan = (state, event, schedule) =>
    plan[NetEventKind.NeighbourSolicited]!(state, event, (command) =>
      schedule(command.kind === NetCommandKind.SolicitNeighbour ? { ...command, at: command.at + SECOND } : command),
    );
  return {
    ...NET_DECIDER,
    plan: { ...plan, [NetEventKind.NeighbourSolicited]: asked } as unknown as NetDecider['plan'],
  };
}

const missing = missingRequirements();
if (missing !== undefined) console.log(`SKIP verify of instants: ${missing}`);
else {
  const claims = {
    retransmission: 'SYN, SYN-ACK, request, answer and FIN are sent again when the kernel sends them again',
    tracking: 'a connection is remembered as long as conntrack -L says, in each state that losses leave it in',
    neighbour: 'a neighbour that is gone is asked for and given up when the kernel does, and its askers are told then',
    'error-limit': 'as many ICMP errors leave as the kernel lets leave, and for the same datagrams',
  };
  // Most of the time is spent waiting: all labs stand beside each other.
  const results = new Map<string, Promise<TimeVerification>>();
  let wrong: Promise<TimeVerification> | undefined;
  const begin = (): void => {
    wrong ??= verifyTime(scenario('neighbour'), { decider: slowToAsk(), attempts: 1 });
    wrong.catch(() => {});
    for (const name of Object.keys(claims)) {
      if (results.has(name)) continue;
      const result = verifyTime(scenario(name));
      result.catch(() => {});
      results.set(name, result);
    }
  };
  for (const [name, claim] of Object.entries(claims)) {
    test(`verifyTime() finds that ${claim}`, async () => {
      begin();
      const { differences, model, kernel } = await results.get(name)!;
      assert.ok(kernel.moments.length > 10 && model.moments.length > 10);
      assert.equal(differences, []);
    });
  }

  test('verifyTime() tells of a model that asks for neighbours half as often', async () => {
    begin();
    const { differences } = await wrong!;
    assert.ok(differences.some((line) => /who has 10\.0\.0\.12\?: model at 0, 20\d\d, 40\d\d ms/.test(line)));
  });
}

test.run();
