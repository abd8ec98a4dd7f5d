/**
 * YAML as kubectl prints it: keys sorted, lists not indented, texts quoted only where they would be read as something
 * else, long ones folded.
 * @see https://pkg.go.dev/sigs.k8s.io/yaml
 */

/** A line is folded at the first blank behind this column. */
const BEST_WIDTH = 80;

/** A document, its last line end included. Absent (`undefined`) fields are left out. */
export function yamlText(value: unknown): string {
  if (isMap(value) && Object.keys(value).length > 0) return `${mapLines(value, 0).join('\n')}\n`;
  if (Array.isArray(value) && value.length > 0) return `${listLines(value, 0).join('\n')}\n`;
  return `${inline(value, 0, 0)}\n`;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapLines(map: Readonly<Record<string, unknown>>, indent: number): string[] {
  const pad = ' '.repeat(indent);
  return Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort()
    .flatMap((key) => {
      const value = map[key];
      const head = `${pad}${scalar(key, Number.POSITIVE_INFINITY, 0)}:`;
      if (isMap(value) && Object.keys(value).length > 0) return [head, ...mapLines(value, indent + 2)];
      if (Array.isArray(value) && value.length > 0) return [head, ...listLines(value, indent)];
      return [`${head} ${inline(value, head.length + 1, indent + 2)}`];
    });
}

function listLines(list: readonly unknown[], indent: number): string[] {
  const pad = ' '.repeat(indent);
  return list.flatMap((item) => {
    const nested = isMap(item) ? Object.keys(item).length > 0 : Array.isArray(item) && item.length > 0;
    if (!nested) return [`${pad}- ${inline(item, indent + 2, indent + 2)}`];
    const lines = isMap(item) ? mapLines(item, indent + 2) : listLines(item as unknown[], indent + 2);
    return [`${pad}- ${lines[0]!.slice(indent + 2)}`, ...lines.slice(1)];
  });
}

/** @param column where the value starts @param indent of the lines that it goes on in */
function inline(value: unknown, column: number, indent: number): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return scalar(value, column, indent);
  if (typeof value === 'object') return Array.isArray(value) ? '[]' : '{}';
  return String(value);
}

function scalar(text: string, column: number, indent: number): string {
  if (isAmbiguous(text)) return JSON.stringify(text);
  if (text.includes('\n')) return literal(text, indent);
  if ([...text].some((char) => char < ' ' || char === '\u007f')) return JSON.stringify(text);
  if (isPlain(text)) return folded(text, column, indent);
  return `'${folded(text.replaceAll("'", "''"), column + 1, indent)}'`;
}

/** Whether a reader would take the bare text for null, a truth value, a number or an instant. */
function isAmbiguous(text: string): boolean {
  if (/^(|~|null|Null|NULL|y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE)$/.test(text)) return true;
  if (/^(on|On|ON|off|Off|OFF|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/.test(text)) return true;
  if (/^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[0-9][0-9_]*)$/.test(text)) return true;
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text)) return true;
  if (/^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text)) return true;
  return /^\d{4}-\d{1,2}-\d{1,2}([Tt ]+\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?([Zz]|\s*[-+]\d\d?(:\d\d)?)?)?$/.test(text);
}

function isPlain(text: string): boolean {
  if (/^[ ,[\]{}#&*!|>'"%@`]|^[-?:]( |$)|^(---|\.\.\.)/.test(text)) return false;
  return !/ $|: |:$| #/.test(text);
}

function literal(text: string, indent: number): string {
  const body = text.replace(/\n+$/, '');
  const ends = text.length - body.length;
  const chomping = ends === 0 ? '-' : ends === 1 ? '' : '+';
  const lines = body.split('\n').map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
  return [`|${chomping}`, ...lines, ...Array.from({ length: Math.max(0, ends - 1) }, () => '')].join('\n');
}

/** Breaks at single blanks once the line is too wide. */
function folded(text: string, column: number, indent: number): string {
  let at = column;
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const isSingleBlank = text[i] === ' ' && text[i - 1] !== ' ' && text[i + 1] !== ' ';
    if (isSingleBlank && at > BEST_WIDTH && i > 0 && i < text.length - 1) {
      result += `\n${' '.repeat(indent)}`;
      at = indent;
    } else {
      result += text[i];
      at++;
    }
  }
  return result;
}
