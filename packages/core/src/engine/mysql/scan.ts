// Reading a large result in chunks, from one snapshot, with memory bounded by the chunk.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { Statement } from '../engine.ts';
import type { MysqlConnection, StatementResult } from './connection.ts';
import { type ResultColumn, refine, toParameter } from './values.ts';

/**
 * Chunks of at most `rows` rows. Between two of them the line stands still, so nothing piles up here. Another
 * statement on the same connection has the rest taken in first.
 */
export async function* scan(
  connection: MysqlConnection,
  { sql, bigints = false }: Statement,
  params: readonly StoredValue[],
  rows: number,
): AsyncGenerator<StatementResult> {
  const values = params.map(toParameter);
  const reader = await connection.alone(
    async () => new Reader(connection, { sql, values, rowsAsArray: true }, rows),
  );
  try {
    for (;;) {
      const chunk = await reader.next();
      if (chunk.length === 0) return;
      refine(chunk, reader.columns, bigints);
      yield { rows: chunk, columns: reader.columns, count: chunk.length };
    }
  } finally {
    await reader.end();
  }
}

class Reader {
  readonly #connection: MysqlConnection;
  readonly #sql: string;
  /** Rows of a chunk. */
  readonly #size: number;
  columns: readonly ResultColumn[] = [];
  #rows: StoredRow[] = [];
  /** Where the next chunk begins in `#rows`. */
  #at = 0;
  /** Takes in whatever comes: the line is wanted for something else, or nobody wants the rows. */
  #hurried = false;
  #discards = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(
    connection: MysqlConnection,
    options: {
      readonly sql: string;
      readonly values: ReturnType<typeof toParameter>[];
      readonly rowsAsArray: true;
    },
    size: number,
  ) {
    this.#connection = connection;
    this.#sql = options.sql;
    this.#size = size;
    const { raw } = connection;
    connection.read(this);
    raw.on('error', this.#fail);
    this.#connection.socket.once('close', this.#close);
    raw
      .execute(options)
      .on('fields', (fields: unknown) => {
        this.columns = fields as readonly ResultColumn[];
      })
      .on('result', (row: unknown) => {
        if (!this.#discards) this.#rows.push(row as StoredRow);
        if (this.#hurried || this.#rows.length - this.#at < this.#size) return;
        raw.pause();
        this.#wake();
      })
      .on('error', this.#fail)
      .on('end', () => this.#end());
  }

  /** @returns the next chunk, empty at the end. @throws errors of the table */
  async next(): Promise<StoredRow[]> {
    if (this.#connection.lost) this.#close();
    while (!this.#ended && this.#rows.length - this.#at < this.#size) await this.#more();
    if (this.#failure !== undefined) throw this.#failure;
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
  async end(): Promise<void> {
    this.#rows = [];
    if (this.#ended) return;
    if (this.#connection.isSnapshot) {
      this.#connection.lost = true;
      this.#end();
      return;
    }
    this.#discards = true;
    await this.finish();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#connection.raw.resume();
    });
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= this.#connection.failure(error, this.#sql);
    this.#end();
  };

  readonly #close = (): void => {
    this.#fail(Object.assign(new Error('Connection lost while a result was read'), { fatal: true }));
  };

  #end(): void {
    this.#ended = true;
    this.#connection.read(undefined);
    this.#connection.raw.off('error', this.#fail);
    this.#connection.socket.off('close', this.#close);
    this.#wake();
  }
}
