/**
 * Reads a ledger file back, batch by batch, as views on the raw column buffers: one batch is in memory at a time. The
 * chain of digests is checked on the way. A file that was cut off ends at its last whole, sealed batch and says so;
 * anything else that isn't as it was written is an error that names the batch.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { Message, MessageHeader } from 'apache-arrow';
import { type BatchColumns, columnRecord, type EventCodec } from '../../core/event-kind.ts';
import { type Batch, digestOf } from '../../core/ledger.ts';
import { InputError } from '../input-error.ts';
import { CONTINUATION, PREFIX_BYTES, unframe } from './frame.ts';
import { FORMAT_VERSION, headerDigest, type LedgerHeader, layoutText } from './header.ts';
import { decodeTexts } from './text-column.ts';
import { METADATA } from './writer.ts';

/** A message's metadata as far as a reader of ledgers needs it. */
interface RecordBatchMetadata {
  readonly length: number;
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
}

/** What stands at an offset of the file. */
type Found =
  | { readonly type: 'message'; readonly message: Message; readonly bodyAt: number; readonly end: number }
  | { readonly type: 'end' }
  | { readonly type: 'cut' }
  | { readonly type: 'damage'; readonly what: string };

export class LedgerReader {
  readonly path: string;
  readonly header: LedgerHeader;
  readonly headerDigest: string;
  readonly #codec: EventCodec;
  readonly #descriptor: number;
  readonly #sizeBytes: number;
  readonly #closed: boolean;
  readonly #firstAt: number;
  readonly #texts: readonly string[];
  #digest: string;
  #torn = false;
  #events = 0;
  #nothing: (string | undefined)[] = [];

