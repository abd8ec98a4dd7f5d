/**
 * The agenda under the hold model: with so many entries pending, take the first out and put one in a random time later.
 */
import { VirtualTimeScheduler } from 'rxjs';
import TinyQueue from 'tinyqueue';
import { Agenda } from '../core/agenda.ts';
import { fraction, keyedDraw } from '../core/random.ts';
import { MILLISECOND } from '../core/time.ts';
import { type Race, type RaceOptions, type Runner, race } from './race.ts';

const draw = keyedDraw('agenda');
/**
 * Increments in whole ns, of an exponential distribution with a mean of 1 ms, as the delays of a run are: drawn
 * beforehand so that nobody pays for them.
 */
const INCREMENTS = Float64Array.from({ length: 4096 }, (_, i) =>
  Math.round(-Math.log(1 - fraction(draw(1, i))) * MILLISECOND),
);

interface Entry {
  readonly at: number;
  readonly rank: number;
  readonly sequence: number;
}

const before = (a: Entry, b: Entry): number => a.at - b.at || a.rank - b.rank || a.sequence - b.sequence;

export function agendaRace(pending: number, options: RaceOptions): Promise<Race> {
  const holds = 20_000;
  const agenda = new Agenda<number>();
  const tiny = new TinyQueue<Entry>([], before);
  for (let i = 0; i < pending; i++) {
    agenda.push(INCREMENTS[i % 4096]!, 1, i);
    tiny.push({ at: INCREMENTS[i % 4096]!, rank: 1, sequence: i });
  }
  let sequence = pending;
  const fewer = Math.max(20, Math.floor(4_000_000 / pending / 200));
  const runners: Runner[] = [
    {
      name: 'kubehop agenda',
      operations: holds,
      work: () => {
        for (let i = 0; i < holds; i++) {
          const item = agenda.pop();
          agenda.push(agenda.at + INCREMENTS[i & 4095]!, 1, item);
        }
      },
    },
    {
      name: 'tinyqueue',
      operations: holds,
      work: () => {
        for (let i = 0; i < holds; i++) {
          const { at } = tiny.pop()!;
          tiny.push({ at: at + INCREMENTS[i & 4095]!, rank: 1, sequence: sequence++ });
        }
      },
    },
    {
      name: 'RxJS VirtualTimeScheduler',
      operations: fewer,
      work: () => {
        // It runs its actions itself and sorts them all on each schedule: the fill is part of it, so little is held.
        const scheduler = new VirtualTimeScheduler();
        const fill = Math.min(pending, 1_000);
        let left = fewer;
        const hold = (): void => {
          if (left-- > 0) scheduler.schedule(hold, INCREMENTS[left & 4095]!);
        };
        for (let i = 0; i < fill; i++)
          scheduler.schedule(i === 0 ? hold : () => {}, INCREMENTS[i & 4095]! * (i === 0 ? 0 : 1e6));
        scheduler.maxFrames = Number.POSITIVE_INFINITY;
        scheduler.flush();
      },
    },
  ];
  return race('Agenda, hold model', 'holds', runners, options, { of: 'pending', count: pending });
}
