/**
 * What a YAML parser would spend minutes on is refused by a look at the text, before any parsing: too much of it, too
 * many documents, nesting without end.
 */
import { InputError } from '../input-error.ts';
import type { SourceFile } from './source.ts';

/** Real manifests stay far below each of these. */
const YAML_LIMIT_BYTES = 6 * 2 ** 20;
const DOCUMENT_LIMIT = 20_000;
const DEPTH_LIMIT = 300;

/** @throws {InputError} with the place where the limit is passed, as far as it has one */
export function refuseBulk({ name: file, text }: SourceFile): void {
  if (text.length > YAML_LIMIT_BYTES) {
    const found = (text.length / 2 ** 20).toFixed(1);
    throw new InputError(
      { file },
      `The file has ${found} MiB of YAML; at most ${YAML_LIMIT_BYTES / 2 ** 20} MiB are read (larger dumps as JSON)`,
    );
  }
  let documents = 0;
  let depth = 0;
  let line = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    line++;
    if (text.startsWith('---', start) && ++documents > DOCUMENT_LIMIT) {
      throw new InputError({ file, line }, `More than ${DOCUMENT_LIMIT} documents in one file`);
    }
    // Brackets in plain text needn't be paired: a key at the margin starts counting afresh.
    if (isLetter(text.charCodeAt(start))) depth = 0;
    let dashes = 0;
    for (let at = start; at < end; at++) {
      const char = text[at];
      if (char === '[' || char === '{') depth++;
      else if ((char === ']' || char === '}') && depth > 0) depth--;
      if (char === '-' && text[at + 1] === ' ') dashes++;
      else if (char !== ' ') dashes = 0;
      if (depth > DEPTH_LIMIT || dashes > DEPTH_LIMIT) {
        throw new InputError({ file, line, column: at - start + 1 }, `Nested more than ${DEPTH_LIMIT} deep`);
      }
    }
    start = end + 1;
  }
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}
