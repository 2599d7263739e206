// Peer: Drizzle on better-sqlite3, with its own column modes doing the decoding.

import Database from 'better-sqlite3';
import { asc, desc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { blob, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { type Contender, pragmas } from '../contender.ts';
import type { Event, Labels } from '../table.ts';

/** Rows of one insert: the fastest from 20 to 2,000. */
const chunkRows = 100;

const events = sqliteTable('bench_events', {
  id: integer().primaryKey(),
  source: text().notNull(),
  kind: text().notNull(),
  status: text().notNull(),
  at: integer().notNull(),
  value: real().notNull(),
  message: text().notNull(),
  payload: blob({ mode: 'buffer' }),
  enabled: integer({ mode: 'boolean' }).notNull(),
  labels: text({ mode: 'json' }).$type<Labels>().notNull(),
});

const set = {
  source: sql`excluded.source`,
  kind: sql`excluded.kind`,
  status: sql`excluded.status`,
  at: sql`excluded.at`,
  value: sql`excluded.value`,
  message: sql`excluded.message`,
  payload: sql`excluded.payload`,
  enabled: sql`excluded.enabled`,
  labels: sql`excluded.labels`,
};

type Stored = typeof events.$inferInsert;

export function openDrizzle(path: string): Contender {
  const database = new Database(path);
  database.exec(pragmas);
  const db = drizzle({ client: database as never });
  const upsert = (on: Pick<typeof db, 'insert'>, rows: readonly Event[]): void => {
    on.insert(events)
      .values(rows as Stored[])
      .onConflictDoUpdate({ target: events.id, set })
      .run();
  };
  const page = (rows: Event[], limit: number) => ({
    items: rows.slice(0, limit),
    more: rows.length > limit,
  });
  return {
    name: 'drizzle',
    upsertMany: (rows) =>
      db.transaction((transaction) => {
        for (let at = 0; at < rows.length; at += chunkRows)
          upsert(transaction, rows.slice(at, at + chunkRows));
      }),
    getEach(ids, visit) {
      for (const id of ids) visit(db.select().from(events).where(eq(events.id, id)).get() as Event);
    },
    getEachPrepared(ids, visit) {
      const prepared = db
        .select()
        .from(events)
        .where(eq(events.id, sql.placeholder('id')))
        .prepare();
      for (const id of ids) visit(prepared.get({ id }) as Event);
    },
    firstPage: (limit) =>
      page(
        db
          .select()
          .from(events)
          .orderBy(asc(events.id))
          .limit(limit + 1)
          .all(),
        limit,
      ),
    newest: (status, limit) =>
      page(
        db
          .select()
          .from(events)
          .where(eq(events.status, status))
          .orderBy(desc(events.at), desc(events.id))
          .limit(limit + 1)
          .all(),
        limit,
      ),
    upsertEachTogether: (rows) =>
      db.transaction((transaction) => {
        for (const row of rows) upsert(transaction, [row]);
      }),
    upsertEachAlone(rows) {
      for (const row of rows) upsert(db, [row]);
    },
    close: () => database.close(),
  };
}
