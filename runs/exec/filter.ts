/**
 * The filters that stand behind a pipe: grep, head, tail, wc, sort, uniq, echo, printf, as far as one types them there.
 */
import { type ExecResult, type Session, said } from './exec-world.ts';

function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

interface GrepOptions {
  pattern: string | undefined;
  extended: boolean;
  fixed: boolean;
  ignoreCase: boolean;
  inverted: boolean;
  numbered: boolean;
  counting: boolean;
  quiet: boolean;
  onlyMatching: boolean;
  wholeWord: boolean;
  after: number;
  before: number;
}

const GREP_HELP = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n";

export function grep({ stdin }: Session, argv: readonly string[]): ExecResult {
  const options = grepOptions(argv);
  if (typeof options === 'string') return said('', `grep: ${options}\n${GREP_HELP}`, 2);
  if (options.pattern === undefined) return said('', GREP_HELP, 2);
  let regexp: RegExp;
  try {
    regexp = new RegExp(sourceOf(options), `${options.ignoreCase ? 'i' : ''}g`);
  } catch {
    return said('', 'grep: Invalid regular expression\n', 2);
  }
  const lines = linesOf(stdin);
  const hits = lines.flatMap((line, i) => {
    regexp.lastIndex = 0;
    return regexp.test(line) === options.inverted ? [] : [i];
  });
  const exitCode = hits.length > 0 ? 0 : 1;
  if (options.quiet) return said('', '', exitCode);
  if (options.counting) return said(`${hits.length}\n`, '', exitCode);
  if (options.onlyMatching) return said(textOf(hits.flatMap((i) => lines[i]!.match(regexp) ?? [])), '', exitCode);
  return said(textOf(withContext(lines, hits, options)), '', exitCode);
}

function grepOptions(argv: readonly string[]): GrepOptions | string {
  const options: GrepOptions = {
    pattern: undefined,
    extended: false,
    fixed: false,
    ignoreCase: false,
    inverted: false,
    numbered: false,
    counting: false,
    quiet: false,
    onlyMatching: false,
    wholeWord: false,
    after: 0,
    before: 0,
  };
  const words = [...argv];
  while (words.length > 0) {
    const word = words.shift()!;
    if (!/^-./.test(word)) {
      options.pattern ??= word;
      continue;
    }
    if (/^--(color|colour)(=.*)?$/.test(word)) continue;
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!;
      if ('ABCe'.includes(letter)) {
        const value = word.slice(at + 1) || words.shift();
        if (value === undefined) return `option requires an argument -- '${letter}'`;
        if (letter === 'e') options.pattern = value;
        if (letter === 'A' || letter === 'C') options.after = Number(value);
        if (letter === 'B' || letter === 'C') options.before = Number(value);
        break;
      }
      if (!setFlag(options, letter)) return `invalid option -- '${letter}'`;
    }
  }
  return options;
}

function setFlag(options: GrepOptions, letter: string): boolean {
  if (letter === 'E' || letter === 'P') options.extended = true;
  else if (letter === 'F') options.fixed = true;
  else if (letter === 'i') options.ignoreCase = true;
  else if (letter === 'v') options.inverted = true;
  else if (letter === 'n') options.numbered = true;
  else if (letter === 'c') options.counting = true;
  else if (letter === 'q') options.quiet = true;
  else if (letter === 'o') options.onlyMatching = true;
  else if (letter === 'w') options.wholeWord = true;
  else return false;
  return true;
}

/** The pattern as a regular expression of ours: in a basic one `+ ? { | ( )` are plain unless a backslash is before them. */
function sourceOf({ pattern = '', extended, fixed, wholeWord }: GrepOptions): string {
  const source = fixed
    ? pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    : extended
      ? pattern
      : pattern.replace(/\\([+?{}|()])|\[[^\]]*\]|[+?{}|()]/g, (part, escaped: string | undefined) =>
          escaped === undefined ? (part.length === 1 ? `\\${part}` : part) : escaped,
        );
  return wholeWord ? `(?<!\\w)(?:${source})(?!\\w)` : source;
}

