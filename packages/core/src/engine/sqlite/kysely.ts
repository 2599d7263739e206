// Kysely on our connections: one writer, reads beside it, results decoded by where they come from.

import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import { HoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import { Secret } from '../../schema/secret.ts';
import type { OpenTransaction, OriginDecoders } from '../engine.ts';
import { plain } from '../expression-values.ts';
import { kyselyPackage } from '../kysely-package.ts';
import type { SqliteConnections } from './connections.ts';
import { syntax } from './dialect.ts';
import { translate } from './errors.ts';
import type { SqliteSession } from './session.ts';

export function sqliteKysely(
  connections: SqliteConnections,
  decoders: OriginDecoders,
  beforeWrite: () => void,
): Dialect {
  const { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = kyselyPackage();
  /** Without this, a query made while a stream or a transaction is open would wait for it. */
  class StoreAdapter extends SqliteAdapter {
    override get supportsMultipleConnections(): true {
      return true;
    }
  }
  return {
    createAdapter: () => new StoreAdapter(),
    createDriver: () => new StoreDriver(connections, decoders, beforeWrite),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

class StoreDriver implements Driver {
  readonly #connections: SqliteConnections;
  readonly #decoders: OriginDecoders;
  readonly #beforeWrite: () => void;

  constructor(connections: SqliteConnections, decoders: OriginDecoders, beforeWrite: () => void) {
    this.#connections = connections;
    this.#decoders = decoders;
    this.#beforeWrite = beforeWrite;
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<StoreConnection> {
    return new StoreConnection(this.#connections, this.#decoders, this.#beforeWrite);
  }
  async beginTransaction(connection: StoreConnection): Promise<void> {
    this.#beforeWrite();
    connection.transaction = await this.#connections.begin();
  }
  async commitTransaction(connection: StoreConnection): Promise<void> {
    const { transaction } = connection;
    connection.transaction = undefined;
    await transaction?.commit();
  }
  async rollbackTransaction(connection: StoreConnection): Promise<void> {
    const { transaction } = connection;
    connection.transaction = undefined;
    await transaction?.rollback();
  }
  async savepoint(connection: StoreConnection, name: string): Promise<void> {
    await connection.transaction?.session.exec(`SAVEPOINT ${syntax.quote(name)}`);
  }
  async rollbackToSavepoint(connection: StoreConnection, name: string): Promise<void> {
    await connection.transaction?.session.exec(`ROLLBACK TO SAVEPOINT ${syntax.quote(name)}`);
  }
  async releaseSavepoint(connection: StoreConnection, name: string): Promise<void> {
    await connection.transaction?.session.exec(`RELEASE SAVEPOINT ${syntax.quote(name)}`);
  }
  async releaseConnection(connection: StoreConnection): Promise<void> {
    await this.rollbackTransaction(connection);
  }
  /** The store owns the connections and closes them. */
  async destroy(): Promise<void> {}
}

class StoreConnection implements DatabaseConnection {
  readonly #connections: SqliteConnections;
  readonly #decoders: OriginDecoders;
  readonly #beforeWrite: () => void;
  transaction: OpenTransaction | undefined;

  constructor(connections: SqliteConnections, decoders: OriginDecoders, beforeWrite: () => void) {
    this.#connections = connections;
    this.#decoders = decoders;
    this.#beforeWrite = beforeWrite;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const work = async (session: unknown): Promise<QueryResult<R>> =>
      this.#execute<R>(session as SqliteSession, query);
    if (this.transaction !== undefined) return work(this.transaction.session);
    const reads = query.query.kind === 'SelectQueryNode';
    if (!reads || !this.#connections.readsBeside) this.#beforeWrite();
    return reads ? this.#connections.read(work) : this.#connections.autocommit(work);
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize = 1_000): AsyncGenerator<QueryResult<R>> {
    if (this.transaction === undefined && !this.#connections.readsBeside) this.#beforeWrite();
    const session = await (this.transaction === undefined
      ? this.#connections.read(async (reader) => reader)
      : this.transaction.session);
    const columns = this.#described(session as SqliteSession, query.sql);
    const params = query.parameters.map(toStored);
    for await (const rows of session.stream({ sql: query.sql, bigints: true }, params, chunkSize))
      yield { rows: rows.map((row) => toObject(row, columns)) as R[] };
  }

  #execute<R>(session: SqliteSession, query: CompiledQuery): QueryResult<R> {
    try {
      session.journal?.before(query.sql);
      const statement = session.prepare(query.sql, true);
      const params = query.parameters.map(toStored) as never[];
      if (statement.columns().length === 0) {
        const { changes, lastInsertRowid } = statement.run(...params);
        return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
      }
      const columns = this.#columns(session, query.sql);
      const rows = statement.all(...params) as unknown as unknown[][];
      return { rows: rows.map((row) => toObject(row, columns)) as R[] };
    } catch (error) {
      throw translate(error, session.path);
    }
  }

  #described(session: SqliteSession, sql: string): ResultColumn[] {
    try {
      return this.#columns(session, sql);
    } catch (error) {
      throw translate(error, session.path);
    }
  }

  #columns(session: SqliteSession, sql: string): ResultColumn[] {
    return session
      .prepare(sql, true)
      .columns()
      .map(({ name, table, column }) => ({
        name,
        decode: (table && column ? this.#decoders.find(table, column) : undefined) ?? plain,
      }));
  }
}

interface ResultColumn {
  readonly name: string;
  readonly decode: (value: unknown) => unknown;
}

function toObject(row: readonly unknown[], columns: readonly ResultColumn[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [index, { name, decode }] of columns.entries()) {
    const value = row[index];
    out[name] = value === null ? null : decode(value);
  }
  return out;
}

/** Parameters as SQLite takes them: true and false as 1 and 0, objects as JSON text. */
function toStored(value: unknown): StoredValue {
  if (value instanceof Secret)
    throw new HoldfastError('QUERY_INVALID', 'a secret is written through its repository, which seals it');
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === undefined || value === null) return null;
  if (typeof value === 'object' && !(value instanceof Uint8Array)) return JSON.stringify(value);
  return value as StoredValue;
}
