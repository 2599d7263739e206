// A commit that fails undoes its own transaction, and leaves alone the one that waits behind it.

import { expect, test } from 'vitest';
import { int } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { open, refusal, scratchPath } from './test-store.ts';

const parents = table('parents', { id: int() }, { key: ['id'] });
const children = table('children', { id: int(), parent: int().references(parents, 'id') }, { key: ['id'] });
const tables = [parents, children];

test('a reference that is still open at the commit', async () => {
  const store = await open(scratchPath(), { tables });
  const failing = refusal(
    store.transaction(async (tx) => {
      await tx.session.exec('PRAGMA defer_foreign_keys=ON');
      await tx.repository(children).insert({ id: 1, parent: 9 });
    }),
  );
  // These wait behind it, and begin the moment its commit has failed.
  const behind = [1, 2, 3].map((id) =>
    store.transaction(async (tx) => {
      await tx.repository(parents).insert({ id });
      await new Promise((resolve) => setImmediate(resolve));
      await tx.repository(children).insert({ id: 10 + id, parent: id });
    }),
  );
  expect((await failing).code).toBe('REFERENCE_MISSING');
  await Promise.all(behind);
  expect((await store.repository(parents).list()).items).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect((await store.repository(children).list()).items.map(({ id }) => id)).toEqual([11, 12, 13]);
});

test('the same through Kysely', async () => {
  const store = await open(scratchPath(), { tables });
  const kysely = store.kysely as unknown as import('kysely').Kysely<Record<string, Record<string, number>>>;
  const failing = refusal(
    kysely.transaction().execute(async (tx) => {
      const { sql } = await import('kysely');
      await sql`PRAGMA defer_foreign_keys=ON`.execute(tx);
      await tx.insertInto('children').values({ id: 1, parent: 9 }).execute();
    }),
  );
  const behind = store.transaction((tx) => tx.repository(parents).insert({ id: 1 }));
  expect((await failing).code).toBe('REFERENCE_MISSING');
  await behind;
  expect(await store.repository(children).count()).toBe(0);
  expect(await store.repository(parents).count()).toBe(1);
});

test('a COMMIT typed into the session does not take the lock away', async () => {
  const store = await open(scratchPath(), { tables });
  const work = store.transaction(async (tx) => {
    await tx.repository(parents).insert({ id: 1 });
    await tx.session.exec('COMMIT');
  });
  expect((await refusal(work)).code).toBe('DATABASE_FAILED');
  await store.repository(parents).insert({ id: 2 });
  expect(await store.repository(parents).count()).toBe(2);
});

test('a transaction that the engine has undone takes nothing more', async () => {
  const store = await open(scratchPath(), { tables });
  const work = store.transaction(async (tx) => {
    const repository = tx.repository(parents);
    await repository.insert({ id: 1 });
    // SQLite does this by itself when some failures meet it, as a full disk.
    await tx.session.exec('ROLLBACK');
    for (const call of [
      () => repository.insert({ id: 2 }),
      () => repository.insertMany([{ id: 2 }]),
      () => repository.count(),
    ])
      expect((await refusal(call)).message).toContain('undone the whole transaction');
  });
  expect((await refusal(work)).code).toBe('DATABASE_FAILED');
  expect(await store.repository(parents).count()).toBe(0);
  await store.repository(parents).insert({ id: 3 });
});
