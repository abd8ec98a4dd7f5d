/**
 * A trace in the format that was asked for.
 */
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
}

export function printTrace(trace: Trace, { output, packets, repeat }: PrintTraceOptions, terminal: Terminal): void {
  if (output === 'json') return terminal.out(traceJson(trace));
  if (output === 'mermaid') return terminal.out(traceMermaid(trace));
  terminal.out(traceTable(trace, { packets, color: terminal.style.isColorSupported }));
  terminal.out(`\nseed      ${trace.seed}\nrepeat    ${repeat}\n`);
}
