/**
 * How many rules a traced request's first packet met.
 */
import type { Trace } from '../trace/trace.ts';
import type { Examined } from './cost-model.ts';

/** All tables of all hosts on its way, tunnel packets around it included; up to where it ended. */
export function examinedByTrace({ hops }: Pick<Trace, 'hops'>): Examined {
  let rules = 0;
  const hosts = new Set<string>();
  const first = hops.find(({ depth }) => depth === 0)?.packet;
  for (const { step, packet, depth, host, examined = 0 } of hops) {
    // Sent again: no first packet any more.
    if (depth === 0 && packet !== first) break;
    if (step !== 'rule') continue;
    rules += examined;
    hosts.add(host);
  }
  return { rules, hosts: hosts.size };
}
