/**
 * How a lab names its network namespaces: `kubehop-PID-START-RANDOM-INDEX-HOST`. The name says which process made it
 * and when that process began, so that a later run can tell an orphan from the namespace of a run that still lives,
 * and two labs, in one process or in two, never meet.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const PREFIX = 'kubehop';

export interface NamespaceOwner {
  readonly pid: number;
  /** When the process began, in clock ticks since boot: a reused pid has another. */
  readonly startTicks: number;
}

/**
 * When a process began, in clock ticks since boot.
 * @returns `undefined` when there is no such process, or none but its corpse
 * @see proc(5) /proc/pid/stat, fields 3 and 22
 */
export function processStart(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}

/** A name that no other lab has, for all namespaces of one lab to begin with. */
export function labPrefix(): string {
  return `${PREFIX}-${process.pid}-${processStart(process.pid) ?? 0}-${randomBytes(4).toString('hex')}`;
}

/** The namespace of the host at `index` of its topology. Names of hosts may hold what names of files may not. */
export function namespaceName(prefix: string, index: number, host: string): string {
  return `${prefix}-${index}-${host.replace(/[^A-Za-z0-9.]+/g, '-').slice(0, 60)}`;
}

/** Reads a namespace's name. @returns `undefined` for a name that no lab gives */
export function namespaceOwner(name: string): NamespaceOwner | undefined {
  const parts = new RegExp(`^${PREFIX}-(\\d+)-(\\d+)-[0-9a-f]{8}-`).exec(name);
  return parts === null ? undefined : { pid: Number(parts[1]), startTicks: Number(parts[2]) };
}

/** Whether the process that made a namespace is gone. */
export function isOrphan(owner: NamespaceOwner): boolean {
  return processStart(owner.pid) !== owner.startTicks;
}
