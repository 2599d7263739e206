// Kysely on our connections, results decoded by where they come from.

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { HoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import { Secret } from '../../schema/secret.ts';
import type { OpenTransaction, OriginDecoders } from '../engine.ts';
import { syntax } from './dialect.ts';
import { Origins } from './origins.ts';
import { ParameterTypes } from './parameter-types.ts';
import type { PostgresConnections, PostgresSession } from './session.ts';

export function postgresKysely(
  connections: PostgresConnections,
  decoders: OriginDecoders,
  beforeWrite: () => void,
): Dialect {
  const types = new ParameterTypes();
  const origins = new Origins(connections.session, decoders);
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new StoreDriver(connections, { origins, types, beforeWrite }),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

interface Context {
  readonly origins: Origins;
  readonly types: ParameterTypes;
  /** Refuses a write that would wait for the transaction around it. */
  readonly beforeWrite: () => void;
}

class StoreDriver implements Driver {
  readonly #connections: PostgresConnections;
  readonly #context: Context;

  constructor(connections: PostgresConnections, context: Context) {
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
    await connection.transaction?.session.run({ sql: `SAVEPOINT ${syntax.quote(name)}` }, []);
  }
  async rollbackToSavepoint(connection: StoreConnection, name: string): Promise<void> {
    await connection.transaction?.session.run({ sql: `ROLLBACK TO SAVEPOINT ${syntax.quote(name)}` }, []);
  }
  async releaseSavepoint(connection: StoreConnection, name: string): Promise<void> {
    await connection.transaction?.session.run({ sql: `RELEASE SAVEPOINT ${syntax.quote(name)}` }, []);
  }
  async releaseConnection(connection: StoreConnection): Promise<void> {
    await this.rollbackTransaction(connection);
  }
  /** The store owns the connections and closes them. */
  async destroy(): Promise<void> {}
}

class StoreConnection implements DatabaseConnection {
  readonly #session: PostgresSession;
  readonly #context: Context;
  transaction: OpenTransaction | undefined;

  constructor(session: PostgresSession, context: Context) {
    this.#session = session;
    this.#context = context;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const reads = query.query.kind === 'SelectQueryNode';
    const { beforeWrite, origins, types } = this.#context;
    if (!reads && this.transaction === undefined) beforeWrite();
    const statement = { sql: query.sql, bigints: true };
    const values = query.parameters.map(toStored);
    const session = this.#current;
    const { rows, columns, count } = await (reads
      ? session.query(statement, values, types)
      : session.write(statement, values, types));
    const decode = await origins.decoder(columns);
    return { rows: rows.map(decode) as R[], ...(reads ? {} : { numAffectedRows: BigInt(count) }) };
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize = 1_000): AsyncGenerator<QueryResult<R>> {
    const statement = { sql: query.sql, bigints: true };
    const values = query.parameters.map(toStored);
    const { origins, types } = this.#context;
    const parts = this.#current.streamDescribed(statement, values, chunkSize, types);
    for await (const { rows, columns } of parts) {
      const decode = await origins.decoder(columns);
      yield { rows: rows.map(decode) as R[] };
    }
  }

  get #current(): PostgresSession {
    return (this.transaction?.session as PostgresSession | undefined) ?? this.#session;
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
