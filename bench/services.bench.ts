/**
 * A service's first packet: the rules that kube-proxy writes, what they cost to write, to load and to walk, against maps
 * and a hash over the same services.
 */
import { IPTABLES_PROXIER } from '../controllers/kube-proxy/iptables/proxier.ts';
import { loadRules, type RuleState, restore } from '../net/netfilter/restore.ts';
import { Protocol } from '../net/packet.ts';
import { freshLoop } from './fresh-loop.ts';
import { paced, type Race, type Runner, race } from './race.ts';
import { byScale, type Section, type SectionReport, type SheetRow, timed } from './section.ts';
import { ensuredText, type ServiceCluster, serviceCluster, syncInputs } from './service-cluster.ts';
import { IptablesChain } from './service-lookup/iptables-chain.ts';
import { ServiceHash } from './service-lookup/service-hash.ts';
import type { ServiceLookup } from './service-lookup/service-lookup.ts';
import { VerdictMap } from './service-lookup/verdict-map.ts';
import { xorshift } from './xorshift.ts';

/** Packets that are looked up in turn. */
const PACKETS = 1 << 14;
/** Packets whose rules are counted. */
const COUNTED = 500;
const FIELDS = 3;

const LOOKUP = `let sum = 0;
for (let i = start; i < start + count; i++) {
  const at = (i & mask) * ${FIELDS};
  sum = (sum + lookup.lookup(${Protocol.Tcp}, packets[at], packets[at + 1], 80, packets[at + 2])) | 0;
}
return sum;`;

export const SERVICES: Section = {
  name: 'services',
  async run(context): Promise<SectionReport> {
    const sizes = byScale<readonly (readonly [number, number])[]>(
      context,
      [[100, 3]],
      [
        [100, 3],
        [1_000, 3],
        [10_000, 3],
      ],
      [
        [100, 3],
        [1_000, 1],
        [1_000, 3],
        [1_000, 30],
        [10_000, 3],
        [10_000, 10],
      ],
    );
    const races: Race[] = [];
    const examinedRows: SheetRow[] = [];
    const syncRows: SheetRow[] = [];
    for (const [services, endpoints] of sizes) {
      const name = `${services.toLocaleString('en')} × ${endpoints}`;
      context.progress(`services, ${name} endpoints`);
      const cluster = serviceCluster(services, endpoints);
      const { state, row } = syncCosts(name, cluster);
      syncRows.push(row);
      const compiled = new IptablesChain(cluster.table, state.ruleset, true);
      const walked = new IptablesChain(cluster.table, fullSync(cluster).ruleset, false);
      const lookups = [walked, compiled, new VerdictMap(cluster.table), new ServiceHash(cluster.table)];
      examinedRows.push(...examinedRowsOf(name, cluster, compiled));
      for (const [kind, share] of [
        ['a service', 1],
        ['no service', 0],
      ] as const) {
        const packets = packetsOf(cluster, share);
        const runners = lookups.map((lookup) => lookupRunner(lookup, packets));
        const title = `First packets to ${kind}, ${endpoints} endpoint${endpoints === 1 ? '' : 's'} each`;
        races.push(await race(title, 'look-ups', runners, context.race, { of: 'services', count: services }));
      }
    }
    return {
      name: 'services',
      title: "Services: a first packet's endpoint",
      races,
      sheets: [
        {
          title:
            'Rules looked at for a first packet (nat PREROUTING, filter FORWARD, nat POSTROUTING), services × endpoints',
          columns: ['min', 'mean', 'p99', 'max'],
          rows: examinedRows,
        },
        {
          title: 'iptables rules, services × endpoints',
          columns: [
            'rules',
            'bytes',
            'full write ms',
            'full load ms',
            'one changed, bytes',
            'one changed, write ms',
            'one changed, load ms',
          ],
          rows: syncRows,
        },
      ],
      notes: [
        'As walked and compiled are the same walk over the same rules, without and with the short cuts of long chains; the count of rules looked at is the kernel’s in both. The verdict map is a model of the nftables mode’s maps, the hash one of an eBPF map: neither is a proxy mode of this version.',
      ],
    };
  },
};