  /** @throws {InputError} when the file is missing, no ledger, of another version, or damaged in its head */
  constructor(path: string, codec: EventCodec) {
    this.path = path;
    this.#codec = codec;
    this.#texts = Object.keys(codec.columns).filter((name) => codec.columns[name] === 'text');
    this.#descriptor = openLedgerFile(path);
    try {
      this.#sizeBytes = fstatSync(this.#descriptor).size;
      this.#closed = this.#endsWithMark();
      const head = this.#find(0);
      if (this.#sizeBytes === 0) throw this.#error('The file is empty');
      if (!this.#looksLikeStream()) throw this.#error('This is not a ledger');
      if (head.type === 'cut') throw this.#error('The ledger is cut off inside its header: no event is left');
      if (head.type !== 'message' || head.message.headerType !== MessageHeader.Schema) {
        throw this.#error('The header of the ledger is damaged');
      }
      this.#firstAt = head.end;
      const metadata = (head.message.header() as unknown as { metadata: Map<string, string> }).metadata;
      this.header = this.#readHeader(metadata);
      this.headerDigest = metadata.get(METADATA.digest) ?? '';
      this.#digest = this.headerDigest;
      if (headerDigest(this.header, codec) !== this.headerDigest)
        throw this.#error('The header of the ledger is damaged');
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
  }

  /** Chained digest of what has been read so far; after the last batch, the digest of the whole file. */
  get digest(): string {
    return this.#digest;
  }

  /** Whether the file turned out to be cut off. Known once all batches have been read. */
  get torn(): boolean {
    return this.#torn;
  }

  /** Events read so far. */
  get events(): number {
    return this.#events;
  }

  /** All batches in order, from the first. @throws {InputError} at the first damage, naming the batch, counted from 1 */
  *batches(): Generator<Batch, void> {
    this.#digest = this.headerDigest;
    this.#events = 0;
    this.#torn = false;
    let number = 1;
    for (let at = this.#firstAt; ; ) {
      const found = this.#find(at);
      if (found.type === 'end') return;
      if (found.type === 'cut') {
        this.#torn = true;
        return;
      }
      if (found.type === 'damage') throw this.#damage(number, found.what);
      at = found.end;
      if (found.message.headerType === MessageHeader.DictionaryBatch) continue;
      const batch = this.#read(found.message, found.bodyAt);
      if (typeof batch === 'string') {
        // The last pages of a file that was never ended may not have reached the disk.
        if (this.#closed || at < this.#sizeBytes) throw this.#damage(number, batch);
        this.#torn = true;
        return;
      }
      this.#digest = batch.digest;
      this.#events += batch.rows;
      number++;
      yield batch;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #readHeader(metadata: Map<string, string>): LedgerHeader {
    const format = metadata.get(METADATA.format);
    if (format === undefined) throw this.#error('This is an Arrow stream, but not a ledger');
    const tool = metadata.get(METADATA.tool);
    if (format !== String(FORMAT_VERSION)) {
      throw this.#error(
        `The ledger has format ${format}, written by kubehop ${tool}; this version reads format ${FORMAT_VERSION}`,
      );
    }
    if (metadata.get(METADATA.layout) !== layoutText(this.#codec)) {
      throw this.#error(`The ledger was written by another version (${tool}), whose events have other fields`);
    }
    return JSON.parse(metadata.get(METADATA.header)!) as LedgerHeader;
  }

  /** @returns the batch, or what is wrong with it */
  #read(message: Message, bodyAt: number): Batch | string {
    if (message.headerType !== MessageHeader.RecordBatch) return 'a message that no ledger has';
    const metadata = message.header() as unknown as RecordBatchMetadata;
    const body = this.#bytes(bodyAt, message.bodyLength);
    let columns: BatchColumns;
    try {
      columns = this.#columns(metadata, body);
    } catch (error) {
      if (error instanceof RangeError) return 'its columns do not fit it';
      throw error;
    }
    const digest = message.metadata.get(METADATA.digest) ?? '';
    const first = Number(message.metadata.get(METADATA.first));
    if (first !== this.#events) return `it starts at event ${first}, event ${this.#events} was to come`;
    if (digestOf(this.#codec, columns, metadata.length, this.#digest) !== digest) return 'its digest does not match';
    return { first, rows: metadata.length, columns, digest };
  }

  #columns({ length: rows, nodes, buffers }: RecordBatchMetadata, body: Buffer): BatchColumns {
    let node = 0;
    let buffer = 0;
    const next = (): Buffer => {
      const { offset, length } = buffers[buffer++]!;
      if (offset + length > body.length) throw new RangeError('A buffer ends outside the batch');
      return body.subarray(offset, offset + length);
    };
    return columnRecord(this.#codec.columns, (name) => {
      const { nullCount } = nodes[node++]!;
      const validity = next();
      if (this.#texts.includes(name)) {
        const offsets = asInt32(next(), rows + 1);
        const bytes = next();
        return nullCount === rows ? this.#noTexts(rows) : decodeTexts({ nullCount, validity, offsets, bytes }, rows);
      }
      if (name === 'kind') return next().subarray(0, rows);
      return this.#codec.columns[name] === 'i32' ? asInt32(next(), rows) : asFloat64(next(), rows);
    });
  }

  /** One array serves every empty text column. */
  #noTexts(rows: number): (string | undefined)[] {
    if (this.#nothing.length < rows) this.#nothing = new Array<undefined>(rows).fill(undefined);
    return this.#nothing;
  }

  #find(at: number): Found {
    const left = this.#sizeBytes - at;
    if (left < PREFIX_BYTES) return { type: 'cut' };
    const prefix = this.#bytes(at, PREFIX_BYTES);
    const mark = prefix.readInt32LE(0);
    const length = prefix.readInt32LE(4);
    if (mark === CONTINUATION && length === 0) {
      return left === PREFIX_BYTES ? { type: 'end' } : { type: 'damage', what: 'the ledger ends before its file does' };
    }
    if (mark !== CONTINUATION || length < 0) {
      return !this.#closed && this.#restIsZero(at)
        ? { type: 'cut' }
        : { type: 'damage', what: 'no message starts here' };
    }
    const bodyAt = at + PREFIX_BYTES + length;
    if (bodyAt > this.#sizeBytes) return this.#overrun();
    const metadata = unframe(this.#bytes(at + PREFIX_BYTES, length));
    if (metadata === undefined) {
      return !this.#closed && this.#restIsZero(at + PREFIX_BYTES)
        ? { type: 'cut' }
        : { type: 'damage', what: 'its metadata does not match its checksum' };
    }
    const message = Message.decode(metadata);
    const end = bodyAt + message.bodyLength;
    return end > this.#sizeBytes ? this.#overrun() : { type: 'message', message, bodyAt, end };
  }

  /** A message that reaches past the end of the file: cut off, unless the file was properly ended. */
  #overrun(): Found {
    return this.#closed ? { type: 'damage', what: 'it is longer than its file' } : { type: 'cut' };
  }

  #endsWithMark(): boolean {
    if (this.#sizeBytes < PREFIX_BYTES) return false;
    const mark = this.#bytes(this.#sizeBytes - PREFIX_BYTES, PREFIX_BYTES);
    return mark.readInt32LE(0) === CONTINUATION && mark.readInt32LE(4) === 0;
  }

  #looksLikeStream(): boolean {
    return this.#sizeBytes >= PREFIX_BYTES && this.#bytes(0, PREFIX_BYTES).readInt32LE(0) === CONTINUATION;
  }

  #restIsZero(from: number): boolean {
    const step = 1 << 20;
    for (let at = from; at < this.#sizeBytes; at += step) {
      if (this.#bytes(at, Math.min(step, this.#sizeBytes - at)).some((byte) => byte !== 0)) return false;
    }
    return true;
  }

  #bytes(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      const read = readSync(this.#descriptor, bytes, done, length - done, at + done);
      if (read === 0) throw this.#error('The file grew shorter while it was read');
      done += read;
    }
    return bytes;
  }

  #damage(number: number, what: string): InputError {
    return this.#error(`The ledger is damaged in batch ${number}, from event ${this.#events} on: ${what}`);
  }

  #error(reason: string): InputError {
    return new InputError({ file: this.path }, reason);
  }
}

function openLedgerFile(path: string): number {
  try {
    if (statSync(path).isDirectory()) throw new InputError({ file: path }, 'This is a folder, not a ledger');
    return openSync(path, 'r');
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError({ file: path }, code === 'ENOENT' ? 'There is no such ledger' : `Cannot be read: ${code}`);
  }
}

function asInt32(bytes: Buffer, length: number): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, checkedLength(bytes, length, 4));
}

function asFloat64(bytes: Buffer, length: number): Float64Array {
  return new Float64Array(bytes.buffer, bytes.byteOffset, checkedLength(bytes, length, 8));
}

function checkedLength(bytes: Buffer, length: number, size: number): number {
  if (bytes.length < length * size) throw new RangeError('A column is shorter than its batch');
  return length;
}
