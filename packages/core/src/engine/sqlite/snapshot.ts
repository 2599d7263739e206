// One state of a SQLite database: a read transaction on a connection of its own, beside which writers go on.

import { HoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import { type RowSource, type Snapshot, type SnapshotOptions, snapshotOf } from '../snapshot.ts';
import { clock } from './capture.ts';
import type { SqliteConnections } from './connections.ts';
import { syntax } from './dialect.ts';
import { translate } from './errors.ts';
import { exactRows } from './exact-rows.ts';
import { pageFileOf } from './folded.ts';
import { hasTable } from './introspect.ts';
import { rawPages } from './raw-pages.ts';
import type { SqliteSession } from './session.ts';
import { tablePages } from './table-pages.ts';
import { turn, turnDue } from './turn.ts';

const { quote } = syntax;
const nowSql = "CAST(round((julianday('now') - 2440587.5) * 86400000000) AS INTEGER)";

/** @throws CURSOR_INVALID for a position that this database has not reached */
export async function snapshot(connections: SqliteConnections, options: SnapshotOptions): Promise<Snapshot> {
  const lent = await connections.snapshot(options.raw);
  const session = lent.session as SqliteSession;
  try {
    // The first read takes the snapshot. Instants only grow, whatever the clock says.
    const tracked = await hasTable(session, clock);
    const [last = 0, at] = (await session.get(
      { sql: tracked ? `SELECT at, max(at, ${nowSql}) FROM ${clock}` : `SELECT 0, ${nowSql}` },
      [],
    ))! as [number, number];
    const file = lent.file === undefined ? undefined : pageFileOf(lent.file);
    return snapshotOf(
      {
        at,
        position: String(last),
        ...rowSource(session),
        async rawRows(columns, _, table) {
          if (file === undefined || table === undefined) return undefined;
          if (turnDue()) await turn();
          return rawPages(session, file, columns, table);
        },
        since(history, position) {
          const after = Number(position);
          if (!/^\d+$/.test(position) || after > last)
            throw new HoldfastError(
              'CURSOR_INVALID',
              `no position that this database has reached: ${position}`,
            );
          // Rows come in the order of their instants, so the first that is later is found from the end.
          return `journal_seq > coalesce((SELECT journal_seq FROM ${quote(history.name)}
            WHERE journal_at <= ${after} AND journal_op < 9 ORDER BY journal_seq DESC LIMIT 1), 0)`;
        },
        // The engine keeps no counter: the next number is the one behind the highest.
        async serials(counters) {
          const found: bigint[] = [];
          for (const { spec, column } of counters) {
            const sql = `SELECT coalesce(max(${quote(column.name)}), 0) + 1 FROM ${quote(spec.name)}`;
            found.push(BigInt((await session.get({ sql, bigints: true }, []))![0] as bigint));
          }
          return found;
        },
        close: lent.close,
      },
      options,
    );
  } catch (error) {
    await lent.close();
    throw error;
  }
}

/** Exact rows on one connection. @param measured as of `tablePages` */
export const rowSource = (session: SqliteSession, measured = true): RowSource => ({
  syntax,
  parameters() {
    const values: StoredValue[] = [];
    return {
      values,
      add: (value: StoredValue, spec: ColumnSpec) => {
        values.push(typeof value === 'boolean' ? Number(value) : value);
        return value instanceof Uint8Array && spec.kind !== 'bytes' ? 'CAST(? AS TEXT)' : '?';
      },
    };
  },
  async *select(columns, { sql, values }, chunkRows, pages) {
    try {
      if (pages === undefined) yield* exactRows(session, columns, sql, values, chunkRows);
      else yield* tablePages(session, pages, columns, chunkRows, measured);
    } catch (error) {
      throw translate(error, session.path);
    }
  },
});
