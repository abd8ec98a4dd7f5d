/**
 * Commands that everybody knows, and how they end: `sleep`, `true`, `false` and their like, and what a shell makes of them.
 */
import { SECOND } from '../../core/time.ts';

export interface CommandEnd {
  /** After the start; -1: never. */
  readonly exitAfterNs: number;
  readonly exitCode: number;
}

/** @returns how a command that is known ends; `undefined`: it is not known */
export function commandEnd(words: readonly string[]): CommandEnd | undefined {
  const [path = '', option, script] = words;
  if (SHELLS.has(baseName(path)) && /^-\w*c$/.test(option ?? '') && script !== undefined) return scriptEnd(script);
  return simpleEnd(words);
}

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash']);
const QUICK = new Set(['true', 'echo', 'printf', 'date', 'printenv', 'hostname', ':']);
const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

function simpleEnd(words: readonly string[]): CommandEnd | undefined {
  const [path = '', ...rest] = words;
  const name = baseName(path);
  if (name === 'env') return envEnd(rest);
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

/** `env` alone prints; behind its variables it runs a command. */
function envEnd(words: readonly string[]): CommandEnd | undefined {
  const command = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  return command < 0 ? { exitAfterNs: 0, exitCode: 0 } : simpleEnd(words.slice(command));
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
