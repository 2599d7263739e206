// A lent connection, or the pool as a whole: one statement at a time, array rows, translated errors.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow, Session, Statement, Syntax } from '../engine.ts';
import type { Connections, Lender } from '../server/connections.ts';
import { bulk } from './bulk.ts';
import type { MysqlConnection, StatementResult } from './connection.ts';
import { scan } from './scan.ts';

export type MysqlConnections = Connections<MysqlConnection, MysqlSession>;

/** What the session's server wants. */
export interface ServerWants {
  syntax: Syntax;
  /** Most bytes of one statement. */
  maxPacket: number;
}

/** Statements that MySQL does not prepare. */
const savepoint = /^(SAVEPOINT|RELEASE|ROLLBACK)\b/;

export class MysqlSession implements Session {
  readonly #lender: Lender<MysqlConnection>;
  readonly #wants: ServerWants;

  constructor(lender: Lender<MysqlConnection>, wants: ServerWants) {
    this.#lender = lender;
    this.#wants = wants;
  }

  async get(statement: Statement, params: readonly StoredValue[]): Promise<StoredRow | undefined> {
    return (await this.query(statement, params)).rows[0];
  }

  async all(statement: Statement, params: readonly StoredValue[]): Promise<StoredRow[]> {
    return (await this.query(statement, params)).rows;
  }

  async run(statement: Statement, params: readonly StoredValue[]): Promise<number> {
    return (await this.write(statement, params)).count;
  }

  /** A statement that only reads. */
  query({ sql, bigints }: Statement, params: readonly StoredValue[]): Promise<StatementResult> {
    return this.#lender.lend((connection) => connection.execute(sql, params, bigints), true);
  }

  /** A statement that may write. The server itself takes back the one that fails, and nothing else. */
  write({ sql, bigints }: Statement, params: readonly StoredValue[]): Promise<StatementResult> {
    return this.#lender.lend(async (connection) => {
      if (!savepoint.test(sql)) return connection.execute(sql, params, bigints);
      await connection.alone(() => connection.script(sql));
      return { rows: [], columns: [], count: 0 };
    });
  }

  async *stream(
    statement: Statement,
    params: readonly StoredValue[],
    rows: number,
  ): AsyncGenerator<StoredRow[]> {
    for await (const part of this.streamDescribed(statement, params, rows)) yield part.rows;
  }

  /** Chunks with the columns that the server describes. */
  streamDescribed(
    statement: Statement,
    params: readonly StoredValue[],
    rows: number,
  ): AsyncGenerator<StatementResult> {
    return this.#lender.lendLong((connection) => scan(connection, statement, params, rows));
  }

  exec(sql: string): Promise<void> {
    return this.#lender.lend((connection) =>
      connection.alone(async () => {
        await connection.script(sql);
      }),
    );
  }

  bulk(write: BulkWrite, count: number, fill: FillRow, options?: BulkOptions): Promise<number> {
    return this.#lender.whole((connection) => bulk(connection, this.#wants, write, count, fill, options));
  }
}
