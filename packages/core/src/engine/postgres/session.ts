// A lent connection, or the pool as a whole: one statement at a time, array rows, translated errors.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow, Session, Statement } from '../engine.ts';
import type { Connections, Lender } from '../server/connections.ts';
import { bulk } from './bulk.ts';
import type { PostgresConnection } from './connection.ts';
import type { CopyFrom } from './driver.ts';
import type { StepResult } from './exchange.ts';
import type { ParameterTypes } from './parameter-types.ts';
import { scan } from './scan.ts';

/** Statements about savepoints are no work of their own. */
const savepoint = /^\s*(SAVEPOINT|RELEASE|ROLLBACK)\b/i;

export class PostgresSession implements Session {
  readonly #lender: Lender<PostgresConnection>;
  readonly #copyFrom: CopyFrom;
  /** Inside a transaction a statement that fails is taken back alone. */
  readonly #guards: boolean;

  constructor(lender: Lender<PostgresConnection>, copyFrom: CopyFrom, guards: boolean) {
    this.#lender = lender;
    this.#copyFrom = copyFrom;
    this.#guards = guards;
  }

  /** For what goes past statements. */
  on<R>(work: (connection: PostgresConnection) => Promise<R>): Promise<R> {
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

  /** A statement that only reads. */
  query(
    { sql, bigints }: Statement,
    given: readonly StoredValue[],
    types?: ParameterTypes,
  ): Promise<StepResult> {
    return this.#lender.lend(async (connection) => {
      const values = types === undefined ? given : await types.convert(connection, sql, given);
      const [result] = await connection.exchange([{ sql, bigints, values }]);
      return result!;
    }, true);
  }

  /** A statement that may write. */
  write(
    { sql, bigints }: Statement,
    given: readonly StoredValue[],
    types?: ParameterTypes,
  ): Promise<StepResult> {
    return this.#lender.lend(async (connection) => {
      const values = types === undefined ? given : await types.convert(connection, sql, given);
      const steps = [{ sql, bigints, values }];
      const guards = this.#guards && !savepoint.test(sql);
      const [result] = await (guards ? connection.guarded(steps) : connection.exchange(steps));
      return result!;
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
    types?: ParameterTypes,
  ): AsyncGenerator<StepResult> {
    return this.#lender.lendLong((connection) => scan(connection, statement, params, rows, types));
  }

  exec(sql: string): Promise<void> {
    return this.#lender.lend((connection) => connection.alone(() => connection.script(sql)));
  }

  bulk(write: BulkWrite, count: number, fill: FillRow, options?: BulkOptions): Promise<number> {
    return this.#lender.whole((connection) => bulk(connection, this.#copyFrom, write, count, fill, options));
  }
}

export type PostgresConnections = Connections<PostgresConnection, PostgresSession>;
