// Kysely's transactions and streams share the store's connections without standing in each other's way.

import { int, table } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table('things', { id: int(), value: int() }, { key: ['id'] });
const rows = Array.from({ length: 1_000 }, (_, id) => ({ id, value: 0 }));

async function open(engine: TestEngine) {
  const store = await engine.open({ domains: [domainOf(things)] });
  await store.repository(things).insertMany(rows);
  return store;
}

describe.each(engines)('$name', (engine) => {
  test('a transaction is kept whole or not at all', async () => {
    const { kysely } = await open(engine);
    const change = (fails: boolean) =>
      kysely.transaction().execute(async (tx) => {
        await tx.updateTable('things').set({ value: 1 }).execute();
        await tx.insertInto('things').values({ id: 5_000, value: 1 }).execute();
        const { all } = await tx
          .selectFrom('things')
          .select((of) => of.fn.sum<number>('value').as('all'))
          .executeTakeFirstOrThrow();
        expect(all).toBe(1_001);
        if (fails) throw new Error('mine');
        return 'done';
      });
    await expect(change(true)).rejects.toThrow('mine');
    expect(await kysely.selectFrom('things').select('id').where('value', '=', 1).execute()).toEqual([]);
    expect(await change(false)).toBe('done');
    expect(await kysely.selectFrom('things').select('id').where('value', '=', 1).execute()).toHaveLength(
      1_001,
    );
  });

  test('transactions of Kysely and of the store wait for each other and lose no update', async () => {
    const store = await open(engine);
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 === 0
          ? store.transaction(async (tx) => {
              const { value } = (await tx.repository(things).get({ id: 1 }))!;
              await new Promise((resolve) => setImmediate(resolve));
              await tx.repository(things).update({ id: 1 }, { value: value + 1 });
            })
          : store.kysely.transaction().execute(async (tx) => {
              const { value } = await tx
                .selectFrom('things')
                .select('value')
                .where('id', '=', 1)
                .executeTakeFirstOrThrow();
              await new Promise((resolve) => setImmediate(resolve));
              await tx
                .updateTable('things')
                .set({ value: value + 1 })
                .where('id', '=', 1)
                .execute();
            }),
      ),
    );
    expect(await store.repository(things).get({ id: 1 })).toEqual({ id: 1, value: 40 });
  });

  test('a transaction held by hand has savepoints', async () => {
    const store = await open(engine);
    const tx = await store.kysely.startTransaction().execute();
    await tx.deleteFrom('things').where('id', '=', 1).execute();
    const inner = await tx.savepoint('inner').execute();
    await inner.deleteFrom('things').execute();
    await inner.rollbackToSavepoint('inner').execute();
    await inner.releaseSavepoint('inner').execute();
    await tx.commit().execute();
    expect(await store.repository(things).count()).toBe(999);
  });

  test('one that is rolled back by hand leaves nothing, and the next one begins', async () => {
    const store = await open(engine);
    const tx = await store.kysely.startTransaction().execute();
    await tx.deleteFrom('things').execute();
    await tx.rollback().execute();
    expect(await store.repository(things).count()).toBe(1_000);
    await store.repository(things).insert({ id: 5_000, value: 0 });
  });

  test('inside a transaction, the store is read as it was before', async ({ skip }) => {
    const store = await open(engine);
    skip(!store.engine.capabilities.readsBeside, 'reads wait for the writer');
    await store.kysely.transaction().execute(async (tx) => {
      await tx.deleteFrom('things').execute();
      expect(await store.repository(things).count()).toBe(1_000);
      expect(await store.kysely.selectFrom('things').select('id').execute()).toHaveLength(1_000);
      expect(await tx.selectFrom('things').select('id').execute()).toEqual([]);
    });
  });

  test('a stream shows one state, and leaves room for other queries while it runs', async () => {
    const { kysely } = await open(engine);
    let seen = 0;
    for await (const { id } of kysely.selectFrom('things').selectAll().orderBy('id').stream(10)) {
      expect(id).toBe(seen++);
      if (id % 100 !== 0) continue;
      await kysely.deleteFrom('things').where('id', '>', 500).execute();
      expect(await kysely.selectFrom('things').select('id').where('id', '=', 0).execute()).toHaveLength(1);
    }
    expect(seen).toBe(1_000);
    expect(await kysely.selectFrom('things').select('id').execute()).toHaveLength(501);
  });

  test('a stream that is left early frees what it had', async () => {
    const { kysely } = await open(engine);
    for (let round = 0; round < 30; round++)
      for await (const { id } of kysely.selectFrom('things').select('id').stream(10)) if (id >= 0) break;
    expect(await kysely.deleteFrom('things').executeTakeFirstOrThrow()).toMatchObject({
      numDeletedRows: 1_000n,
    });
  });
});