/** What a full sync and one of a single service cost: the text, and loading it. */
function syncCosts(name: string, cluster: ServiceCluster): { readonly state: RuleState; readonly row: SheetRow } {
  const write = timed(() => IPTABLES_PROXIER.sync(syncInputs(cluster)));
  const [step] = write.value.steps;
  const start = loadRules(ensuredText(write.value), 'ensured', { noflush: true });
  const load = timed(() => loaded(start, step!.input));
  const middle = cluster.services.length >> 1;
  const less = cluster.slices.map((slice, i) =>
    i === middle ? { ...slice, endpoints: slice.endpoints.slice(1) } : slice,
  );
  const again = timed(() => IPTABLES_PROXIER.sync(syncInputs({ ...cluster, slices: less }, [middle])));
  const text = again.value.steps[0]!.input;
  const reload = timed(() => loaded(load.value, text));
  const values = [load.value.ruleset.size, step!.input.length, write.ms, load.ms, text.length, again.ms, reload.ms];
  return { state: load.value, row: { name, values } };
}

/** The rules of a node after one full sync. */
export function fullSync(cluster: ServiceCluster): RuleState {
  const program = IPTABLES_PROXIER.sync(syncInputs(cluster));
  return loaded(loadRules(ensuredText(program), 'ensured', { noflush: true }), program.steps[0]!.input);
}

function loaded(state: RuleState, text: string): RuleState {
  const { error, ...next } = restore(state, text, { noflush: true, counters: true });
  if (error !== undefined) throw error;
  // The first packet makes the program that packets walk.
  for (const table of next.ruleset.tables) void table.program;
  return next;
}

/** Source, destination and draw of each packet. @param share of them that goes to a service */
function packetsOf({ table }: ServiceCluster, share: number): Int32Array {
  const draw = xorshift(table.services.length);
  const source = table.addresses.intern('198.51.100.7');
  const stranger = table.addresses.intern('203.0.113.9');
  const packets = new Int32Array(PACKETS * FIELDS);
  for (let i = 0; i < PACKETS; i++) {
    const { address } = table.services[draw() % table.services.length]!;
    packets.set([source, draw() / 2 ** 32 < share ? address : stranger, draw() >>> 1], i * FIELDS);
  }
  return packets;
}

function lookupRunner(lookup: ServiceLookup, packets: Int32Array): Runner {
  const loop = freshLoop<[ServiceLookup, Int32Array, number, number, number]>(
    'lookup, packets, mask, start, count',
    LOOKUP,
  );
  // Goes on where it stopped: a short piece of work would else find its few addresses in the cache.
  let start = 0;
  return paced(lookup.name, PACKETS, (count) => {
    loop(lookup, packets, PACKETS - 1, start, count);
    start = (start + count) & (PACKETS - 1);
  });
}

function examinedRowsOf(name: string, cluster: ServiceCluster, chain: IptablesChain): SheetRow[] {
  return [['to a service', 1] as const, ['to no service', 0] as const].map(([kind, share]) => {
    const packets = packetsOf(cluster, share);
    const counts = Array.from({ length: COUNTED }, (_, i) => {
      const [source, address, draw] = packets.subarray(i * FIELDS, (i + 1) * FIELDS);
      return chain.examinedFor(Protocol.Tcp, source!, address!, 80, draw!, cluster.table);
    }).sort((a, b) => a - b);
    const mean = counts.reduce((sum, count) => sum + count, 0) / COUNTED;
    const p99 = counts[Math.ceil(0.99 * COUNTED) - 1]!;
    return { name: `${name} ${kind}`, values: [counts[0]!, mean, p99, counts.at(-1)!] };
  });
}
