/**
 * A trace as one JSON document.
 */
import type { Trace } from './trace.ts';

export function traceJson(trace: Trace): string {
  const { request, outcome, status, server, hops, reply, ...more } = trace;
  return `${JSON.stringify({ request, outcome, status, server, hops, reply, ...more }, null, 2)}\n`;
}
