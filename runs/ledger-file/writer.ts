/**
 * Writes a ledger to disk as an Arrow IPC stream: a schema whose metadata holds every input, then one record batch for
 * each sealed batch, with its digest in the message's metadata. Column buffers go out as they are, no row is looked at
 * but for its texts; a million events cost some tens of milliseconds. pyarrow, pandas and Polars open it as it is.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  Message,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { BatchColumns, EventCodec } from '../../core/event-kind.ts';
import type { Batch } from '../../core/ledger.ts';
import { frame } from './frame.ts';
import { FORMAT_VERSION, headerDigest, headerText, type LedgerHeader, layoutText } from './header.ts';
import { encodeTexts } from './text-column.ts';

/** Keys of the schema's and of each batch's metadata. */
export const METADATA = {
  format: 'kubehop.format',
  tool: 'kubehop.tool',
  header: 'kubehop.header',
  layout: 'kubehop.layout',
  digest: 'kubehop.digest',
  first: 'kubehop.first',
} as const;

const FLOAT = new Float64();
const INT = new Int32();
const TEXT = new Utf8();

export class LedgerWriter {
  /** Where the chain of digests starts: give it to the `Ledger`. */
  readonly headerDigest: string;
  readonly #schema: Schema;
  readonly #kindType: Dictionary<Utf8, Uint8>;
  readonly #kindNames: ReturnType<typeof kindNames>;
  readonly #stream: DescriptorStream;
  readonly #descriptor: number;

  /**
   * Creates the file and writes its head.
   * @param format what the file says of its format
   * @throws when the file is there already, or can't be written
   */
  constructor(path: string, codec: EventCodec, header: LedgerHeader, format = FORMAT_VERSION) {
    this.headerDigest = headerDigest(header, codec);
    this.#kindNames = kindNames(codec);
    this.#kindType = new Dictionary(TEXT, new Uint8(), 0, false);
    this.#schema = new Schema(
      [
        new Field('at', FLOAT, false),
        new Field('kind', this.#kindType, false),
        new Field('cause', FLOAT, false),
        ...Object.entries(codec.columns).map(
          ([name, type]) =>
            new Field<DataType>(name, type === 'i32' ? INT : type === 'f64' ? FLOAT : TEXT, type === 'text'),
        ),
      ],
      new Map([
        [METADATA.format, String(format)],
        [METADATA.tool, header.toolVersion],
        [METADATA.header, headerText(header)],
        [METADATA.layout, layoutText(codec)],
        [METADATA.digest, this.headerDigest],
      ]),
    );
    this.#descriptor = openSync(path, 'wx');
    this.#stream = new DescriptorStream(this.#descriptor);
    this.#stream.reset(undefined, this.#schema);
    this.#stream.drain();
  }

  /** Appends a batch. Its columns may be used again afterwards. */
  write(batch: Batch): void {
    const { columns, rows, digest, first } = batch;
    const children = this.#schema.fields.map(({ name }) => this.#column(columns, name, rows));
    const data = makeData({ type: new Struct(this.#schema.fields), length: rows, nullCount: 0, children });
    const metadata = new Map([
      [METADATA.digest, digest],
      [METADATA.first, String(first)],
    ]);
    this.#stream.write(new RecordBatch(this.#schema, data, metadata));
    this.#stream.drain();
  }

  /** Ends the file: one without this end is taken as cut off. */
  close(): void {
    this.#stream.finish();
    this.#stream.drain();
    closeSync(this.#descriptor);
  }

  /** Gives the file up as it is, without an end. */
  abandon(): void {
    closeSync(this.#descriptor);
  }

  #column(columns: BatchColumns, name: string, length: number): Data {
    const column = columns[name]!;
    if (name === 'kind') {
      const data = (column as Uint8Array).subarray(0, length);
      return makeData({ type: this.#kindType, length, nullCount: 0, data, dictionary: this.#kindNames });
    }
    if (Array.isArray(column)) {
      const { nullCount, validity, offsets, bytes } = encodeTexts(column, length);
      return makeData({ type: TEXT, length, nullCount, nullBitmap: validity, valueOffsets: offsets, data: bytes });
    }
    const data = column.subarray(0, length);
    if (data instanceof Int32Array) return makeData({ type: INT, length, nullCount: 0, data });
    return makeData({ type: FLOAT, length, nullCount: 0, data: data as Float64Array });
  }
}

/** A kind's name stands at its number; numbers without a kind have a name that no event bears. */
function kindNames(codec: EventCodec) {
  const names = Array.from({ length: codec.nameOf.length }, (_, kind) => codec.nameOf[kind] ?? `(${kind})`);
  return vectorFromArray(names, TEXT);
}

/** Arrow's own writer, with its messages framed by us and its bytes gathered for one write a batch. */
class DescriptorStream extends RecordBatchStreamWriter {
  readonly #descriptor: number;
  #chunks: Uint8Array[] = [];
  #gathered = Buffer.alloc(0);

  constructor(descriptor: number) {
    super({ autoDestroy: false });
    this.#descriptor = descriptor;
  }

  /** Writes what has been gathered, out of one buffer that is kept: fresh pages for each batch cost as much as the write. */
  drain(): void {
    const sizeBytes = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (this.#gathered.length < sizeBytes) this.#gathered = Buffer.allocUnsafeSlow(sizeBytes);
    let end = 0;
    for (const chunk of this.#chunks) {
      this.#gathered.set(chunk, end);
      end += chunk.length;
    }
    this.#chunks = [];
    for (let done = 0; done < end; ) done += writeSync(this.#descriptor, this.#gathered, done, end - done);
  }

  /** Also keeps Arrow's list of blocks, one a message and of no use in a stream, from growing. */
  protected override _writeMessage(message: Message): this {
    return this._write(frame(Message.encode(message)));
  }

  protected override _write(chunk: Parameters<RecordBatchStreamWriter['_write']>[0]): this {
    const bytes = chunk as Uint8Array;
    this.#chunks.push(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return this;
  }
}
