/**
 * `kubehop run --explore-ties N`: one scenario in N orders of what falls due at the same instant, in memory, and whether
 * any of them loses a request. The order that does is named by its number, with which it can be run again.
 */
import type { Summary } from '../report/summary.ts';
import { readRunInput } from '../run-input.ts';
import { simulate } from '../simulate.ts';
import { repeatCommand } from './command-line.ts';
import type { Terminal } from './terminal.ts';

export interface ExploreOptions {
  readonly seed?: string;
  readonly until?: string;
  readonly set: readonly string[];
  readonly output: 'table' | 'json';
}

interface Order {
  readonly order: number;
  readonly requests: number;
  readonly lost: number;
  /** Of those lost, by how they ended. */
  readonly failed: Readonly<Record<string, number>>;
  readonly digest: string;
  readonly repeat: string;
}

/**
 * @param count orders, of which the first is the usual one
 * @throws {InputError}
 */
export async function exploreTies(
  files: readonly string[],
  count: number,
  options: ExploreOptions,
  terminal: Terminal,
): Promise<void> {
  const { seed, until } = options;
  for (const notice of readRunInput(files, { sets: options.set, seed, until }).scenario.notices)
    terminal.err(`${notice}\n`);
  const orders: Order[] = [];
  for (let order = 0; order < count; order++) {
    const set = order === 0 ? options.set : [...options.set, `spec.ties=${order}`];
    const { summary } = await simulate(files, { sets: set, seed, until });
    const repeat = repeatCommand('run', files, { seed: summary.seed, until, set });
    orders.push({ order, ...lossesOf(summary), digest: summary.digest, repeat });
  }
  terminal.out(options.output === 'json' ? `${JSON.stringify({ orders }, undefined, 2)}\n` : tableOf(orders));
}

function lossesOf({ traffic }: Summary): Pick<Order, 'requests' | 'lost' | 'failed'> {
  const failed: Record<string, number> = {};
  let requests = 0;
  for (const row of traffic) {
    requests += row.requests;
    for (const [outcome, number] of Object.entries(row.failed))
      if (number > 0) failed[outcome] = (failed[outcome] ?? 0) + number;
  }
  return { requests, lost: Object.values(failed).reduce((sum, number) => sum + number, 0), failed };
}

function tableOf(orders: readonly Order[]): string {
  const losing = orders.filter(({ lost }) => lost > 0);
  const different = new Set(orders.map(({ digest }) => digest)).size;
  const lines = orders.map(({ order, requests, lost, failed }) => {
    const how = Object.entries(failed).map(([outcome, number]) => `${outcome} ${number}`);
    return `${String(order).padStart(6)}  ${String(requests).padStart(9)}  ${String(lost).padStart(6)}  ${how.join('  ')}`.trimEnd();
  });
  const most = losing.reduce<Order | undefined>((a, b) => (a === undefined || b.lost > a.lost ? b : a), undefined);
  const verdict =
    most === undefined
      ? `None of ${orders.length} orders of what falls due at one instant loses a request`
      : `${losing.length} of ${orders.length} orders of what falls due at one instant lose requests, order ${most.order} the most: ${most.lost}`;
  return [
    ' order   requests    lost  how',
    ...lines,
    '',
    verdict,
    `${different} of the ${orders.length} have events of their own (another digest); order N is run again with --set spec.ties=N`,
    ...(most === undefined ? [] : [`repeat    ${most.repeat}`]),
    '',
  ].join('\n');
}