function withContext(lines: readonly string[], hits: readonly number[], options: GrepOptions): readonly string[] {
  const { after, before, numbered } = options;
  const shown = new Map<number, boolean>();
  for (const hit of hits) {
    for (let i = Math.max(0, hit - before); i <= Math.min(lines.length - 1, hit + after); i++) {
      shown.set(i, shown.get(i) === true || i === hit);
    }
  }
  const output: string[] = [];
  let last = -1;
  for (const [i, isHit] of [...shown].sort(([a], [b]) => a - b)) {
    if (after + before > 0 && last >= 0 && i > last + 1) output.push('--');
    output.push(numbered ? `${i + 1}${isHit ? ':' : '-'}${lines[i]}` : lines[i]!);
    last = i;
  }
  return output;
}

/** `-n 3`, `-n3`, `-3`. */
function countIn(argv: readonly string[]): number {
  const at = argv.indexOf('-n');
  const joined = argv.find((word) => /^-n?\d+$/.test(word))?.replace(/^-n?/, '');
  return Number((at >= 0 ? argv[at + 1] : joined) ?? 10);
}

export function head({ stdin }: Session, argv: readonly string[]): ExecResult {
  const count = countIn(argv);
  return said(textOf(count < 0 ? linesOf(stdin).slice(0, count) : linesOf(stdin).slice(0, count)));
}

export function tail({ stdin }: Session, argv: readonly string[]): ExecResult {
  const from = argv.find((word) => /^\+\d+$/.test(word));
  if (from !== undefined) return said(textOf(linesOf(stdin).slice(Number(from) - 1)));
  const count = countIn(argv);
  return said(textOf(count === 0 ? [] : linesOf(stdin).slice(-count)));
}

export function wc({ stdin }: Session, argv: readonly string[]): ExecResult {
  const letters = argv
    .filter((word) => word.startsWith('-'))
    .join('')
    .replaceAll('-', '');
  const counts: Readonly<Record<string, number>> = {
    l: (stdin.match(/\n/g) ?? []).length,
    w: (stdin.match(/\S+/g) ?? []).length,
    c: new TextEncoder().encode(stdin).length,
  };
  const wanted = ['l', 'w', 'c'].filter((letter) => letters === '' || letters.includes(letter));
  if (wanted.length === 1) return said(`${counts[wanted[0]!]}\n`);
  return said(`${wanted.map((letter) => String(counts[letter]).padStart(7)).join(' ')}\n`);
}

/** By code units, as with LC_ALL=C. */
export function sort({ stdin }: Session, argv: readonly string[]): ExecResult {
  const letters = argv.filter((word) => word.startsWith('-')).join('');
  const numeric = letters.includes('n');
  const sorted = linesOf(stdin).sort((a, b) => {
    const byNumber = numeric ? (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0) : 0;
    return byNumber || (a < b ? -1 : a > b ? 1 : 0);
  });
  if (letters.includes('r')) sorted.reverse();
  return said(textOf(letters.includes('u') ? [...new Set(sorted)] : sorted));
}

export function uniq({ stdin }: Session, argv: readonly string[]): ExecResult {
  const groups: { readonly line: string; count: number }[] = [];
  for (const line of linesOf(stdin)) {
    const last = groups.at(-1);
    if (last?.line === line) last.count++;
    else groups.push({ line, count: 1 });
  }
  const withCount = argv.includes('-c');
  return said(textOf(groups.map(({ line, count }) => (withCount ? `${String(count).padStart(7)} ${line}` : line))));
}

export function echo(_session: Session, argv: readonly string[]): ExecResult {
  const options = /^-[neE]+$/.test(argv[0] ?? '') ? argv[0]! : '';
  const text = (options === '' ? argv : argv.slice(1)).join(' ');
  return said(`${options.includes('e') ? escaped(text) : text}${options.includes('n') ? '' : '\n'}`);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', a: '\u0007', 0: '\0' };

function escaped(text: string): string {
  return text.replace(/\\([nrta0\\])/g, (_whole, letter: string) => ESCAPES[letter]!);
}

/** The format is used again as long as there are words; `%s`, `%d` and `%%` are known. */
export function printf(_session: Session, argv: readonly string[]): ExecResult {
  const [format, ...given] = argv;
  if (format === undefined) return said('', 'printf: usage: printf format [arguments]\n', 2);
  const words = [...given];
  let output = '';
  do {
    output += escaped(format).replace(/%([sd%])/g, (_whole, letter: string) =>
      letter === '%' ? '%' : (words.shift() ?? (letter === 'd' ? '0' : '')),
    );
  } while (words.length > 0 && /%[sd]/.test(format));
  return said(output);
}
