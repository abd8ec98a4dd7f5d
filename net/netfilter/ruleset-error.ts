/**
 * Why a rule set text does not load: the place and the words that iptables itself would use.
 */
export class RulesetError extends Error {
  override readonly name = 'RulesetError';
  readonly file: string;
  /** 1 and up */
  readonly line: number;
  /** 1 and up, in UTF-16 units */
  readonly column: number;
  /** What is wrong, without the place. */
  readonly reason: string;
  /** The tool takes the text, but the kernel refuses the table that it makes. */
  readonly byKernel: boolean;

  constructor(file: string, line: number, column: number, reason: string, byKernel = false) {
    super(`${file}:${line}:${column}: ${reason}`);
    this.file = file;
    this.line = line;
    this.column = column;
    this.reason = reason;
    this.byKernel = byKernel;
  }
}
