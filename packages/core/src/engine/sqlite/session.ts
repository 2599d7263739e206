// A lent connection of node:sqlite: cached statements, array rows, translated errors.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow, Session, Statement } from '../engine.ts';
import { bulk } from './bulk.ts';
import { translate } from './errors.ts';
import type { SqliteJournal } from './journal.ts';
import { scan } from './scan.ts';
import { turn, turnDue } from './turn.ts';

/** Prepared statements kept for each connection; the oldest goes first. */
const cacheSize = 300;

export class SqliteSession implements Session {
  readonly db: DatabaseSync;
  readonly path: string;
  readonly #statements = new Map<string, StatementSync>();
  readonly #stream: Session['stream'] | undefined;
  /** Of the writer. */
  journal: SqliteJournal | undefined;

  /** @param stream reads a large result elsewhere, where this connection is shared */
  constructor(db: DatabaseSync, path: string, stream?: Session['stream']) {
    this.db = db;
    this.path = path;
    this.#stream = stream;
  }

  /** A cached statement that answers with arrays. */
  prepare(sql: string, bigints = false): StatementSync {
    // A text needs two statements only where its readers differ in bigints.
    const key = bigints ? `#${sql}` : sql;
    let statement = this.#statements.get(key);
    if (statement !== undefined) return statement;
    statement = this.db.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(bigints);
    if (this.#statements.size >= cacheSize) {
      const oldest = this.#statements.keys().next().value;
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(key, statement);
    return statement;
  }

  async get(statement: Statement, params: readonly StoredValue[]): Promise<StoredRow | undefined> {
    if (turnDue()) await turn();
    try {
      this.journal?.before(statement.sql);
      return this.prepare(statement.sql, statement.bigints).get(...(params as never[])) as
        | StoredRow
        | undefined;
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  async all(statement: Statement, params: readonly StoredValue[]): Promise<StoredRow[]> {
    if (turnDue()) await turn();
    try {
      this.journal?.before(statement.sql);
      return this.prepare(statement.sql, statement.bigints).all(
        ...(params as never[]),
      ) as unknown as StoredRow[];
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  async run(statement: Statement, params: readonly StoredValue[]): Promise<number> {
    if (turnDue()) await turn();
    try {
      this.journal?.before(statement.sql);
      return Number(this.prepare(statement.sql, statement.bigints).run(...(params as never[])).changes);
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  stream(statement: Statement, params: readonly StoredValue[], rows: number): AsyncIterable<StoredRow[]> {
    return this.#stream?.(statement, params, rows) ?? scan(this.db, this.path, statement, params, rows);
  }

  async exec(sql: string): Promise<void> {
    try {
      this.journal?.before(sql);
      this.db.exec(sql);
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  async bulk(write: BulkWrite, count: number, fill: FillRow, options?: BulkOptions): Promise<number> {
    if (turnDue()) await turn();
    try {
      this.journal?.beforeTable(write.table);
      return await bulk((sql) => this.prepare(sql), write, count, fill, options);
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  /** Stores whose the transaction is, if it changed tracked tables. */
  credit(): void {
    try {
      this.journal?.close();
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  /** Ends the transaction that a single write of tracked tables is in. */
  end(): void {
    try {
      this.journal?.closeImplicit();
    } catch (error) {
      throw translate(error, this.path);
    }
  }

  /** Closing again does nothing. */
  close(): void {
    this.#statements.clear();
    if (this.db.isOpen) this.db.close();
  }
}
