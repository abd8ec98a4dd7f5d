/**
 * sed, as far as one types it: `s`, `d`, `p`, `a`, `i`, `c` and `q`, with numbers, `$` and patterns for addresses, over
 * standard input or the files of a node, in place with `-i`.
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/sed.html
 */
import { type ExecResult, type Session, said } from './exec-world.ts';
import { readFile, writeFile } from './node-file.ts';

interface Address {
  matches(line: string, number: number, isLast: boolean): boolean;
}

interface SedCommand {
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly inverted: boolean;
  readonly letter: string;
  readonly pattern: RegExp | undefined;
  /** Of `s` the replacement, of `a`, `i` and `c` the text. */
  readonly text: string;
  readonly prints: boolean;
}

/** Why a script can't be read. */
class ScriptComplaint extends Error {}

export function sed(session: Session, argv: readonly string[]): ExecResult {
  const scripts: string[] = [];
  const words: string[] = [];
  let quiet = false;
  let inPlace = false;
  let extended = false;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '-e' || word === '--expression') scripts.push(argv[++i] ?? '');
    else if (word === '--in-place' || /^-i/.test(word)) inPlace = true;
    else if (/^-[nEr]+i?$/.test(word)) {
      quiet ||= word.includes('n');
      extended ||= /[Er]/.test(word);
      inPlace ||= word.includes('i');
    } else if (/^-./.test(word)) return said('', `sed: invalid option -- '${word.slice(1)}'\n`, 1);
    else words.push(word);
  }
  if (scripts.length === 0) scripts.push(words.shift() ?? '');
  let commands: readonly SedCommand[];
  try {
    commands = scripts.flatMap((script) => parseScript(script, extended));
  } catch (error) {
    if (error instanceof ScriptComplaint) return said('', `sed: -e expression #1, char 0: ${error.message}\n`, 1);
    throw error;
  }
  if (words.length === 0) return said(edited(session.stdin, commands, quiet));
  let stdout = '';
  let stderr = '';
  for (const path of words) {
    const text = readFile(session, path);
    if (text === undefined) stderr += `sed: can't read ${path}: No such file or directory\n`;
    else if (inPlace) writeFile(session, path, edited(text, commands, quiet));
    else stdout += edited(text, commands, quiet);
  }
  return said(stdout, stderr, stderr === '' ? 0 : 2);
}

const ADDRESS = /^(?:(\d+)|(\$)|\/((?:[^\\/]|\\.)*)\/)/;

function parseScript(script: string, extended: boolean): SedCommand[] {
  const found: SedCommand[] = [];
  let rest = script.trim();
  while (rest !== '') {
    const [from, afterFrom] = addressOf(rest, extended);
    const [to, afterTo] =
      from !== undefined && afterFrom.startsWith(',')
        ? addressOf(afterFrom.slice(1), extended)
        : [undefined, afterFrom];
    const inverted = /^\s*!/.test(afterTo);
    const body = afterTo.replace(/^\s*!?\s*/, '');
    const letter = body[0] ?? '';
    const base = { from, to, inverted, letter, pattern: undefined, text: '', prints: false };
    if (letter === 's') {
      const mark = body[1] ?? '/';
      const parts = splitAt(body.slice(2), mark);
      if (parts === undefined) throw new ScriptComplaint("unterminated `s' command");
      const [pattern, replacement, tail] = parts;
      const flags = /^[gpiI]*/.exec(tail)![0];
      found.push({
        ...base,
        pattern: expression(pattern, extended, `${flags.includes('g') ? 'g' : ''}${/i/i.test(flags) ? 'i' : ''}`),
        text: replacement,
        prints: flags.includes('p'),
      });
      rest = tail.slice(flags.length).replace(/^[\s;]+/, '');
    } else if ('aic'.includes(letter) && letter !== '') {
      const end = body.search(/(?<!\\)\n/);
      const text = (end < 0 ? body.slice(1) : body.slice(1, end)).replace(/^\s*\\?\n?/, '').replace(/^\\/, '');
      found.push({ ...base, text: text.replaceAll('\\n', '\n').replace(/\\(.)/g, '$1') });
      rest = end < 0 ? '' : body.slice(end + 1).trim();
    } else if ('dpq'.includes(letter) && letter !== '') {
      found.push(base);
      rest = body.slice(1).replace(/^[\s;]+/, '');
    } else throw new ScriptComplaint(letter === '' ? 'missing command' : `unknown command: \`${letter}'`);
  }
  return found;
}

