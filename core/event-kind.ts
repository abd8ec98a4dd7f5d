/**
 * One declaration an event kind: its number and its fields, each with the ledger column that it is kept in. From it
 * follow the event's type, and the functions that write it into columns and read it back, generated once per declaration.
 */
import type { Kinded } from './decider.ts';
import { invariant } from './error.ts';

/** `i32` and `f64` are fixed-width; `text` is nullable and rare. */
export type ColumnType = 'i32' | 'f64' | 'text';

export type Columns = Readonly<Record<string, ColumnType>>;

export interface EventKind<Column extends string = string> {
  readonly kind: number;
  /** Column of each field. Kinds share columns under names of their own, so that rows stay narrow. */
  readonly fields: Readonly<Record<string, Column>>;
}

export type EventKinds<C extends Columns = Columns> = Readonly<Record<string, EventKind<keyof C & string>>>;

/** The event that a declaration describes. */
export type EventOf<C extends Columns, K extends EventKind> = {
  readonly kind: K['kind'];
  readonly at: number;
} & { readonly [F in keyof K['fields']]: C[K['fields'][F]] extends 'text' ? string : number };

/** The union of all events of a set of declarations. */
export type EventsOf<C extends Columns, D extends EventKinds<C>> = { [N in keyof D]: EventOf<C, D[N]> }[keyof D];

/** The columns of one batch: arrays of equal length, by column name. */
export interface BatchColumns {
  readonly at: Float64Array;
  readonly kind: Uint8Array;
  /** Sequence number of the command that the event answers. */
  readonly cause: Float64Array;
  readonly [column: string]: Int32Array | Float64Array | Uint8Array | (string | undefined)[];
}

export interface EventCodec {
  readonly columns: Columns;
  readonly kinds: EventKinds;
  /** Name of each kind, by number. */
  readonly nameOf: readonly (string | undefined)[];
  /** Writes an event into row `row`; columns that its kind lacks are cleared. */
  write(columns: BatchColumns, row: number, event: Kinded, cause: number): void;
  read(columns: BatchColumns, row: number): Kinded;
}

const codecs = new WeakMap<EventKinds, EventCodec>();

/**
 * The codec of a set of declarations. Generated source, not closures over field names: a loop over names costs five
 * times as much, and code generated per engine would push V8 off its fast paths after a few engines.
 */
export function eventCodec(columns: Columns, kinds: EventKinds): EventCodec {
  const known = codecs.get(kinds);
  if (known !== undefined) return known;
  const all = Object.keys(columns);
  const nameOf: (string | undefined)[] = [];
  const writers: ((columns: BatchColumns, row: number, event: Kinded) => void)[] = [];
  const readers: ((columns: BatchColumns, row: number) => Kinded)[] = [];
  for (const [name, { kind, fields }] of Object.entries(kinds)) {
    invariant(Number.isInteger(kind) && kind > 0 && kind < 256, `Kind of ${name} must be 1..255: ${kind}`);
    invariant(nameOf[kind] === undefined, `Kind ${kind} is taken by ${nameOf[kind]}: ${name}`);
    const fieldOf = new Map<string, string>();
    for (const [field, column] of Object.entries(fields)) {
      invariant(columns[column] !== undefined, `No column for ${name}.${field}: ${column}`);
      invariant(!fieldOf.has(column), `Two fields of ${name} in one column: ${column}`);
      fieldOf.set(column, field);
    }
    nameOf[kind] = name;
    const write = all.map((column) => {
      const field = fieldOf.get(column);
      return `c.${column}[r]=${field !== undefined ? `e.${field}` : columns[column] === 'text' ? 'undefined' : '0'};`;
    });
    const read = Object.entries(fields).map(([field, column]) => `${field}:c.${column}[r]`);
    writers[kind] = new Function('c', 'r', 'e', write.join('')) as (typeof writers)[number];
    readers[kind] = new Function(
      'c',
      'r',
      `return {kind:${kind},at:c.at[r],${read.join(',')}}`,
    ) as (typeof readers)[number];
  }
  const codec: EventCodec = {
    columns,
    kinds,
    nameOf,
    write(batch, row, event, cause) {
      batch.at[row] = event.at;
      batch.kind[row] = event.kind;
      batch.cause[row] = cause;
      writers[event.kind]!(batch, row, event);
    },
    read(batch, row) {
      const reader = readers[batch.kind[row]!];
      invariant(reader !== undefined, 'Unknown event kind', batch.kind[row]);
      return reader(batch, row);
    },
  };
  codecs.set(kinds, codec);
  return codec;
}

/** Fresh columns for `rows` rows. */
export function batchColumns(columns: Columns, rows: number): BatchColumns {
  const batch: Record<string, BatchColumns[string]> = {
    at: new Float64Array(rows),
    kind: new Uint8Array(rows),
    cause: new Float64Array(rows),
  };
  for (const [name, type] of Object.entries(columns)) {
    batch[name] =
      type === 'i32'
        ? new Int32Array(rows)
        : type === 'f64'
          ? new Float64Array(rows)
          : new Array<string | undefined>(rows);
  }
  return batch as unknown as BatchColumns;
}
