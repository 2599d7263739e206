// Kysely on our connections, results decoded by where they come from.

import type { CompiledQuery, Dialect, QueryResult } from 'kysely';
import type { OpenTransaction, OriginDecoders } from '../engine.ts';
import { kyselyPackage } from '../kysely-package.ts';
import { type HeldConnection, StoreDriver, toStored } from '../server/kysely-driver.ts';
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
  const { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } = kyselyPackage();
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () =>
      new StoreDriver({
        begin: () => connections.begin(),
        connection: () => new StoreConnection(connections.session, { origins, types, beforeWrite }),
        quote: syntax.quote,
        beforeWrite,
      }),
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

class StoreConnection implements HeldConnection {
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
