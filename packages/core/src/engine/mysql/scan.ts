// Reading a large result in chunks, from one snapshot, with memory bounded by the chunk.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { Statement } from '../engine.ts';
import type { MysqlConnection, StatementResult } from './connection.ts';
import type { ExactIntegers } from './decode-row.ts';
import type { Prepared } from './prepared.ts';
import type { Packets } from './read-packets.ts';

export interface ScanOptions {
  /** Integers by the kind of their column, whatever they are. */
  readonly exact?: ExactIntegers;
  /** Bytes from which on a chunk is full. */
  readonly mostBytes?: number;
  /** Asks the server to send no more. */
  readonly stop?: () => Promise<void>;
}

/**
 * Chunks of at most `rows` rows. Between two of them the line stands still, so nothing piles up here. Another
 * statement on the same connection has the rest taken in first.
 */
export async function* scan(
  connection: MysqlConnection,
  { sql, bigints = false }: Statement,
  values: readonly StoredValue[],
  rows: number,
  { exact, mostBytes = Number.POSITIVE_INFINITY, stop }: ScanOptions = {},
): AsyncGenerator<StatementResult> {
  const reader = await connection.alone(async () => {
    const prepared = await connection.prepare(sql);
    const packet = connection.pack(prepared, values);
    const made = new Reader(connection, prepared, rows, mostBytes);
    connection.listen(prepared, packet, exact ?? bigints, made);
    return made;
  });
  try {
    for (;;) {
      const chunk = await reader.next();
      if (chunk.length === 0) return;
      yield { rows: chunk, columns: reader.columns, count: chunk.length };
    }
  } finally {
    await reader.leave(stop);
  }
}

/** The same as packets: a large part of the rows at a time. */
export async function* scanPackets(
  connection: MysqlConnection,
  sql: string,
  values: readonly StoredValue[],
  stop: () => Promise<void>,
): AsyncGenerator<Packets> {
  const reader = await connection.alone(async () => {
    const prepared = await connection.prepare(sql);
    const packet = connection.pack(prepared, values);
    const made = new Reader<Packets>(connection, prepared, 1, Number.POSITIVE_INFINITY);
    connection.listen(prepared, packet, true, {
      bytes: (some) => made.row({ ...some, at: 0, columns: prepared.columns }, some.bytes.length),
      row: () => {},
      end: () => made.end(),
      fail: (error) => made.fail(error),
    });
    return made;
  });
  try {
    for (let [packets] = await reader.next(); packets !== undefined; [packets] = await reader.next())
      yield packets;
  } finally {
    await reader.leave(stop);
  }
}

/** @typeParam Row what it counts */
class Reader<Row = StoredRow> {
  readonly #connection: MysqlConnection;
  readonly #prepared: Prepared;
  /** Rows of a chunk, and bytes. */
  readonly #size: number;
  readonly #mostBytes: number;
  #bytes = 0;
  #rows: Row[] = [];
  /** Where the next chunk begins in `#rows`. */
  #at = 0;
  /** Takes in whatever comes: the line is wanted for something else. */
  #hurried = false;
  #discards = false;
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(connection: MysqlConnection, prepared: Prepared, size: number, mostBytes: number) {
    this.#connection = connection;
    this.#prepared = prepared;
    this.#size = size;
    this.#mostBytes = mostBytes;
    connection.read(this);
    // A connection that is ended from here says so on its socket alone.
    this.#connection.socket.once('close', this.#close);
  }

  get columns(): StatementResult['columns'] {
    return this.#prepared.columns;
  }

  row(row: Row, bytes: number): void {
    if (!this.#discards) this.#rows.push(row);
    this.#bytes += bytes;
    if (this.#hurried || this.#ended || !this.#full) return;
    this.#connection.raw.pause();
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#connection.read(undefined);
    this.#connection.socket.off('close', this.#close);
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.end();
  }

  /** @returns the next chunk, empty at the end. @throws errors of the table */
  async next(): Promise<Row[]> {
    if (this.#connection.lost && !this.#ended) this.#close();
    while (!this.#ended && !this.#full) await this.#more();
    if (this.#failure !== undefined) throw this.#failure;
    this.#bytes = 0;
    const chunk = this.#rows.slice(this.#at, this.#at + this.#size);
    this.#at += chunk.length;
    if (this.#at === this.#rows.length) [this.#rows, this.#at] = [[], 0];
    return chunk;
  }

  async finish(): Promise<void> {
    this.#hurried = true;
    while (!this.#ended) await this.#more();
  }

  /** Frees the line. What nobody has read is not sent either where the connection is the reader's own. */
  async leave(stop?: () => Promise<void>): Promise<void> {
    this.#rows = [];
    if (this.#ended) return;
    if (stop === undefined && this.#connection.isSnapshot) {
      this.#connection.lost = true;
      this.end();
      return;
    }
    this.#discards = true;
    this.#hurried = true;
    await Promise.all([stop?.(), this.finish()]);
  }

  get #full(): boolean {
    const rows = this.#rows.length - this.#at;
    return rows >= this.#size || (rows > 0 && this.#bytes >= this.#mostBytes);
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#connection.raw.resume();
    });
  }

  readonly #close = (): void => {
    const error = Object.assign(new Error('Connection lost while a result was read'), { fatal: true });
    this.fail(this.#connection.failure(error, this.#prepared.sql));
  };
}
