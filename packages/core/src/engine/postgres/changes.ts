// Changes since a position: those of the transactions that a snapshot did not see yet, and that another one now sees.
// Sequence numbers are handed out before the commit, so they cannot tell; a snapshot can, whoever commits when.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow } from '../../schema/codec.ts';
import { historySpec, type TableSpec } from '../../schema/spec.ts';
import type { ChangeChunk, ChangeReading } from '../engine.ts';
import type { PostgresConnection } from './connection.ts';
import { syntax } from './dialect.ts';
import { scan } from './scan.ts';
import type { PostgresConnections } from './session.ts';

const { quote } = syntax;
/** Rows of one chunk. */
const chunkRows = 2_000;

/**
 * The course of transaction numbers, and the snapshot. Another server counts for itself, and so does one that was
 * restored or has taken over from another: then the timeline is another one.
 */
export const positionSql = `SELECT c.system_identifier::text || '.' ||
    (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) || '.' ||
    left(pg_walfile_name(pg_current_wal_lsn()), 8), pg_current_snapshot()::text
  FROM pg_control_system() AS c`;

/**
 * A number that is given back unused before anything of it was written to disk is used again after a crash of the
 * server. So what the position has seen is on disk before the position is given.
 */
export const settledSql = 'SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()';
export const settle = `SELECT pg_logical_emit_message(true, 'holdfast', '')`;

/** `COURSE/SNAPSHOT`. @throws CURSOR_INVALID */
export function snapshotOf(position: string, course: string): string {
  const [, of, snapshot] = /^([^/]+)\/(\d+:\d+:[\d,]*)$/.exec(position) ?? [];
  if (snapshot === undefined) throw new HoldfastError('CURSOR_INVALID', `no position: ${position}`);
  if (of !== course)
    throw new HoldfastError(
      'CURSOR_INVALID',
      'the position is of another server, or of this one before it was restored or replaced',
      { hint: 'Read everything, without a position' },
    );
  return snapshot;
}

/** @throws CURSOR_INVALID */
export async function changes(
  connections: PostgresConnections,
  specs: readonly TableSpec[],
  position: string | undefined,
): Promise<ChangeReading> {
  const tracked = specs.filter(({ history }) => history !== undefined);
  let behind: string | undefined;
  const source = connections.lendLong((connection) => read(connection, tracked, position));
  const close = async (): Promise<void> => {
    await source.return(undefined);
  };
  const { value: first } = await source.next();
  async function* chunks(): AsyncGenerator<ChangeChunk> {
    for await (const chunk of source) yield chunk as ChangeChunk;
    const [settled] = (await connections.session.get({ sql: settledSql }, []))!;
    if (settled !== true) await connections.session.run({ sql: settle }, []);
    behind = first as string;
  }
  return {
    chunks: chunks(),
    get position() {
      if (behind === undefined) throw new HoldfastError('USAGE', 'the changes are not read to their end yet');
      return behind;
    },
    close,
  };
}

/** The position behind the snapshot, then what it shows. */
async function* read(
  connection: PostgresConnection,
  tracked: readonly TableSpec[],
  position: string | undefined,
): AsyncGenerator<string | ChangeChunk> {
  const [result] = await connection.exchange([{ sql: positionSql }]);
  const [course, snapshot] = result!.rows[0] as [string, string];
  const before = position === undefined ? undefined : snapshotOf(position, course);
  yield `${course}/${snapshot}`;
  for (const table of tracked)
    for await (const rows of rowsOf(connection, table, before)) yield { table, rows };
}

async function* rowsOf(
  connection: PostgresConnection,
  table: TableSpec,
  before: string | undefined,
): AsyncGenerator<StoredRow[]> {
  const columns = ['journal_seq', 'journal_at', 'journal_op', 'journal_txn', ...table.key].map(quote);
  const from = quote(historySpec(table)!.name);
  // The few new rows are found first and sorted then; else the order would be had from an index over all of them.
  const sql =
    before === undefined
      ? `SELECT ${columns.join(', ')} FROM ${from} ORDER BY journal_seq`
      : `SELECT ${columns.join(', ')} FROM (SELECT * FROM ${from}
          WHERE journal_mark >= $1 AND NOT pg_visible_in_snapshot(journal_mark::text::xid8, $2::pg_snapshot)
          OFFSET 0) AS h ORDER BY journal_seq`;
  const params = before === undefined ? [] : [before.split(':')[0]!, before];
  for await (const { rows } of scan(connection, { sql, bigints: true }, params, chunkRows)) yield rows;
}
