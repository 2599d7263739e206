// A transaction is all or nothing, sees its own writes, and shows them to nobody before it ends.

import { setTimeout as wait } from 'node:timers/promises';
import { int, table } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const counters = table('counters', { id: int(), value: int() }, { key: ['id'] });
const open = (engine: TestEngine, options: { url?: string } = {}) =>
  engine.open({ ...options, domains: [domainOf(counters)] });

describe.each(engines)('$name', (engine) => {
  test('what it gives back is what its work gave, and its writes stay', async () => {
    const store = await open(engine);
    const result = await store.transaction(async (tx) => {
      await tx.repository(counters).insert({ id: 1, value: 1 });
      await tx.repository(counters).insertMany([{ id: 2, value: 2 }]);
      await tx.repository(counters).update({ id: 1 }, { value: 5 });
      return 'done';
    });
    expect(result).toBe('done');
    expect((await store.repository(counters).list()).items).toEqual([
      { id: 1, value: 5 },
      { id: 2, value: 2 },
    ]);
  });

  test('one that throws leaves nothing, and the error comes through as it is', async () => {
    const store = await open(engine);
    await store.repository(counters).insert({ id: 1, value: 1 });
    const failure = new Error('mine');
    const work = store.transaction(async (tx) => {
      await tx.repository(counters).deleteMany({});
      await tx.repository(counters).insertMany(Array.from({ length: 5_000 }, (_, id) => ({ id, value: 0 })));
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect((await store.repository(counters).list()).items).toEqual([{ id: 1, value: 1 }]);
    await expect(
      store.transaction((() => {
        throw failure;
      }) as never),
    ).rejects.toBe(failure);
    expect(await store.transaction(async () => 'still works')).toBe('still works');
  });

  test('inside it reads its own writes, outside the state before', async ({ skip }) => {
    const store = await open(engine);
    skip(!store.engine.capabilities.readsBeside, 'reads wait for the writer');
    const outside = store.repository(counters);
    await outside.insert({ id: 1, value: 1 });
    await store.transaction(async (tx) => {
      const inside = tx.repository(counters);
      await inside.update({ id: 1 }, { value: 2 });
      await inside.insert({ id: 2, value: 2 });
      expect((await inside.list()).items.map(({ value }) => value)).toEqual([2, 2]);
      expect(await inside.count()).toBe(2);
      for await (const rows of inside.stream()) expect(rows).toHaveLength(2);
      expect((await outside.list()).items).toEqual([{ id: 1, value: 1 }]);
      expect(await outside.get({ id: 2 })).toBeUndefined();
      for await (const rows of outside.stream()) expect(rows).toHaveLength(1);
      const seen = await store.kysely.selectFrom('counters').selectAll().execute();
      expect(seen).toEqual([{ id: 1, value: 1 }]);
    });
    expect(await outside.count()).toBe(2);
  });

  test('several at once lose no update', async () => {
    const store = await open(engine);
    await store.repository(counters).insert({ id: 1, value: 0 });
    await Promise.all(
      Array.from({ length: 50 }, () =>
        store.transaction(async (tx) => {
          const { value } = (await tx.repository(counters).get({ id: 1 }))!;
          await wait(Math.random() * 2);
          await tx.repository(counters).update({ id: 1 }, { value: value + 1 });
        }),
      ),
    );
    expect(await store.repository(counters).get({ id: 1 })).toEqual({ id: 1, value: 50 });
  });

  test('two stores of one process on one database lose no update either', async () => {
    const url = await engine.url();
    const stores = [await open(engine, { url }), await open(engine, { url })];
    await stores[0]!.repository(counters).insert({ id: 1, value: 0 });
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        stores[index % 2]!.transaction(async (tx) => {
          const { value } = (await tx.repository(counters).get({ id: 1 }))!;
          await wait(Math.random() * 2);
          await tx.repository(counters).update({ id: 1 }, { value: value + 1 });
        }),
      ),
    );
    for (const store of stores) expect((await store.repository(counters).get({ id: 1 }))!.value).toBe(60);
  });

  test('a wait for another transaction ends when its signal fires, and harms neither', async ({ skip }) => {
    const store = await open(engine);
    skip(store.engine.capabilities.concurrentWriters, 'writers do not wait for each other');
    const repository = store.repository(counters);
    const steps: string[] = [];
    let finish = (): void => {};
    const first = store.transaction(async (tx) => {
      await tx.repository(counters).insert({ id: 1, value: 1 });
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      steps.push('first');
    });
    const controller = new AbortController();
    const second = refusal(
      store.transaction(
        async () => {
          steps.push('second');
        },
        { signal: controller.signal },
      ),
    );
    const batch = refusal(repository.insertMany([{ id: 3, value: 3 }], { signal: controller.signal }));
    const third = store.transaction(async () => {
      steps.push('third');
    });
    await wait(5);
    controller.abort();
    expect((await second).code).toBe('CANCELLED');
    expect((await batch).code).toBe('CANCELLED');
    expect(steps).toEqual([]);
    finish();
    await Promise.all([first, third]);
    expect(steps).toEqual(['first', 'third']);
    expect((await repository.list()).items).toEqual([{ id: 1, value: 1 }]);
  });

  test('what a deadlock has undone takes no more statements, those that were on their way neither', async ({
    skip,
  }) => {
    const store = await open(engine);
    skip(!store.engine.capabilities.concurrentWriters, 'writers do not wait for each other');
    await store.repository(counters).insertMany([1, 2, 3, 4].map((id) => ({ id, value: 0 })));
    const sides = [await store.engine.begin({ blind: true }), await store.engine.begin({ blind: true })];
    const set = (side: number, id: number, value: number): Promise<number> =>
      sides[side]!.session.run({ sql: `UPDATE counters SET value = ${value} WHERE id = ${id}` }, []);
    await set(0, 1, 10);
    await set(1, 2, 20);
    // Each waits for the other; behind that, each has a statement that waits for nobody.
    const crossed = [set(0, 2, 10), set(1, 1, 20)];
    const queued = [set(0, 3, 10), set(1, 4, 20)];
    const victim = await new Promise<number>((resolve) => {
      for (const [side, work] of crossed.entries()) work.catch(() => resolve(side));
    });
    const [later] = await Promise.allSettled([queued[victim]!]);
    const alive = sides[victim]!.alive;
    const refused = alive ? undefined : await refusal(set(victim, 3, 99)).catch((error: Error) => error);
    await sides[victim]!.rollback();
    await Promise.all([crossed[1 - victim], queued[1 - victim]]);
    await sides[1 - victim]!.commit();
    expect((await refusal(crossed[victim]!)).code).toBe('TRANSACTION_CONFLICT');
    if (!alive) {
      expect(later).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_FAILED' } });
      expect(refused).toMatchObject({ code: 'DATABASE_FAILED' });
    }
    const [mine, other] = victim === 0 ? [20, 10] : [10, 20];
    const { items } = await store.repository(counters).list();
    expect(items.map(({ value }) => value)).not.toContain(other);
    expect(items.map(({ value }) => value)).not.toContain(99);
    expect(items.filter(({ value }) => value === mine)).toHaveLength(3);
  });

  test('closing waits for the one that runs; afterwards everything says that the store is closed', async () => {
    const url = await engine.url();
    const store = await open(engine, { url });
    const running = store.transaction(async (tx) => {
      await wait(5);
      await tx.repository(counters).insert({ id: 1, value: 1 });
    });
    await Promise.all([store.close(), store.close(), running]);
    await store.close();
    const repository = store.repository(counters);
    for (const call of [
      () => repository.get({ id: 1 }),
      () => repository.list(),
      () => repository.stream().next(),
      () => repository.insert({ id: 2, value: 2 }),
      () => store.transaction(async () => {}),
      () => store.kysely.selectFrom('counters').selectAll().execute(),
      () => store.kysely.deleteFrom('counters').execute(),
      () => store.doctor(),
    ])
      expect((await refusal(call)).code).toBe('DATABASE_CLOSED');
    expect(await (await open(engine, { url })).repository(counters).count()).toBe(1);
  });
});
