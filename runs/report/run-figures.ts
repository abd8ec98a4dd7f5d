/**
 * All measures of a run at once: subscribed before its first event, read when its stream has ended. A live simulation
 * and a replayed one are observed alike.
 */
import { filter, type Observable, share, timer } from 'rxjs';
import type { Kind } from '../../controllers/object/kind.ts';
import { MILLISECOND } from '../../core/time.ts';
import type { Examined } from '../cost/cost-model.ts';
import { kindNamed } from '../scenario/known-names.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Simulation } from '../simulation.ts';
import { type ExpectationResult, heldAfterNs, objectResult, trafficResults } from './expectation.ts';
import { type Finding, findings, type RowNotes } from './finding.ts';
import { firstPackets } from './first-packets.ts';
import { type Incidents, incidents } from './incident.ts';
import { type PassageFigures, passageFigures } from './packet-figures.ts';
import { type RequestStory, requestStories } from './request-story.ts';
import { rowNotes } from './row-notes.ts';
import { type TrafficFigure, trafficFigure } from './traffic-figures.ts';

export interface RunFigures {
  /** In the order of `spec.traffic`. */
  readonly traffic: readonly TrafficFigure[];
  readonly passage: PassageFigures;
  /** Rules that first packets met, by row. */
  readonly firstPackets: readonly (Examined | undefined)[];
  readonly expectations: readonly ExpectationResult[];
  readonly findings: readonly Finding[];
}

/** A run under observation. */
export interface ObservedRun {
  /** Every request when it has ended: hot, to be subscribed before the run goes on. */
  readonly stories: Observable<RequestStory>;
  /** @throws {InvariantError} before the run's streams have completed */
  figures(): RunFigures;
}

type Late = () => ExpectationResult[];

/** Subscribes every measure to a simulation. Nothing of it is seen by the run. */
export function observeRun(simulation: Simulation): ObservedRun {
  const { scenario, world, events } = simulation;
  const stories = events.pipe(requestStories(world), share());
  const ofRow = (traffic: number): Observable<RequestStory> =>
    stories.pipe(filter((story) => story.traffic === traffic));
  const traffic = scenario.traffic.map(({ name }, i) => kept<TrafficFigure>(ofRow(i).pipe(trafficFigure(name))));
  const notes = scenario.traffic.map((_, i) => kept<RowNotes>(ofRow(i).pipe(rowNotes(world))));
  const passage = kept<PassageFigures>(events.pipe(passageFigures(world)));
  const first = kept<(Examined | undefined)[]>(events.pipe(firstPackets(world.net, scenario.traffic.length)));
  const met = kept<Incidents>(events.pipe(incidents(world)));
  const expectations = scenario.expect.map((expectation): Late => {
    if (expectation.traffic !== undefined) {
      const index = scenario.traffic.findIndex(({ name }) => name === expectation.traffic);
      const after = heldAfterNs(expectation, scenario) ?? Number.POSITIVE_INFINITY;
      if (after === Number.NEGATIVE_INFINITY) return () => trafficResults(expectation, traffic[index]!(), world);
      const later = ofRow(index).pipe(filter(({ startedAtNs }) => startedAtNs > after));
      const figure = kept<TrafficFigure>(later.pipe(trafficFigure(expectation.traffic)));
      return () => trafficResults(expectation, figure(), world);
    }
    if (expectation.object !== undefined) return objectClaim(simulation, expectation);
    return () => [notJudged(expectation)];
  });
  return {
    stories,
    figures() {
      const figures = { traffic: traffic.map((row) => row()), passage: passage(), firstPackets: first() };
      const input = {
        scenario,
        figures: figures.traffic,
        notes: notes.map((row) => row()),
        drops: figures.passage.drops,
        incidents: met(),
      };
      return { ...figures, expectations: expectations.flatMap((late) => late()), findings: findings(input) };
    },
  };
}

/** The last value of a stream that tells one when it ends. */
function kept<T>(source: Observable<T>): () => T {
  const values: T[] = [];
  source.subscribe((value) => {
    values[0] = value;
  });
  return () => {
    if (values.length === 0) throw new Error('A measure was read before its stream had ended');
    return values[0]!;
  };
}

/** What an object is at an instant, or at the end. */
function objectClaim({ world, engine }: Simulation, expectation: Scenario['expect'][number]): Late {
  const [word = '', ...rest] = expectation.object!.split('/');
  const [namespace, name] = rest.length > 1 ? rest : ['default', rest[0]];
  const kind = kindNamed(word) as Kind | undefined;
  const look = (): unknown => {
    if (kind === undefined || name === undefined) return undefined;
    const { store } = world.cluster;
    return store.get(kind, namespace, name) ?? store.get(kind, undefined, name);
  };
  let seen: { readonly object: unknown } | undefined;
  if (expectation.atNs !== undefined) {
    // Just behind the instant, so that all that falls due at it has happened.
    timer((expectation.atNs + 1) / MILLISECOND, engine.bus.clock).subscribe(() => {
      seen = { object: look() };
    });
  }
  return () => {
    const object = (seen ?? { object: look() }).object;
    return [objectResult(expectation, object, object !== undefined)];
  };
}

function notJudged({ name, where }: Scenario['expect'][number]): ExpectationResult {
  const { file, line = 0, column = 0 } = where;
  return {
    text: `${name ?? 'expectation'}: apply and reach are not modelled yet`,
    passed: false,
    got: 'not judged',
    where: `${file}:${line}:${column}`,
  };
}
