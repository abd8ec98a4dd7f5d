/**
 * A command line as a shell splits it: words with their quotes taken off, pipes between commands, and `;`, `&&`, `||`
 * between pipelines, and variables. Globs and redirections are left to a real shell; `2>/dev/null` and `2>&1` are read.
 */

/** Why a line can't be read, in the words of dash. */
export class SyntaxComplaint extends Error {
  override readonly name = 'SyntaxComplaint';
}

export interface SimpleCommand {
  readonly argv: readonly string[];
  /** What becomes of standard error: kept, dropped, or joined to standard output. */
  readonly errors: 'kept' | 'dropped' | 'joined';
  /** Standard output is dropped. */
  readonly silent: boolean;
}

export interface Pipeline {
  readonly commands: readonly SimpleCommand[];
  /** When it runs: always, or by how the one before it ended. */
  readonly after: ';' | '&&' | '||';
}

interface Token {
  readonly text: string;
  readonly isOperator: boolean;
}

/**
 * The words of one command.
 * @throws {SyntaxComplaint} where a quote is open
 */
export function parseCommandLine(line: string): readonly string[] {
  return tokens(line).map(({ text }) => text);
}

/** The value of a variable; `undefined`: there is none of that name. */
export type LookUp = (name: string) => string | undefined;

/** @param lookUp absent: dollar signs are text like any other @throws {SyntaxComplaint} */
export function parseShellLine(line: string, lookUp?: LookUp): readonly Pipeline[] {
  return pipelines(tokens(line, lookUp));
}

/** The same for words that are split already, of which some are operators. @throws {SyntaxComplaint} */
export function parseShellWords(words: readonly string[]): readonly Pipeline[] {
  return pipelines(words.map((text) => ({ text, isOperator: /^(\||\|\||&&|;)$/.test(text) })));
}

/** Stands for `$?` until the command before has ended; no text that is typed has it. */
export const LAST_EXIT_CODE = '\u0000?';

const TOKEN = /\s+|#.*$|(\|\||&&|[|;\n])|((?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s|;&'"\\]|&(?!&))+)|([\s\S])/gy;

function tokens(line: string, lookUp?: LookUp): Token[] {
  const found: Token[] = [];
  for (const [, operator, word, stray] of line.matchAll(TOKEN)) {
    if (stray !== undefined) throw new SyntaxComplaint('Syntax error: Unterminated quoted string');
    if (operator !== undefined) found.push({ text: operator === '\n' ? ';' : operator, isOperator: true });
    else if (word !== undefined) {
      const text = unquoted(word, lookUp);
      // A variable without a value is no word at all, unless quotes make it an empty one.
      if (text !== '' || /['"]/.test(word)) found.push({ text, isOperator: false });
    }
  }
  return found;
}

const PIECE = /\\([\s\S])|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\$(?:(\w+|\?)|\{(\w+|\?)\})/g;
const QUOTED_PIECE = /\\([$`"\\])|\$(?:(\w+|\?)|\{(\w+|\?)\})/g;

function unquoted(word: string, lookUp: LookUp | undefined): string {
  const valueIn = (whole: string, name: string): string =>
    name === '?' && lookUp !== undefined
      ? LAST_EXIT_CODE
      : lookUp === undefined || !/^[A-Za-z_]/.test(name)
        ? whole
        : (lookUp(name) ?? '');
  return word.replace(
    PIECE,
    (whole, escaped?: string, single?: string, double?: string, plain?: string, braced?: string) =>
      escaped ??
      single ??
      double?.replace(
        QUOTED_PIECE,
        (part, mark?: string, bare?: string, wrapped?: string) => mark ?? valueIn(part, bare ?? wrapped!),
      ) ??
      valueIn(whole, plain ?? braced!),
  );
}

function pipelines(list: readonly Token[]): Pipeline[] {
  const found: Pipeline[] = [];
  let commands: SimpleCommand[] = [];
  let words: string[] = [];
  let after: Pipeline['after'] = ';';
  const endCommand = (operator: string): void => {
    if (words.length === 0) throw new SyntaxComplaint(`Syntax error: "${operator}" unexpected`);
    commands.push(simpleCommand(words));
    words = [];
  };
  for (const { text, isOperator } of list) {
    if (!isOperator) {
      words.push(text);
      continue;
    }
    if (text === ';' && words.length === 0 && commands.length === 0) continue;
    endCommand(text);
    if (text === '|') continue;
    found.push({ commands, after });
    commands = [];
    after = text as Pipeline['after'];
  }
  if (words.length > 0) commands.push(simpleCommand(words));
  else if (commands.length > 0 || after !== ';') throw new SyntaxComplaint('Syntax error: end of file unexpected');
  if (commands.length > 0) found.push({ commands, after });
  return found;
}

/** `> /dev/null` as one word. */
function joined(words: readonly string[]): readonly string[] {
  return words.flatMap((word, i) => {
    if (/^[12]?>$/.test(word) && words[i + 1] === '/dev/null') return [`${word}/dev/null`];
    return word === '/dev/null' && /^[12]?>$/.test(words[i - 1] ?? '') ? [] : [word];
  });
}

function simpleCommand(given: readonly string[]): SimpleCommand {
  const words = joined(given);
  const argv = words.filter((word) => !/^([12]?>\/dev\/null|2>&1)$/.test(word));
  const errors = words.includes('2>&1') ? 'joined' : words.includes('2>/dev/null') ? 'dropped' : 'kept';
  return { argv, errors, silent: words.some((word) => /^1?>\/dev\/null$/.test(word)) };
}
