// The SQL that repositories send to SQLite: each statement is prepared once, and says no more than it must.

import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { int, real, text, timestamps } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import { open, scratchPath } from './test-store.ts';

const rooms = table(
  'rooms',
  {
    house: text(20),
    id: int(),
    name: text().default('-'),
    area: int().nullable(),
    warmth: real().metric(),
    ...timestamps,
  },
  { key: ['house', 'id'] },
);
const plain = table('plain', { id: int(), name: text() }, { key: ['id'] });

let store: Store;
let prepare: MockInstance<DatabaseSync['prepare']>;
/** Statements that the work made SQLite compile. */
async function prepared(work: () => Promise<unknown>): Promise<string[]> {
  prepare.mockClear();
  await work();
  return prepare.mock.calls.map(([sql]) => sql);
}

beforeEach(async () => {
  store = await open(scratchPath(), { tables: [rooms, plain] });
  await store.repository(plain).insert({ id: 0, name: '-' });
  prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
  // The first read opens its connection.
  await store.repository(plain).count();
});
afterEach(() => {
  prepare.mockRestore();
});

const columns =
  'r."house", r."id", r."name", r."area", r."created_at", r."updated_at", m."metrics_at", m."warmth"';
const joined = '"rooms" AS r LEFT JOIN "rooms_latest" AS m ON m."house" = r."house" AND m."id" = r."id"';

describe('reading', () => {
  test('one record is a lookup of its key', async () => {
    const get = () => store.repository(plain).get({ id: 1 });
    expect(await prepared(get)).toEqual(['SELECT r."id", r."name" FROM "plain" AS r WHERE r."id" = ?']);
    expect(await prepared(get)).toEqual([]);
  });

  test('gauges are joined in by key', async () => {
    expect(await prepared(() => store.repository(rooms).get({ house: 'a', id: 1 }))).toEqual([
      `SELECT ${columns} FROM ${joined} WHERE r."house" = ? AND r."id" = ?`,
    ]);
  });

  test('a page after a cursor is one seek in the order of an index', async () => {
    const repository = store.repository(plain);
    await repository.insertMany([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]);
    const options = { where: { name: { gt: '' } }, orderBy: [['name', 'desc']], limit: 1 } as const;
    const { next: after } = await repository.list(options);
    expect(await prepared(() => repository.list({ ...options, after }))).toEqual([
      'SELECT r."id", r."name" FROM "plain" AS r WHERE r."name" > ? AND (r."name", r."id") < (?, ?)' +
        ' ORDER BY r."name" DESC, r."id" DESC LIMIT 2',
    ]);
  });

  test('only columns that may be null are asked for it when sorting', async () => {
    const order = await prepared(() =>
      store.repository(rooms).list({ orderBy: [['area'], ['warmth', 'desc'], ['name']] }),
    );
    expect(order[0]).toContain(
      ' ORDER BY r."area" IS NOT NULL, r."area", m."warmth" IS NOT NULL DESC, m."warmth" DESC, r."name", r."house", r."id" LIMIT 51',
    );
  });

  test('filters are placeholders, whatever they hold', async () => {
    const where = { name: { in: ["'; DROP TABLE plain; --", 'b'], contains: '"' }, not: { id: { lte: 5 } } };
    expect(await prepared(() => store.repository(plain).count(where))).toEqual([
      'SELECT count(*) FROM "plain" AS r WHERE r."name" IN (?, ?) AND instr(r."name", ?) > 0 AND NOT (r."id" <= ?)',
    ]);
  });
});

describe('writing', () => {
  test('an insert names what is given and what the store sets', async () => {
    expect(await prepared(() => store.repository(rooms).insert({ house: 'a', id: 1 }))).toEqual([
      'INSERT INTO "rooms" ("house", "id", "created_at", "updated_at") VALUES (?, ?, ?, ?)',
    ]);
  });

  test('an upsert updates what is given, and never when the record was made', async () => {
    expect(await prepared(() => store.repository(rooms).upsert({ house: 'a', id: 1, area: 5 }))).toEqual([
      'INSERT INTO "rooms" ("house", "id", "area", "created_at", "updated_at") VALUES (?, ?, ?, ?, ?)' +
        ' ON CONFLICT ("house", "id") DO UPDATE SET "area" = excluded."area", "updated_at" = excluded."updated_at"',
    ]);
  });

  test('an update sets what it names', async () => {
    expect(
      await prepared(() => store.repository(rooms).update({ house: 'a', id: 1 }, { name: 'x' })),
    ).toEqual(['UPDATE "rooms" AS r SET "name" = ?, "updated_at" = ? WHERE r."house" = ? AND r."id" = ?']);
  });

  test('a gauge alone is written to its own table alone', async () => {
    await store.repository(rooms).insert({ house: 'a', id: 1 });
    const sql = await prepared(() => store.repository(rooms).update({ house: 'a', id: 1 }, { warmth: 1 }));
    expect(sql.filter((each) => !each.startsWith('SELECT'))).toEqual([
      'INSERT INTO "rooms_latest" ("house", "id", "metrics_at", "warmth") VALUES (?, ?, ?, ?)' +
        ' ON CONFLICT ("house", "id") DO UPDATE SET "metrics_at" = excluded."metrics_at", "warmth" = excluded."warmth"',
    ]);
  });

  test('many rows are statements of a hundred, of ten and of a single row', async () => {
    const rows = Array.from({ length: 247 }, (_, id) => ({ id, name: 'x' }));
    const upsertOf = (count: number): string =>
      `INSERT INTO "plain" ("id", "name") VALUES ${Array(count).fill('(?, ?)').join(', ')} ON CONFLICT ("id") DO UPDATE SET "name" = excluded."name"`;
    expect(await prepared(() => store.repository(plain).upsertMany(rows))).toEqual(
      [100, 10, 1].map(upsertOf),
    );
    expect(await prepared(() => store.repository(plain).upsertMany(rows))).toEqual([]);
  });

  test('deletes by key, and by condition on gauges through a sub-query', async () => {
    expect(await prepared(() => store.repository(plain).delete({ id: 1 }))).toEqual([
      'DELETE FROM "plain" AS r WHERE r."id" = ?',
    ]);
    expect(await prepared(() => store.repository(rooms).deleteMany({ warmth: { gt: 1 } }))).toEqual([
      `DELETE FROM "rooms" AS r WHERE (r."house", r."id") IN (SELECT * FROM (SELECT DISTINCT r."house", r."id" FROM ${joined} WHERE m."warmth" > ?) AS k)`,
    ]);
  });
});