function addressOf(text: string, extended: boolean): [Address | undefined, string] {
  const match = ADDRESS.exec(text);
  if (match === null) return [undefined, text];
  const [whole, number, last, pattern] = match;
  const rest = text.slice(whole.length);
  if (number !== undefined) return [{ matches: (_line, at) => at === Number(number) }, rest];
  if (last !== undefined) return [{ matches: (_line, _at, isLast) => isLast }, rest];
  const found = expression(pattern!, extended, '');
  return [{ matches: (line) => found.test(line) }, rest];
}

/** Pattern, replacement and what stands behind, of the text behind `s/`. */
function splitAt(text: string, mark: string): [string, string, string] | undefined {
  const parts: string[] = [''];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && text[i + 1] === mark) parts[parts.length - 1] += text[++i]!;
    else if (text[i] === '\\') parts[parts.length - 1] += text[i]! + (text[++i] ?? '');
    else if (text[i] === mark) {
      if (parts.length === 2) return [parts[0]!, parts[1]!, text.slice(i + 1)];
      parts.push('');
    } else parts[parts.length - 1] += text[i]!;
  }
  return undefined;
}

/** In a basic expression `+ ? { | ( )` are plain unless a backslash is before them. */
function expression(source: string, extended: boolean, flags: string): RegExp {
  const plain = extended
    ? source
    : source.replace(/\\([+?{}|()])|\[[^\]]*\]|[+?{}|()]/g, (part, escaped: string | undefined) =>
        escaped === undefined ? (part.length === 1 ? `\\${part}` : part) : escaped,
      );
  return new RegExp(plain, flags);
}

function edited(text: string, commands: readonly SedCommand[], quiet: boolean): string {
  const lines = text === '' ? [] : (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  const open = new Set<SedCommand>();
  let output = '';
  for (const [i, given] of lines.entries()) {
    let line = given;
    let kept = true;
    let after = '';
    let ends = false;
    for (const command of commands) {
      if (isChosen(command, open, line, i + 1, i === lines.length - 1) === command.inverted) continue;
      const { letter, pattern, prints } = command;
      if (letter === 's') {
        const next = line.replace(pattern!, (...found) => replaced(command.text, found as string[]));
        if (prints && next !== line) output += `${next}\n`;
        line = next;
      } else if (letter === 'p') output += `${line}\n`;
      else if (letter === 'i') output += `${command.text}\n`;
      else if (letter === 'a') after += `${command.text}\n`;
      else if (letter === 'q') ends = true;
      else {
        if (letter === 'c') output += `${command.text}\n`;
        kept = false;
        break;
      }
      if (ends) break;
    }
    output += (kept && !quiet ? `${line}\n` : '') + after;
    if (ends) break;
  }
  return output;
}

function isChosen(command: SedCommand, open: Set<SedCommand>, line: string, number: number, isLast: boolean): boolean {
  const { from, to } = command;
  if (from === undefined) return true;
  if (to === undefined) return from.matches(line, number, isLast);
  if (open.has(command)) {
    if (to.matches(line, number, isLast)) open.delete(command);
    return true;
  }
  if (!from.matches(line, number, isLast)) return false;
  open.add(command);
  return true;
}

/** `&` and `\1` of a replacement. */
function replaced(text: string, found: readonly unknown[]): string {
  return text.replace(/\\(\d)|\\n|\\(.)|&/g, (part, group?: string, plain?: string) =>
    part === '\\n'
      ? '\n'
      : part === '&'
        ? String(found[0])
        : group === undefined
          ? plain!
          : String(found[Number(group)] ?? ''),
  );
}
