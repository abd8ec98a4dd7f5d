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

/**
 * A batch while it is being written: row after row, so that an event is written to one place and not to as many as it
 * has columns.
 */
export interface Rows {
  /** Rows that there is room for. */
  readonly capacity: number;
  /** The kind, and the `i32` columns in their order. */
  readonly ints: Int32Array;
  /** The instant, the cause, and the `f64` columns. */
  readonly floats: Float64Array;
  readonly texts: (string | undefined)[];
}

export interface EventCodec {
  readonly columns: Columns;
  readonly kinds: EventKinds;
  /** Name of each kind, by number. */
  readonly nameOf: readonly (string | undefined)[];
  /** Writes an event into row `row`; columns that its kind lacks are cleared. */
  write(rows: Rows, row: number, event: Kinded, cause: number, kind?: number): void;
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
  const { ints, floats, texts } = places(columns);
  const nameOf: (string | undefined)[] = [];
  const writers: ((rows: Rows, row: number, event: Kinded, cause: number) => void)[] = [];
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
    const value = (column: string, none: string): string =>
      fieldOf.has(column) ? `event.${fieldOf.get(column)}` : none;
    const write = [
      `const i=row*${ints.length},f=row*${floats.length},t=row*${texts.length},{ints,floats,texts}=rows;`,
      `ints[i]=${kind};floats[f]=event.at;floats[f+1]=cause;`,
      ...ints.slice(1).map((column, at) => `ints[i+${at + 1}]=${value(column, '0')};`),
      ...floats.slice(2).map((column, at) => `floats[f+${at + 2}]=${value(column, '0')};`),
      ...texts.map((column, at) => `texts[t+${at}]=${value(column, 'undefined')};`),
    ];
    const read = Object.entries(fields).map(([field, column]) => `${field}:c.${column}[r]`);
    writers[kind] = new Function('rows', 'row', 'event', 'cause', write.join('')) as (typeof writers)[number];
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
    write(rows, row, event, cause, kind = event.kind) {
      writers[kind]!(rows, row, event, cause);
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

/** Names of the columns of each type, with those that every batch has, in the order of a row. */
function places(columns: Columns): Readonly<Record<'ints' | 'floats' | 'texts', readonly string[]>> {
  const of = (type: ColumnType): string[] => Object.keys(columns).filter((name) => columns[name] === type);
  return { ints: ['kind', ...of('i32')], floats: ['at', 'cause', ...of('f64')], texts: of('text') };
}

/** Fresh room for `capacity` rows. @param before rows to keep from its beginning */
export function emptyRows(columns: Columns, capacity: number, before?: Rows): Rows {
  const { ints, floats, texts } = places(columns);
  const rows = {
    capacity,
    ints: new Int32Array(capacity * ints.length),
    floats: new Float64Array(capacity * floats.length),
    texts: new Array<string | undefined>(capacity * texts.length).fill(undefined),
  };
  if (before === undefined) return rows;
  rows.ints.set(before.ints);
  rows.floats.set(before.floats);
  for (let i = 0; i < before.texts.length; i++) rows.texts[i] = before.texts[i];
  return rows;
}

/** Rows that are turned at a time: so many stay in the processor's nearest cache. */
const TURNED = 64;

/** Turns the first `count` rows into columns. @param batch columns of at least that length; they are overwritten */
export function turn(columns: Columns, rows: Rows, count: number, batch: BatchColumns): void {
  const { ints, floats, texts } = places(columns);
  for (let first = 0; first < count; first += TURNED) {
    const end = Math.min(first + TURNED, count);
    for (let place = 0; place < ints.length; place++)
      turnInts(rows.ints, batch[ints[place]!] as Int32Array, first, end, place, ints.length);
    for (let place = 0; place < floats.length; place++)
      turnFloats(rows.floats, batch[floats[place]!] as Float64Array, first, end, place, floats.length);
  }
  for (let place = 0; place < texts.length; place++) {
    const column = batch[texts[place]!] as (string | undefined)[];
    for (let row = 0; row < count; row++) column[row] = rows.texts[row * texts.length + place];
  }
}

function turnInts(
  from: Int32Array,
  column: Int32Array | Uint8Array,
  first: number,
  end: number,
  place: number,
  stride: number,
): void {
  for (let row = first, at = first * stride + place; row < end; row++, at += stride) column[row] = from[at]!;
}

function turnFloats(
  from: Float64Array,
  column: Float64Array,
  first: number,
  end: number,
  place: number,
  stride: number,
): void {
  for (let row = first, at = first * stride + place; row < end; row++, at += stride) column[row] = from[at]!;
}

/** Fresh columns for `rows` rows. */
export function batchColumns(columns: Columns, rows: number): BatchColumns {
  return columnRecord(columns, (name) => {
    if (name === 'kind') return new Uint8Array(rows);
    const type = columns[name] ?? 'f64';
    if (type === 'i32') return new Int32Array(rows);
    return type === 'f64' ? new Float64Array(rows) : new Array<string | undefined>(rows);
  });
}

const recordMakers = new WeakMap<Columns, (arrays: readonly BatchColumns[string][]) => BatchColumns>();

/**
 * A batch's columns as a record whose fields are found without hashing: V8 turns one that grows by computed names into
 * a dictionary, which makes reading a row ten times as dear.
 * @param arrayOf asked for each column once, in the order of a file: `at`, `kind`, `cause`, then those of the codec
 */
export function columnRecord(columns: Columns, arrayOf: (name: string) => BatchColumns[string]): BatchColumns {
  const names = ['at', 'kind', 'cause', ...Object.keys(columns)];
  let make = recordMakers.get(columns);
  if (make === undefined) {
    make = new Function('a', `return {${names.map((name, i) => `${name}:a[${i}]`).join(',')}}`) as NonNullable<
      typeof make
    >;
    recordMakers.set(columns, make);
  }
  return make(names.map(arrayOf));
}
