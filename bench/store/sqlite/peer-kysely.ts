// Peer: plain Kysely with its own SQLite dialect on better-sqlite3, the driver its documentation names.

import Database from 'better-sqlite3';
import { Kysely, type Selectable, SqliteDialect } from 'kysely';
import { type Contender, pragmas } from '../contender.ts';
import type { Event, Labels } from '../table.ts';

interface EventTable {
  id: number;
  source: string;
  kind: string;
  status: string;
  at: number;
  value: number;
  message: string;
  payload: Uint8Array | null;
  enabled: number;
  labels: string;
}

/** Rows of one insert: the fastest from 20 to 2,000. */
const chunkRows = 100;

const encode = (row: Event): EventTable => ({
  ...row,
  enabled: row.enabled ? 1 : 0,
  labels: JSON.stringify(row.labels),
});
const decode = (row: Selectable<EventTable>): Event => ({
  ...row,
  enabled: row.enabled === 1,
  labels: JSON.parse(row.labels) as Labels,
});

export function openKysely(path: string): Contender {
  const database = new Database(path);
  database.exec(pragmas);
  const db = new Kysely<{ bench_events: EventTable }>({ dialect: new SqliteDialect({ database }) });
  const upsert = async (on: typeof db, rows: readonly Event[]): Promise<void> => {
    await on
      .insertInto('bench_events')
      .values(rows.map(encode))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((set) => ({
          source: set.ref('excluded.source'),
          kind: set.ref('excluded.kind'),
          status: set.ref('excluded.status'),
          at: set.ref('excluded.at'),
          value: set.ref('excluded.value'),
          message: set.ref('excluded.message'),
          payload: set.ref('excluded.payload'),
          enabled: set.ref('excluded.enabled'),
          labels: set.ref('excluded.labels'),
        })),
      )
      .execute();
  };
  return {
    name: 'kysely',
    upsertMany: (rows) =>
      db.transaction().execute(async (transaction) => {
        for (let at = 0; at < rows.length; at += chunkRows)
          await upsert(transaction, rows.slice(at, at + chunkRows));
      }),
    async getEach(ids, visit) {
      for (const id of ids)
        visit(
          decode(
            await db.selectFrom('bench_events').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
          ),
        );
    },
    async getEachPrepared(ids, visit) {
      const compiled = db.selectFrom('bench_events').selectAll().where('id', '=', 0).compile();
      for (const id of ids) {
        const { rows } = await db.executeQuery({ ...compiled, parameters: [id] });
        visit(decode(rows[0] as EventTable));
      }
    },
    async firstPage(limit) {
      const rows = await db
        .selectFrom('bench_events')
        .selectAll()
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return { items: rows.slice(0, limit).map(decode), more: rows.length > limit };
    },
    async newest(status, limit) {
      const rows = await db
        .selectFrom('bench_events')
        .selectAll()
        .where('status', '=', status)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return { items: rows.slice(0, limit).map(decode), more: rows.length > limit };
    },
    upsertEachTogether: (rows) =>
      db.transaction().execute(async (transaction) => {
        for (const row of rows) await upsert(transaction, [row]);
      }),
    async upsertEachAlone(rows) {
      for (const row of rows) await upsert(db, [row]);
    },
    close: () => db.destroy(),
  };
}
