/**
 * The engine: its parts, the run as a whole, and the run as the world outside sees it.
 */
import { agendaRace } from './agenda.bench.ts';
import { busRace } from './bus.bench.ts';
import { dataPathRace } from './data-path.bench.ts';
import { ledgerRace } from './ledger.bench.ts';
import type { Race } from './race.ts';
import { byScale, type Section, type SectionReport } from './section.ts';
import { wholeRuns } from './whole-run.bench.ts';

export const ENGINE: Section = {
  name: 'engine',
  async run(context): Promise<SectionReport> {
    const races: Race[] = [];
    for (const pending of byScale(context, [1_000], [1_000, 100_000], [1_000, 10_000, 100_000, 1_000_000])) {
      context.progress(`agenda, ${pending.toLocaleString('en')} pending`);
      races.push(await agendaRace(pending, context.race));
    }
    context.progress('bus');
    races.push(await busRace(context.race));
    context.progress('ledger');
    races.push(await ledgerRace(context.race));
    context.progress('a run, its replay, and the plain loop');
    races.push(await dataPathRace(context));
    return {
      name: 'engine',
      title: 'Engine',
      races,
      sheets: [wholeRuns(context)],
      notes: [
        'A packet-hop is one link crossing. The plain loop is written by hand on typed arrays for this one network: it chooses, translates, tracks and records, but has no rules, no events and no observers.',
        'RxJS’s scheduler sorts all that is pending on each schedule and cannot be filled beforehand: it is given at most 1,000.',
      ],
    };
  },
};
