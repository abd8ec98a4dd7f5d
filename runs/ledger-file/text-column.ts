/**
 * Text columns between JavaScript and Arrow's Utf8 layout: a validity bitmap, offsets, and the bytes. Most batches of
 * most text columns hold nothing, so that case costs a look at each row and no more.
 * @see https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-layout
 */

export interface TextBuffers {
  readonly nullCount: number;
  /** One bit a row, lowest first; set: there is a text. May be empty when nothing is null. */
  readonly validity: Uint8Array;
  /** One more than there are rows. */
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The first `rows` texts of a column. Lone surrogates come back as U+FFFD. */
export function encodeTexts(column: readonly (string | undefined)[], rows: number): TextBuffers {
  const validity = new Uint8Array((rows + 7) >> 3);
  const offsets = new Int32Array(rows + 1);
  const parts: Uint8Array[] = [];
  let end = 0;
  for (let row = 0; row < rows; row++) {
    const text = column[row];
    if (text !== undefined) {
      validity[row >> 3]! |= 1 << (row & 7);
      const part = Buffer.from(text);
      parts.push(part);
      end += part.length;
    }
    offsets[row + 1] = end;
  }
  return { nullCount: rows - parts.length, validity, offsets, bytes: Buffer.concat(parts, end) };
}

/** The texts of a column. @throws {RangeError} when the offsets don't fit the bytes */
export function decodeTexts(buffers: TextBuffers, rows: number): (string | undefined)[] {
  const { validity, offsets, bytes, nullCount } = buffers;
  const texts = new Array<string | undefined>(rows);
  for (let row = 0; row < rows; row++) {
    if (nullCount > 0 && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) continue;
    const start = offsets[row]!;
    const end = offsets[row + 1]!;
    if (start < 0 || end < start || end > bytes.length) throw new RangeError(`Text of row ${row} lies outside`);
    texts[row] = decoder.decode(bytes.subarray(start, end));
  }
  return texts;
}
