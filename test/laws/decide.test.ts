/**
 * Decisions and plans only look: before and after each the world is the same, to the last counter. Events are never
 * changed once they are told, and folding them draws nothing.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Agenda } from '../../core/agenda.ts';
import { Ledger } from '../../core/ledger.ts';
import { keyedDraw } from '../../core/random.ts';
import { Simulation } from '../../runs/simulation.ts';
import { RunCommandKind, type WorldCommand } from '../../runs/world/command.ts';
import { worldDecider } from '../../runs/world/decider.ts';
import { type WorldEvent, worldCodec } from '../../runs/world/event.ts';
import { openWorld } from '../../runs/world/world.ts';
import { SHIPPED, shippedScenario } from './shipped.ts';
import { worldDigests } from './world-digest.ts';

const test = suite('decisions only look');

type Handlers = Readonly<Record<number, ((...args: unknown[]) => void) | undefined>>;

/** One decision in so many is looked at before and after: a world's digest costs more than a decision. */
const SAMPLE = 397;
const UNTIL_NS = 15e9;

for (const name of SHIPPED) {
  test(`${name}: neither decide nor plan changes the world`, () => {
    const scenario = shippedScenario(name, UNTIL_NS);
    const { world, agent } = openWorld(scenario);
    const decider = worldDecider(scenario, agent);
    const [decide, evolve, plan] = [decider.decide, decider.evolve, decider.plan] as unknown as [
      Handlers,
      Handlers,
      Handlers,
    ];
    const rank = decider.rank as Readonly<Record<number, number>>;
    const draw = keyedDraw(scenario.seed);
    const agenda = new Agenda<WorldCommand>();
    const bare = { agenda: { list: () => [] } };
    const look = (): Record<string, string> =>
      worldDigests({ world, nowNs: agenda.at, engine: { bus: { clock: bare } } } as never);
    agenda.push(0, 0, { kind: RunCommandKind.StartRun, at: 0 });
    const kinds = new Set<number>();
    let looked = 0;
    for (let done = 0; agenda.size > 0 && agenda.nextAt <= UNTIL_NS; done++) {
      const command = agenda.pop();
      const first = !kinds.has(command.kind);
      const watched = first || done % SAMPLE === 0;
      kinds.add(command.kind);
      const before = watched ? look() : {};
      const events: WorldEvent[] = [];
      decide[command.kind]!(world, command, draw, (event: WorldEvent) => events.push(Object.freeze(event)));
      if (watched) assert.equal(look(), before, `decide of command ${command.kind}`);
      for (const event of events) {
        evolve[event.kind]!(world, event);
        const settled = watched ? look() : {};
        plan[event.kind]?.(world, event, (next: WorldCommand) => agenda.push(next.at, rank[next.kind]!, next));
        if (watched) assert.equal(look(), settled, `plan of event ${event.kind}`);
      }
      if (watched) looked++;
    }
    assert.ok(looked > 20, `${looked} decisions looked at`);
    assert.ok(kinds.size > 15, `${kinds.size} kinds of command`);
  });
}

test('a probe that freezes every event it is handed changes nothing', () => {
  const digest = (freeze: boolean): string => {
    const scenario = shippedScenario('flagship.yaml', UNTIL_NS);
    const ledger = new Ledger(worldCodec, 'start', () => {});
    const simulation = new Simulation(scenario, { ledger });
    if (freeze) simulation.events.subscribe((event) => Object.freeze(event));
    simulation.runUntil(UNTIL_NS);
    simulation.engine.finish(UNTIL_NS);
    return ledger.digest;
  };
  assert.is(digest(true), digest(false));
});

test.run();
