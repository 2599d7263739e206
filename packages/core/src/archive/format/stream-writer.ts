// One stream of rows while it is written: rows wait until they are a chunk.

import type { BatchLimit, RawRows } from '../../engine/raw-rows.ts';
import { HoldfastError } from '../../errors.ts';
import { mostCells } from '../columns/batch.ts';
import { batchOf } from '../columns/batch-rows.ts';
import type { Value, ValueRow } from '../columns/value.ts';
import { TableDigest } from '../digest/table-digest.ts';
import type { ChunkWork } from '../encode/encode-chunk.ts';
import { beyondLimit } from './failures.ts';
import { mostRaw } from './layout.ts';
import type { RowStream } from './stream.ts';
import type { RowWriter } from './writing.ts';

/** What a stream asks of the archive that it is in. */
export interface ChunkTarget {
  readonly limit: BatchLimit;
  readonly digests: boolean;
  /**
   * Has chunks made of it and written behind those before.
   * @param size bytes, about. @param transfer buffers that are given away
   */
  write(chunks: StreamWork, size: number, transfer: readonly ArrayBuffer[]): Written;
}

export interface Written {
  /** There is room for the next. */
  readonly room: Promise<void>;
  /** It is written, and all before it. */
  readonly done: Promise<void>;
}

export interface StreamWork extends Pick<ChunkWork, 'columns' | 'limit' | 'source'> {
  /** Of the first and last row. */
  readonly keys: readonly Value[];
  /** Told of each chunk when it is written. */
  written(rows: number, sum: bigint | undefined): void;
}

export class RowStreamWriter implements RowWriter {
  readonly #stream: RowStream;
  readonly #target: ChunkTarget;
  readonly #digest: TableDigest | undefined;
  readonly #onRows: ((rows: number) => void) | undefined;
  readonly #keyPlaces: readonly number[];
  readonly #limit: BatchLimit;
  #rows: ValueRow[] = [];
  #bytes = 0;
  #ended = false;
  /** The last that was given to be written. */
  #written: Promise<void> = Promise.resolve();
  #tail: Promise<void> = Promise.resolve();

  /** @param onRows told how many more are written */
  constructor(stream: RowStream, target: ChunkTarget, onRows?: (rows: number) => void) {
    this.#stream = stream;
    this.#target = target;
    this.#onRows = onRows;
    this.#digest = target.digests ? new TableDigest(stream.columns) : undefined;
    this.#keyPlaces = stream.key.map((name) => stream.columns.findIndex((column) => column.name === name));
    const { rows, bytes } = target.limit;
    this.#limit = { bytes, rows: Math.max(1, Math.min(rows, Math.floor(mostCells / stream.columns.length))) };
  }

  /** Of the rows that are written. */
  get digest(): string | undefined {
    return this.#digest?.digest;
  }

  /** Calls that are not waited for are taken one after the other. */
  writeRows(rows: readonly ValueRow[]): Promise<void> {
    return this.#ended ? this.#refused() : this.#next(() => this.#take(rows));
  }

  writeRaw({ module, given, size, transfer }: RawRows): Promise<void> {
    if (this.#keyPlaces.length > 0)
      return Promise.reject(new Error('the keys of rows that nobody has looked at are not known'));
    return this.#ended
      ? this.#refused()
      : this.#next(async () => {
          await this.#flush();
          await this.#write({ module: module.href, given }, [], size, transfer);
        });
  }

  end(): Promise<void> {
    this.#ended = true;
    return this.#next(async () => {
      await this.#flush();
      await this.#written;
    });
  }

  #refused(): Promise<void> {
    return Promise.reject(new HoldfastError('CONFLICT', `${this.#stream.table}: the stream was ended`));
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(work);
    this.#tail = done;
    // Whoever waits for it is told; the chain itself must not count as a failure that nobody handles.
    done.catch(() => {});
    return done;
  }

  async #take(rows: readonly ValueRow[]): Promise<void> {
    const { bytes: chunkBytes, rows: mostRows } = this.#limit;
    for (const row of rows) {
      const size = sizeOf(row);
      if (size > mostRaw) throw beyondLimit(`bytes of a row of ${this.#stream.table}`, size, mostRaw);
      if (this.#rows.length > 0 && this.#bytes + size > chunkBytes) await this.#flush();
      this.#rows.push(row);
      this.#bytes += size;
      if (this.#rows.length >= mostRows) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const [rows, size] = [this.#rows, this.#bytes];
    if (rows.length === 0) return;
    this.#rows = [];
    this.#bytes = 0;
    const keys = [rows[0]!, rows.at(-1)!].flatMap((row) => this.#keyPlaces.map((place) => row[place]!));
    const batch = batchOf(this.#stream.columns, rows);
    const buffers = batch.columns.flatMap(({ numbers, wide, starts, lengths, cells, bytes }) => [
      ...[numbers, wide, starts, lengths, cells, bytes].filter(({ length }) => length > 0),
    ]);
    await this.#write(
      batch,
      keys,
      size,
      buffers.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  #write(
    source: ChunkWork['source'],
    keys: readonly Value[],
    size: number,
    transfer: readonly ArrayBuffer[],
  ): Promise<void> {
    const { columns } = this.#stream;
    const written = (rows: number, sum: bigint | undefined): void => {
      if (sum !== undefined) this.#digest?.addSum(sum, rows);
      this.#onRows?.(rows);
    };
    const { room, done } = this.#target.write(
      { columns, limit: this.#limit, source, keys, written },
      size,
      transfer,
    );
    this.#written = done;
    return room;
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
