// Peer: plain Kysely with its own PostgreSQL dialect on a pool of pg, as its documentation shows.

import { Kysely, PostgresDialect, type Selectable } from 'kysely';
import pg from 'pg';
import type { Contender } from '../contender.ts';
import type { Event, Labels } from '../table.ts';
import { instantText, sessionOptions, types } from './values.ts';

interface EventTable {
  id: number;
  source: string;
  kind: string;
  status: string;
  at: string | number;
  value: number;
  message: string;
  payload: Uint8Array | null;
  enabled: boolean;
  labels: string | Labels;
}

/** Rows of one insert: the fastest from 100 to 5,000. */
const chunkRows = 1_000;

const encode = (row: Event): EventTable => ({
  ...row,
  at: instantText(row.at),
  labels: JSON.stringify(row.labels),
});
const decode = (row: Selectable<EventTable>): Event => row as Event;

export function openKysely(url: string): Contender {
  const pool = new pg.Pool({ connectionString: url, options: sessionOptions, types });
  const db = new Kysely<{ bench_events: EventTable }>({ dialect: new PostgresDialect({ pool }) });
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
