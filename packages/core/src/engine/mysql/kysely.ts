// Kysely on our connections, results decoded by where they come from.

import type { CompiledQuery, Dialect, QueryResult } from 'kysely';
import type { OpenTransaction, OriginDecoders } from '../engine.ts';
import { kyselyPackage } from '../kysely-package.ts';
import { type HeldConnection, StoreDriver, toStored } from '../server/kysely-driver.ts';
import { quote } from './dialect.ts';
import { rowDecoder } from './origins.ts';
import type { MysqlConnections, MysqlSession } from './session.ts';

export function mysqlKysely(
  connections: MysqlConnections,
  decoders: OriginDecoders,
  beforeWrite: () => void,
): Dialect {
  const { MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler } = kyselyPackage();
  return {
    createAdapter: () => new MysqlAdapter(),
    createDriver: () =>
      new StoreDriver({
        begin: () => connections.begin(),
        connection: () => new StoreConnection(connections.session, { decoders, beforeWrite }),
        quote,
        beforeWrite,
      }),
    createIntrospector: (db) => new MysqlIntrospector(db),
    createQueryCompiler: () => new MysqlQueryCompiler(),
  };
}

interface Context {
  readonly decoders: OriginDecoders;
  /** Refuses a write that would wait for the transaction around it. */
  readonly beforeWrite: () => void;
}

class StoreConnection implements HeldConnection {
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
