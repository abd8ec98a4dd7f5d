/**
 * Integer columns that grow.
 */

/** The same integers with room for at least `length`. */
export function grown(column: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= column.length) return column;
  const wider = new Int32Array(Math.max(length, column.length * 2));
  wider.set(column);
  return wider;
}
