/**
 * Words of a rule line: how iptables-restore splits a line, and how iptables-save quotes a string.
 */

export interface Word {
  readonly text: string;
  /** Where the word starts in its line, 1 and up. */
  readonly column: number;
  /** Stood in quotes, so it is no option even if it starts with a dash. */
  readonly quoted: boolean;
}

/**
 * Splits at blanks. Double quotes keep blanks, a backslash inside them keeps the next character; a closing quote ends
 * the word. A quote left open runs to the end of the line, as in iptables-restore.
 * @see iptables/xshared.c add_param_to_argv
 */
export function splitWords(line: string, from = 0): Word[] {
  if (!line.includes('"', from)) return splitPlain(line, from);
  const words: Word[] = [];
  let text = '';
  let start = -1;
  let open = false;
  let quoted = false;
  for (let at = from; at < line.length; at++) {
    const char = line[at]!;
    if (start < 0 && char !== ' ' && char !== '\t') start = at;
    if (open && char === '\\') {
      text += line[++at] ?? '';
    } else if (open ? char === '"' : char === ' ' || char === '\t') {
      if (text !== '' || quoted) words.push({ text, column: start + 1, quoted });
      [text, start, open, quoted] = ['', -1, false, false];
    } else if (char === '"') {
      [open, quoted] = [true, true];
    } else {
      text += char;
    }
  }
  if (text !== '' || quoted) words.push({ text, column: start + 1, quoted });
  return words;
}

function splitPlain(line: string, from: number): Word[] {
  const words: Word[] = [];
  let start = -1;
  for (let at = from; at <= line.length; at++) {
    const code = at < line.length ? line.charCodeAt(at) : 32;
    if (code !== 32 && code !== 9) {
      if (start < 0) start = at;
    } else if (start >= 0) {
      words.push({ text: line.slice(start, at), column: start + 1, quoted: false });
      start = -1;
    }
  }
  return words;
}

/** A string as iptables-save prints it: quoted unless it is made of letters, digits, `_` and `-`. */
export function quote(text: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(text)) return text;
  return `"${text.replace(/["\\']/g, '\\$&')}"`;
}
