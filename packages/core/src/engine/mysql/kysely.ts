// Kysely on our connections, results decoded by where they come from.

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type QueryResult,
} from 'kysely';
import { HoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import { Secret } from '../../schema/secret.ts';
import type { OpenTransaction, OriginDecoders } from '../engine.ts';
import { quote } from './dialect.ts';
import { rowDecoder } from './origins.ts';
import type { MysqlConnections, MysqlSession } from './session.ts';

export function mysqlKysely(
  connections: MysqlConnections,
  decoders: OriginDecoders,
  beforeWrite: () => void,
): Dialect {
  return {
    createAdapter: () => new MysqlAdapter(),
    createDriver: () => new StoreDriver(connections, { decoders, beforeWrite }),
    createIntrospector: (db) => new MysqlIntrospector(db),
    createQueryCompiler: () => new MysqlQueryCompiler(),
  };
}

interface Context {
  readonly decoders: OriginDecoders;
  /** Refuses a write that would wait for the transaction around it. */
  readonly beforeWrite: () => void;
}

class StoreDriver implements Driver {
  readonly #connections: MysqlConnections;
  readonly #context: Context;

  constructor(connections: MysqlConnections, context: Context) {
    this.#connections = connections;
    this.#context = context;
  }

  async init(): Promise<void> {}
  async acquireConnection(): Promise<StoreConnection> {
    return new StoreConnection(this.#connections.session, this.#context);
  }
  async beginTransaction(connection: StoreConnection): Promise<void> {
    this.#context.beforeWrite();
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
    await connection.transaction?.session.exec(`SAVEPOINT ${quote(name)}`);
  }
  async rollbackToSavepoint(connection: StoreConnection, name: string): Promise<void> {
    await connection.transaction?.session.exec(`ROLLBACK TO SAVEPOINT ${quote(name)}`);
  }
  async releaseSavepoint(connection: StoreConnection, name: string): Promise<void> {
    await connection.transaction?.session.exec(`RELEASE SAVEPOINT ${quote(name)}`);
  }
  async releaseConnection(connection: StoreConnection): Promise<void> {
    await this.rollbackTransaction(connection);
  }
  /** The store owns the connections and closes them. */
  async destroy(): Promise<void> {}
}

class StoreConnection implements DatabaseConnection {
  readonly #session: MysqlSession;
  readonly #context: Context;
  transaction: OpenTransaction | undefined;

  constructor(session: MysqlSession, context: Context) {
    this.#session = session;
    this.#context = context;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const reads = query.query.kind === 'SelectQueryNode';
    const { beforeWrite, decoders } = this.#context;
    if (!reads && this.transaction === undefined) beforeWrite();
    const statement = { sql: query.sql, bigints: true };
    const values = query.parameters.map(toStored);
    const session = this.#current;
    const { rows, columns, count } = await (reads
      ? session.query(statement, values)
      : session.write(statement, values));
    const decoded = rows.map(rowDecoder(columns, decoders, query.query)) as R[];
    return { rows: decoded, ...(reads ? {} : { numAffectedRows: BigInt(count) }) };
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize = 1_000): AsyncGenerator<QueryResult<R>> {
    const statement = { sql: query.sql, bigints: true };
    const values = query.parameters.map(toStored);
    const parts = this.#current.streamDescribed(statement, values, chunkSize);
    for await (const { rows, columns } of parts)
      yield { rows: rows.map(rowDecoder(columns, this.#context.decoders, query.query)) as R[] };
  }

  get #current(): MysqlSession {
    return (this.transaction?.session as MysqlSession | undefined) ?? this.#session;
  }
}

/** Parameters as the server takes them: objects as JSON text. */
function toStored(value: unknown): StoredValue {
  if (value instanceof Secret)
    throw new HoldfastError('QUERY_INVALID', 'a secret is written through its repository, which seals it');
  if (value === undefined || value === null) return null;
  if (typeof value === 'object' && !(value instanceof Uint8Array)) return JSON.stringify(value);
  return value as StoredValue;
}
