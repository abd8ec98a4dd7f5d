/**
 * What a container of a Job does that nobody has said anything of: where its command is one of those that everybody
 * knows, what that does; else it succeeds after a second. Without such a rule it would run for ever, and whatever waits
 * for the Job with it.
 */
import { SECOND } from '../../core/time.ts';
import { answersOf, isKnownImage } from '../cni/image-answers.ts';
import type { ClusterConfig, ImageBehaviour } from '../config.ts';
import { controllerOf } from '../object/metadata.ts';
import type { Container, Pod } from '../object/pod.ts';
import { behaviourOf } from './image-behaviour.ts';

/** How long work takes of which nothing is known. Rests on: model. */
export const UNKNOWN_WORK_NS = 1 * SECOND;

export interface CommandEnd {
  /** After the start; -1: never. */
  readonly exitAfterNs: number;
  readonly exitCode: number;
}

/** How a container behaves as one of its pod's: in a Job it comes to an end. */
export function behaviourIn(config: ClusterConfig, pod: Pod, container: Container): ImageBehaviour {
  const own = behaviourOf(config, container);
  if (own.exitAfterNs >= 0 || controllerOf(pod.metadata)?.kind !== 'Job') return own;
  const end = endOfWork(container, isKnownImage(container.image ?? '', config.images));
  return end === undefined ? own : { ...own, ...end };
}

/**
 * @param isKnown whether anything is known of the image: one that serves by itself goes on serving
 * @returns `undefined`: as the image says
 */
export function endOfWork(container: Container, isKnown: boolean): CommandEnd | undefined {
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  if (words.length > 0) return commandEnd(words) ?? { exitAfterNs: UNKNOWN_WORK_NS, exitCode: 0 };
  const serves = isKnown && answersOf(container.image ?? '', {}).ports.length > 0;
  return serves ? undefined : { exitAfterNs: UNKNOWN_WORK_NS, exitCode: 0 };
}

/** @returns how a command that is known ends; `undefined`: it is not known */
export function commandEnd(words: readonly string[]): CommandEnd | undefined {
  const [path = '', option, script] = words;
  if (SHELLS.has(baseName(path)) && /^-\w*c$/.test(option ?? '') && script !== undefined) return scriptEnd(script);
  return simpleEnd(words);
}

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash']);
const QUICK = new Set(['true', 'echo', 'printf', 'date', 'env', 'printenv', 'hostname', ':']);
const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

function simpleEnd(words: readonly string[]): CommandEnd | undefined {
  const [path = '', ...rest] = words;
  const name = baseName(path);
  if (QUICK.has(name)) return { exitAfterNs: 0, exitCode: 0 };
  if (name === 'false') return { exitAfterNs: 0, exitCode: 1 };
  if (name === 'exit') return { exitAfterNs: 0, exitCode: Number(rest[0] ?? 0) & 255 };
  if (name !== 'sleep') return undefined;
  if (rest.includes('infinity') || rest.includes('inf')) return { exitAfterNs: -1, exitCode: 0 };
  let seconds = 0;
  for (const word of rest) {
    const match = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(word);
    if (match === null) return undefined;
    seconds += Number(match[1]) * UNITS[match[2]!]!;
  }
  return { exitAfterNs: Math.round(seconds * SECOND), exitCode: 0 };
}

/** Commands one after the other, by `;`, `&&` and `||`: anything more is not known. */
function scriptEnd(script: string): CommandEnd | undefined {
  if (/[|&`<>(){}$]/.test(script.replaceAll('&&', '').replaceAll('||', ''))) return undefined;
  let exitAfterNs = 0;
  let exitCode = 0;
  for (const [, operator, text] of script.matchAll(/(&&|\|\||;|\n|^)((?:(?!&&|\|\||[;\n]).)*)/g)) {
    const words = text!.trim().split(/\s+/);
    if (words[0] === '') continue;
    if ((operator === '&&' && exitCode !== 0) || (operator === '||' && exitCode === 0)) continue;
    const end = simpleEnd(words);
    if (end === undefined) return undefined;
    if (end.exitAfterNs < 0) return end;
    exitAfterNs += end.exitAfterNs;
    exitCode = end.exitCode;
    if (baseName(words[0]!) === 'exit') break;
  }
  return { exitAfterNs, exitCode };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
