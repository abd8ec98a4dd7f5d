/**
 * A trace as a Mermaid sequence diagram: hosts as participants, links as arrows, translations and endings as notes.
 * @see https://mermaid.js.org/syntax/sequenceDiagram.html
 */
import type { Trace, TraceStep } from './trace.ts';

export function traceMermaid(trace: Trace): string {
  const steps = [...trace.hops, ...trace.reply];
  const named = [...new Set(steps.map(({ host }) => host))];
  const hosts = named.length === 0 ? [trace.request.from] : named;
  const id = new Map(hosts.map((host, i) => [host, `h${i + 1}`]));
  const lines = ['sequenceDiagram', `  title ${plain(`${trace.request.from} asks ${trace.request.to}`)}`];
  for (const host of hosts) lines.push(`  participant ${id.get(host)} as ${plain(host)}`);
  let left: TraceStep | undefined;
  for (const step of steps) {
    const at = id.get(step.host)!;
    if (step.step === 'link') left = step;
    if (step.step === 'arrived' && left !== undefined && left.packet === step.packet) {
      const ends = step.depth > 0 ? `VXLAN: ${step.before}` : `${step.label}: ${step.before}`;
      lines.push(`  ${id.get(left.host)}->>${at}: ${plain(ends)}`);
    }
    const note = noteOf(step);
    if (note !== undefined) lines.push(`  Note over ${at}: ${plain(note)}`);
  }
  const span = [...new Set([id.get(hosts[0]!), id.get(hosts.at(-1)!)])].join(',');
  lines.push(`  Note over ${span}: ${plain(trace.summary)}`);
  return `${lines.join('\n')}\n`;
}

/** What is worth a note: rewriting, waiting, tunnels, and endings other than a socket. */
function noteOf({ step, action, before, after, detail, hook }: TraceStep): string | undefined {
  if (before !== after) return `${hook ?? ''} ${action}<br/>${before}<br/>${after}`.trim();
  if (step === 'wait' || step === 'tunnel') return detail;
  if (step === 'end' && action !== 'delivered') return `${action}: ${detail}`;
  return undefined;
}

/** Mermaid takes a semicolon for the end of a statement and a hash for an entity. */
function plain(text: string): string {
  return text.replace(/[#;]/g, (sign) => (sign === '#' ? '#35;' : '#59;')).replaceAll('\n', ' ');
}
