/**
 * Lays out tab-separated text in columns as Go's text/tabwriter does: a column lasts as long as consecutive lines have a
 * tab-terminated cell in it, so each block of lines finds its own widths.
 * @see https://pkg.go.dev/text/tabwriter
 */

export interface TabWriterOptions {
  /** Least width of a column, padding included. */
  readonly minWidth: number;
  /** Blanks behind the widest cell. */
  readonly padding: number;
}

/** What `kubectl get` uses. */
export const TABLE_LAYOUT: TabWriterOptions = { minWidth: 6, padding: 3 };
/** What `kubectl describe` uses. */
export const DESCRIBE_LAYOUT: TabWriterOptions = { minWidth: 0, padding: 2 };

/** @param text lines whose cells end in tabs; what follows a line's last tab belongs to no column */
export function tabbed(text: string, { minWidth, padding }: TabWriterOptions): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths: number[] = [];
  const output: string[] = [];

  const write = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const cells = lines[i]!;
      output.push(cells.map((cell, j) => (j < cells.length - 1 ? cell.padEnd(widths[j]!) : cell)).join(''));
    }
  };

  const format = (from: number, to: number): void => {
    const column = widths.length;
    const hasCell = (i: number): boolean => column < lines[i]!.length - 1;
    let written = from;
    for (let at = from; at < to; at++) {
      if (!hasCell(at)) continue;
      write(written, at);
      written = at;
      let width = minWidth;
      for (; at < to && hasCell(at); at++) width = Math.max(width, lengthOf(lines[at]![column]!) + padding);
      widths.push(width);
      format(written, at);
      widths.pop();
      written = at;
    }
    write(written, to);
  };

  format(0, lines.length);
  return output.join('\n');
}

/** Characters, not UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length;
}
