// Peer: Drizzle on a pool of mysql2, with its own column modes doing the decoding.

import { asc, desc, eq, sql } from 'drizzle-orm';
import { bigint, boolean, customType, double, mysqlTable, text } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import { createPool } from 'mysql2/promise';
import type { Contender } from '../contender.ts';
import type { Event, Labels } from '../table.ts';
import { connectionOptions } from './values.ts';

/** Rows of one insert: the fastest from 100 to 5,000. */
const chunkRows = 1_000;

const blob = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => 'longblob',
  toDriver: (value) => Buffer.from(value),
});
const labels = customType<{ data: Labels; driverData: string }>({
  dataType: () => 'longtext',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => JSON.parse(value) as Labels,
});

const events = mysqlTable('bench_events', {
  id: bigint({ mode: 'number' }).primaryKey(),
  source: text().notNull(),
  kind: text().notNull(),
  status: text().notNull(),
  at: bigint({ mode: 'number' }).notNull(),
  value: double().notNull(),
  message: text().notNull(),
  payload: blob(),
  enabled: boolean().notNull(),
  labels: labels().notNull(),
});

const set = {
  source: sql`VALUES(source)`,
  kind: sql`VALUES(kind)`,
  status: sql`VALUES(status)`,
  at: sql`VALUES(at)`,
  value: sql`VALUES(value)`,
  message: sql`VALUES(message)`,
  payload: sql`VALUES(payload)`,
  enabled: sql`VALUES(enabled)`,
  labels: sql`VALUES(labels)`,
};

export function openDrizzle(url: string): Contender {
  const pool = createPool(connectionOptions(url));
  const db = drizzle({ client: pool });
  const upsert = async (on: Pick<typeof db, 'insert'>, rows: readonly Event[]): Promise<void> => {
    await on
      .insert(events)
      .values(rows as Event[])
      .onDuplicateKeyUpdate({ set });
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
        .prepare();
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
