/**
 * A trace as one JSON document, the fields that everybody asks for first.
 */
import type { FoldedPacket, Trace, TraceStep } from './trace.ts';

export function traceJson(trace: Trace): string {
  const { request, outcome, status, server, hops, reply, others, ...more } = trace;
  const document = {
    request,
    outcome,
    status,
    server,
    hops: hops.map(ordered),
    reply: reply.map(ordered),
    ...more,
    others: others.map((packet): FoldedPacket => ({ ...packet, steps: packet.steps.map(ordered) })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** JSON leaves out what a step doesn't have. */
function ordered(step: TraceStep): TraceStep {
  const { host, hook, table, chain, rule, source, examined, action, before, after, ...more } = step;
  return { host, hook, table, chain, rule, source, examined, action, before, after, ...more } as TraceStep;
}
