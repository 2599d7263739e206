// One stream of rows while it is written: rows wait until they are a chunk.

import { HoldfastError } from '../../errors.ts';
import { encodeBatch, mostCells } from '../columns/batch.ts';
import type { ByteWriter } from '../columns/bytes.ts';
import type { Value, ValueRow } from '../columns/value.ts';
import { TableDigest } from '../digest/table-digest.ts';
import { beyondLimit } from './failures.ts';
import { mostRaw } from './layout.ts';
import type { RowStream } from './stream.ts';
import type { RowWriter } from './writing.ts';

/** What a stream asks of the archive that it is in. */
export interface ChunkTarget {
  readonly chunkRows: number;
  readonly chunkBytes: number;
  readonly digests: boolean;
  /** Shared by all streams: what is encoded there is written before the next is. */
  readonly scratch: ByteWriter;
  /** @param raw taken before the promise is given back, so that it may be used again */
  writeChunk(raw: Uint8Array, rows: number, keys: readonly Value[]): Promise<void>;
}

export class RowStreamWriter implements RowWriter {
  readonly #stream: RowStream;
  readonly #target: ChunkTarget;
  readonly #digest: TableDigest | undefined;
  readonly #keyPlaces: readonly number[];
  readonly #mostRows: number;
  #rows: ValueRow[] = [];
  #bytes = 0;
  #ended = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(stream: RowStream, target: ChunkTarget) {
    this.#stream = stream;
    this.#target = target;
    this.#digest = target.digests ? new TableDigest(stream.columns) : undefined;
    this.#keyPlaces = stream.key.map((name) => stream.columns.findIndex((column) => column.name === name));
    this.#mostRows = Math.max(1, Math.min(target.chunkRows, Math.floor(mostCells / stream.columns.length)));
  }

  /** Of the rows so far. */
  get digest(): string | undefined {
    return this.#digest?.digest;
  }

  /** Calls that are not waited for are taken one after the other. */
  writeRows(rows: readonly ValueRow[]): Promise<void> {
    if (this.#ended)
      return Promise.reject(new HoldfastError('CONFLICT', `${this.#stream.table}: the stream was ended`));
    return this.#next(() => this.#take(rows));
  }

  end(): Promise<void> {
    this.#ended = true;
    return this.#next(() => this.#flush());
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(work);
    this.#tail = done;
    // Whoever waits for it is told; the chain itself must not count as a failure that nobody handles.
    done.catch(() => {});
    return done;
  }

  async #take(rows: readonly ValueRow[]): Promise<void> {
    const { chunkBytes } = this.#target;
    for (const row of rows) {
      const size = sizeOf(row);
      if (size > mostRaw) throw beyondLimit(`bytes of a row of ${this.#stream.table}`, size, mostRaw);
      if (this.#rows.length > 0 && this.#bytes + size > chunkBytes) await this.#flush();
      this.#rows.push(row);
      this.#bytes += size;
      if (this.#rows.length >= this.#mostRows) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const rows = this.#rows;
    if (rows.length === 0) return;
    this.#rows = [];
    this.#bytes = 0;
    const raw = encodeBatch(this.#stream.columns, rows, this.#target.scratch);
    const keys = [rows[0]!, rows.at(-1)!].flatMap((row) => this.#keyPlaces.map((place) => row[place]!));
    const written = this.#target.writeChunk(raw, rows.length, keys);
    this.#digest?.add(rows);
    await written;
  }
}

/** About what a row takes before it is compressed. */
function sizeOf(row: ValueRow): number {
  let size = 0;
  for (let index = 0; index < row.length; index++) {
    const value = row[index];
    size += typeof value === 'string' ? value.length : value instanceof Uint8Array ? value.length : 8;
  }
  return size;
}
