// Peer: plain Kysely with its own MySQL dialect on a pool of mysql2, as its documentation shows.

import { Kysely, MysqlDialect, type Selectable, sql } from 'kysely';
import { createPool } from 'mysql2';
import type { Contender } from '../contender.ts';
import type { Event, Labels } from '../table.ts';
import { connectionOptions } from './values.ts';

interface EventTable {
  id: number;
  source: string;
  kind: string;
  status: string;
  at: number;
  value: number;
  message: string;
  payload: Buffer | null;
  enabled: boolean | number;
  labels: string;
}

/** Rows of one insert: the fastest from 100 to 5,000. */
const chunkRows = 1_000;

const encode = (row: Event): EventTable => ({
  ...row,
  payload: row.payload === null ? null : Buffer.from(row.payload),
  labels: JSON.stringify(row.labels),
});
const decode = (row: Selectable<EventTable>): Event => ({
  ...row,
  enabled: row.enabled === 1,
  labels: JSON.parse(row.labels) as Labels,
});

export function openKysely(url: string): Contender {
  const pool = createPool(connectionOptions(url));
  const db = new Kysely<{ bench_events: EventTable }>({ dialect: new MysqlDialect({ pool }) });
  const upsert = async (on: typeof db, rows: readonly Event[]): Promise<void> => {
    await on
      .insertInto('bench_events')
      .values(rows.map(encode))
      .onDuplicateKeyUpdate({
        source: sql`VALUES(source)`,
        kind: sql`VALUES(kind)`,
        status: sql`VALUES(status)`,
        at: sql`VALUES(at)`,
        value: sql`VALUES(value)`,
        message: sql`VALUES(message)`,
        payload: sql`VALUES(payload)`,
        enabled: sql`VALUES(enabled)`,
        labels: sql`VALUES(labels)`,
      })
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
