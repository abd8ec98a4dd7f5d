/**
 * What a kind's table is: its columns, and the cells of one object.
 */

export interface TableContext {
  /** Wall clock, seconds since 1970. */
  readonly nowSeconds: number;
  /** Release of the API server, which makes the cells: 16 for 1.16. */
  readonly minor: number;
  readonly wide: boolean;
}

export interface KindTable<O> {
  readonly columns: readonly string[];
  /** Shown with `-o wide` only. */
  readonly wideColumns: readonly string[];
  /** Columns that API servers of a release don't have; absent: they have them all. */
  unknownTo?(minor: number): readonly string[];
  /** The cells of `columns` and then of `wideColumns`. */
  row(object: O, context: TableContext): readonly string[];
}
