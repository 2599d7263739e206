// A lent connection, or the pool as a whole: one statement at a time, array rows, translated errors.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow, Session, Statement, Syntax } from '../engine.ts';
import type { Journal } from '../journal.ts';
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
  /** Credits changes of tracked tables. */
  journal?: Journal | undefined;
}

/** Statements that MySQL does not prepare. */
const savepoint = /^(SAVEPOINT|RELEASE|ROLLBACK)\b/;

/** Statements that tell by a count whether they have changed anything. */
const counted = /^\s*(INSERT|UPDATE|DELETE|REPLACE)\b(?!.*\bRETURNING\b)/is;

export class MysqlSession implements Session {
  readonly #lender: Lender<MysqlConnection>;
  readonly #wants: ServerWants;
  readonly #inTransaction: boolean;

  constructor(lender: Lender<MysqlConnection>, wants: ServerWants, inTransaction: boolean) {
    this.#lender = lender;
    this.#wants = wants;
    this.#inTransaction = inTransaction;
  }

  /** For what goes past statements. */
  on<R>(work: (connection: MysqlConnection) => Promise<R>): Promise<R> {
    return this.#lender.lend(work);
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

  /** A statement that only reads, or gives back what it writes. */
  query({ sql, bigints = false }: Statement, params: readonly StoredValue[]): Promise<StatementResult> {
    return this.#concerns(sql)
      ? this.#lender.whole((connection) => connection.execute(sql, params, { bigints, tracked: true }))
      : this.#lender.lend((connection) => connection.execute(sql, params, { bigints }), true);
  }

  /** A statement that may write. The server itself takes back the one that fails, and nothing else. */
  write({ sql, bigints = false }: Statement, params: readonly StoredValue[]): Promise<StatementResult> {
    const tracked = this.#concerns(sql);
    if (tracked && !this.#inTransaction && counted.test(sql))
      return this.#lender.lend((connection) => connection.single(sql, params));
    const work = async (connection: MysqlConnection): Promise<StatementResult> => {
      if (!savepoint.test(sql)) return connection.execute(sql, params, { bigints, tracked });
      await connection.alone(() => connection.script(sql));
      return { rows: [], columns: [], count: 0 };
    };
    return tracked ? this.#lender.whole(work) : this.#lender.lend(work);
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
    const tracked = this.#concerns(sql);
    const work = (connection: MysqlConnection): Promise<void> =>
      connection.alone(() => connection.script(sql), tracked);
    return tracked ? this.#lender.whole(work) : this.#lender.lend(work);
  }

  bulk(write: BulkWrite, count: number, fill: FillRow, options?: BulkOptions): Promise<number> {
    return this.#lender.whole((connection) => bulk(connection, this.#wants, write, count, fill, options));
  }

  /** Whether it may change tracked records: then it is in a transaction, were it one of its own. */
  #concerns(sql: string): boolean {
    return this.#wants.journal?.concerns(sql) === true;
  }
}
