/**
 * A trace in the format that was asked for.
 */
import { costSource, costText } from '../cost/cost-text.ts';
import type { KnownCost } from '../cost/known-cost.ts';
import { examinedByTrace } from '../cost/trace-examined.ts';
import { traceJson } from '../trace/json.ts';
import { traceMermaid } from '../trace/mermaid.ts';
import { traceTable } from '../trace/table.ts';
import type { Trace } from '../trace/trace.ts';
import type { Terminal } from './terminal.ts';

export interface PrintTraceOptions {
  readonly output: 'table' | 'json' | 'mermaid';
  readonly packets: boolean;
  /** The command line that repeats it. */
  readonly repeat: string;
  /** By what its first packet's cost is predicted. */
  readonly cost: KnownCost;
}

export function printTrace(
  trace: Trace,
  { output, packets, repeat, cost }: PrintTraceOptions,
  terminal: Terminal,
): void {
  if (output === 'json') return terminal.out(traceJson(trace));
  if (output === 'mermaid') return terminal.out(traceMermaid(trace));
  terminal.out(traceTable(trace, { packets, color: terminal.style.isColorSupported }));
  const told = costText(examinedByTrace(trace), cost);
  terminal.out(told === undefined ? '\n' : `\ncost      ${told}\ncost by   ${costSource(cost)}\n`);
  terminal.out(`seed      ${trace.seed}\nrepeat    ${repeat}\n`);
}
