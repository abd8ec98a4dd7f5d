/**
 * Small reports for tests of how they are told, kept and compared.
 */
import type { Result } from '../../bench/race.ts';
import { type BenchReport, REPORT_FORMAT } from '../../bench/report.ts';

/** A runner's result. @param rates lowest, median and highest */
export function result(name: string, [low, rate, high]: readonly [number, number, number], ratio: number): Result {
  return { name, rate, rates: { low, high }, ratio, ratios: { low: ratio * 0.9, high: ratio * 1.1 }, samples: 9 };
}

/** @param factor how much faster all but the first runner are */
export function sampleReport(factor = 1, cpu = 'Abacus <II>'): BenchReport {
  const race = (count: number) => ({
    title: 'Look-ups & more',
    unit: 'look-ups',
    size: { of: 'prefixes', count },
    results: [
      result('linear', [90, 100, 110], 1),
      result('trie "x"', [800 * factor, 1000 * factor, 1200 * factor], 10 * factor),
    ],
  });
  return {
    format: REPORT_FORMAT,
    machine: {
      cpu,
      cores: '2 of 2',
      memoryMiB: 4096,
      kernel: 'linux 6.18',
      node: 'v20',
      v8: '11',
      versions: { kubehop: '0' },
    },
    load: [0.5, 1.5],
    scale: 'quick',
    sections: [
      {
        name: 'routes',
        title: 'Routes',
        races: [race(1_000), race(10_000)],
        sheets: [{ title: 'Memory', columns: ['KiB', 'ms'], rows: [{ name: 'linear', values: [12, 3 * factor] }] }],
        notes: ['Read <this> first.'],
      },
      {
        name: 'engine',
        title: 'Engine',
        races: [{ title: 'Bus', unit: 'events', results: [result('engine', [1e6, 2e6, 3e6], 1)] }],
        sheets: [{ title: 'Nothing', columns: ['a'], rows: [{ name: 'none', values: [null] }] }],
        notes: [],
      },
    ],
  };
}
