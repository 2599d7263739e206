// Peer: Drizzle on a pool of pg, with its own column modes doing the decoding.

import { asc, desc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { bigint, boolean, customType, doublePrecision, json, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { Contender } from '../contender.ts';
import type { Event, Labels } from '../table.ts';
import { instantText, parseInstant, sessionOptions } from './values.ts';

/** Rows of one insert: the fastest from 100 to 5,000. */
const chunkRows = 1_000;

const instant = customType<{ data: number; driverData: string }>({
  dataType: () => 'timestamp with time zone',
  toDriver: instantText,
  fromDriver: parseInstant,
});
const bytea = customType<{ data: Uint8Array; driverData: Buffer }>({ dataType: () => 'bytea' });

const events = pgTable('bench_events', {
  id: bigint({ mode: 'number' }).primaryKey(),
  source: text().notNull(),
  kind: text().notNull(),
  status: text().notNull(),
  at: instant().notNull(),
  value: doublePrecision().notNull(),
  message: text().notNull(),
  payload: bytea(),
  enabled: boolean().notNull(),
  labels: json().$type<Labels>().notNull(),
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

export function openDrizzle(url: string): Contender {
  const pool = new pg.Pool({ connectionString: url, options: sessionOptions });
  const db = drizzle({ client: pool });
  const upsert = async (on: Pick<typeof db, 'insert'>, rows: readonly Event[]): Promise<void> => {
    await on
      .insert(events)
      .values(rows as Event[])
      .onConflictDoUpdate({ target: events.id, set });
  };
  const page = (rows: Event[], limit: number) => ({
    items: rows.slice(0, limit),
    more: rows.length > limit,
  });
  return {
    name: 'drizzle',
    upsertMany: (rows) =>
      db.transaction(async (transaction) => {
        for (let at = 0; at < rows.length; at += chunkRows)
          await upsert(transaction, rows.slice(at, at + chunkRows));
      }),
    async getEach(ids, visit) {
      for (const id of ids) visit((await db.select().from(events).where(eq(events.id, id)))[0]!);
    },
    async getEachPrepared(ids, visit) {
      const prepared = db
        .select()
        .from(events)
        .where(eq(events.id, sql.placeholder('id')))
        .prepare('get_event');
      for (const id of ids) visit((await prepared.execute({ id }))[0]!);
    },
    firstPage: async (limit) =>
      page(
        await db
          .select()
          .from(events)
          .orderBy(asc(events.id))
          .limit(limit + 1),
        limit,
      ),
    newest: async (status, limit) =>
      page(
        await db
          .select()
          .from(events)
          .where(eq(events.status, status))
          .orderBy(desc(events.at), desc(events.id))
          .limit(limit + 1),
        limit,
      ),
    upsertEachTogether: (rows) =>
      db.transaction(async (transaction) => {
        for (const row of rows) await upsert(transaction, [row]);
      }),
    async upsertEachAlone(rows) {
      for (const row of rows) await upsert(db, [row]);
    },
    close: () => pool.end(),
  };
}
