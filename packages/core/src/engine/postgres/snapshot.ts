// One state of a PostgreSQL database: a read-only transaction that holds its snapshot, and COPY in binary form out of it.

import type { StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../../schema/spec.ts';
import type { RawRows } from '../raw-rows.ts';
import {
  type Counter,
  type Query,
  type RowSource,
  type Snapshot,
  type SnapshotOptions,
  snapshotOf,
} from '../snapshot.ts';
import { positionSql, settle, settledSql, snapshotOf as snapshotIn } from './changes.ts';
import { collectBytes, collectValues } from './collect.ts';
import type { PostgresConnection } from './connection.ts';
import { type Collect, CopyOut } from './copy-out.ts';
import { syntax, typeOf } from './dialect.ts';
import { compileTuples, readable } from './read-tuples.ts';
import type { PostgresConnections } from './session.ts';
import { exactInstantText } from './values.ts';

const { quote } = syntax;
const nowSql = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, pg_backend_pid()';

/** @throws CURSOR_INVALID for a position of another server */
export async function snapshot(
  connections: PostgresConnections,
  options: SnapshotOptions,
): Promise<Snapshot> {
  const lent = connections.lendLong(async function* (own) {
    yield own;
  });
  const close = async (): Promise<void> => {
    await lent.return(undefined);
  };
  try {
    const connection = (await lent.next()).value as PostgresConnection;
    const [positions, facts] = await connection.exchange([{ sql: positionSql }, { sql: nowSql }]);
    const [course, seen] = positions!.rows[0] as [string, string];
    const [at, pid] = facts!.rows[0] as [number, number];
    // A table takes as long as it takes, and so does whoever reads it.
    await connection.alone(() =>
      connection.script(
        `SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SAVEPOINT ${save}`,
      ),
    );
    // A position is given only when what it has seen is on disk.
    const [settled] = (await connections.session.get({ sql: settledSql }, []))!;
    if (settled !== true) await connections.session.run({ sql: settle }, []);
    const cancel = (): Promise<unknown> =>
      connections.session.get({ sql: 'SELECT pg_cancel_backend($1)' }, [pid]);
    return snapshotOf(
      {
        at,
        position: `${course}/${seen}`,
        ...rowSource(connection, cancel, 'once'),
        since(_, position) {
          const before = snapshotIn(position, course);
          const [oldest] = before.split(':');
          return `journal_mark >= ${oldest} AND NOT pg_visible_in_snapshot(journal_mark::text::xid8, '${before}'::pg_snapshot)`;
        },
        serials: (counters) => serialsOf(connection, counters),
        estimates: (tables) => estimatesOf(connection, tables),
        close,
      },
      options,
    );
  } catch (error) {
    await close();
    throw error;
  }
}

/** Counters stand outside of transactions: theirs are of now. */
async function serialsOf(connection: PostgresConnection, counters: readonly Counter[]): Promise<bigint[]> {
  if (counters.length === 0) return [];
  const pairs = counters.map(({ spec, column }) => `(${text(quote(spec.name))}, ${text(column.name)})`);
  const named = `SELECT pg_get_serial_sequence(t, c) FROM (VALUES ${pairs.join(', ')}) AS v (t, c)`;
  const [sequences] = await connection.exchange([{ sql: named }]);
  const nexts = sequences!.rows.map(
    ([name], at) => `SELECT ${at} AS place, last_value + is_called::int AS next FROM ${name}`,
  );
  const sql = `SELECT next FROM (${nexts.join(' UNION ALL ')}) AS n ORDER BY place`;
  const [result] = await connection.exchange([{ sql, bigints: true }]);
  return result!.rows.map(([next]) => next as bigint);
}

/** A table that nobody has analysed has no estimate. */
async function estimatesOf(connection: PostgresConnection, specs: readonly TableSpec[]): Promise<number[]> {
  if (specs.length === 0) return [];
  const names = specs.map(({ name }, at) => `(${at}, ${text(quote(name))}::regclass)`);
  const sql = `SELECT greatest(c.reltuples, 0)::float8 FROM (VALUES ${names.join(', ')}) AS v (place, oid)
    JOIN pg_class AS c ON c.oid = v.oid ORDER BY v.place`;
  const [result] = await connection.exchange([{ sql }]);
  return result!.rows.map(([rows]) => Number(rows));
}

/** Where a reading that is broken off goes back to. */
const save = 'holdfast_copy';
/** Whether that was noted for all that is read of a transaction that writes nothing, or is noted for each. */
type Saved = 'once' | 'each';

/** Exact rows on one connection. @param cancel ends the statement that it runs */
export const rowSource = (
  connection: PostgresConnection,
  cancel: () => Promise<unknown>,
  saved: Saved = 'each',
): RowSource => ({
  syntax,
  parameters: () => ({ values: [], add: literal }),
  expression: readable,
  select: (columns, query, chunkRows) =>
    copyOut(connection, query, collectValues(compileTuples(columns), chunkRows), { cancel, saved }),
  rawRows: async (_, query) => rawRows(connection, query, { cancel, saved }),
});

const module = new URL(
  import.meta.url.endsWith('.ts') ? './read-copy.ts' : './read-copy.js',
  import.meta.url,
);

/** Rows that nobody wants any more are not waited for: the statement is cancelled, the snapshot stays. */
interface Breaking {
  readonly cancel: () => Promise<unknown>;
  readonly saved: Saved;
}

async function* rawRows(
  connection: PostgresConnection,
  query: Query,
  breaking: Breaking,
): AsyncGenerator<RawRows> {
  for await (const given of copyOut(connection, query, collectBytes(), breaking))
    yield {
      ...{ module, given, size: given.bytes.length, wellFormed: true },
      transfer: [given.bytes.buffer as ArrayBuffer],
    };
}

async function* copyOut<Chunk>(
  connection: PostgresConnection,
  { sql }: Query,
  collect: Collect<Chunk>,
  { cancel, saved }: Breaking,
): AsyncGenerator<Chunk> {
  const copy = new CopyOut(`COPY (${sql}) TO STDOUT (FORMAT binary)`, collect);
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin, reject: fail } = Promise.withResolvers<void>();
  const holding = connection.alone(async () => {
    try {
      if (saved === 'each') await connection.script(`SAVEPOINT ${save}`);
      connection.client.query(copy);
      begin();
    } catch (error) {
      fail(error);
      return;
    }
    await done;
  });
  try {
    await begun;
    for (;;) {
      const chunk = await copy.next();
      if (chunk === undefined) break;
      yield chunk;
    }
    await copy.settled;
    if (saved === 'each') await connection.script(`RELEASE SAVEPOINT ${save}`);
  } catch (error) {
    throw connection.failure(error);
  } finally {
    if (!connection.lost && !copy.ended) {
      copy.discard();
      await cancel().catch(() => undefined);
      await copy.settled;
      await connection.script(`ROLLBACK TO SAVEPOINT ${save}`).catch(() => undefined);
    }
    finish();
    await holding;
  }
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** COPY takes no parameters. */
export function literal(value: StoredValue, spec: ColumnSpec): string {
  const type = typeOf(spec);
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'::${type}`;
  if (spec.kind === 'instant' && typeof value !== 'string')
    return `'${exactInstantText(BigInt(value as number | bigint))}'::${type}`;
  return `${text(String(value))}::${type}`;
}
