/**
 * Longest-prefix match: every way there is, over tables like the Internet's, from a thousand prefixes up.
 */
import type { Family, Prefix } from '../net/address.ts';
import type { Fib } from '../net/fib/fib.ts';
import { FIB_KINDS } from '../net/fib/kinds.ts';
import { freshLoop } from './fresh-loop.ts';
import { mixedAddresses, mixedPrefixes } from './prefix-mix.ts';
import { paced, type Race, type Runner, race } from './race.ts';
import { type BenchContext, byScale, type Section, type SectionReport, type Sheet, timed } from './section.ts';
import { xorshift } from './xorshift.ts';

/** Addresses that are looked up in turn. */
const ADDRESSES = 1 << 16;
/** Different numbers in a table, as a router has neighbours. */
const NEXT_HOPS = 64;

const LOOKUP = `let sum = 0;
for (let i = start; i < start + count; i++) {
  const at = (i & mask) << 2;
  sum = (sum + fib.lookup(words[at], words[at + 1], words[at + 2], words[at + 3])) | 0;
}
return sum;`;

export const ROUTES: Section = {
  name: 'routes',
  async run(context): Promise<SectionReport> {
    const races: Race[] = [];
    const sheets: Sheet[] = [];
    const notes = [
      'Prefix lengths are mixed in the shape of the global routing table; that more than half of the prefixes lie inside of another is assumed. 64 next hops. 65,536 addresses inside of prefixes are looked up in turn, each prefix equally likely: no locality. An update takes a prefix out, or puts it in again.',
    ];
    for (const family of [4, 6] as const) {
      for (const kind of FIB_KINDS) {
        const why = kind.without[family];
        if (why !== undefined) notes.push(`${kind.name} is left out for IPv${family}: ${why}.`);
      }
      const sizes = byScale(context, [1_000], [1_000, 10_000, 100_000], [1_000, 10_000, 100_000, 1_000_000]);
      for (const size of sizes) {
        const part = await tableOf(family, size, context);
        races.push(...part.races);
        sheets.push(part.sheet);
      }
    }
    return { name: 'routes', title: 'Routes: longest-prefix match', races, sheets, notes };
  },
};

async function tableOf(
  family: Family,
  size: number,
  context: BenchContext,
): Promise<{ readonly races: Race[]; readonly sheet: Sheet }> {
  const where = `IPv${family}, ${size.toLocaleString('en')} prefixes`;
  context.progress(`routes, ${where}`);
  const prefixes = mixedPrefixes(family, size);
  const draw = xorshift(size);
  const values = Int32Array.from(prefixes, () => 1 + (draw() % NEXT_HOPS));
  const words = mixedAddresses(prefixes, ADDRESSES);
  const kinds = FIB_KINDS.filter(({ without }) => without[family] === undefined);
  const built = kinds.map((kind) => timed(() => kind.build(family, prefixes, values)));
  const lookups = built.map(({ value }, i) => lookupRunner(kinds[i]!.name, value, words));
  const updates = built.map(({ value }, i) => updateRunner(kinds[i]!.name, value, prefixes, values));
  const of = { of: 'prefixes', count: size };
  return {
    races: [
      await race(`Look-ups, IPv${family}`, 'look-ups', lookups, context.race, of),
      await race(`Updates, IPv${family}`, 'updates', updates, context.race, of),
    ],
    sheet: {
      title: `Building and memory, ${where}`,
      columns: ['build ms', 'look-up KiB', 'kept for updates KiB', 'bytes a prefix'],
      rows: built.map(({ ms, value: { lookupBytes, updateBytes } }, i) => ({
        name: kinds[i]!.name,
        values: [ms, lookupBytes / 1024, updateBytes / 1024, (lookupBytes + updateBytes) / size],
      })),
    },
  };
}

function lookupRunner(name: string, fib: Fib, words: Int32Array): Runner {
  const loop = freshLoop<[Fib, Int32Array, number, number, number]>('fib, words, mask, start, count', LOOKUP);
  // Goes on where it stopped: a short piece of work would else find its few addresses in the cache.
  let start = 0;
  return paced(name, ADDRESSES, (count) => {
    loop(fib, words, ADDRESSES - 1, start, count);
    start = (start + count) & (ADDRESSES - 1);
  });
}

/** Goes through the table from where it was: each prefix out, and in again. */
function updateRunner(name: string, fib: Fib, prefixes: readonly Prefix[], values: Int32Array): Runner {
  let at = 0;
  return paced(name, prefixes.length * 2, (count) => {
    for (let i = 0; i < count; i += 2) {
      fib.remove(prefixes[at]!);
      fib.insert(prefixes[at]!, values[at]!);
      at = (at + 1) % prefixes.length;
    }
  });
}
