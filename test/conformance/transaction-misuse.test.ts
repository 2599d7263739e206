// Work that would wait for itself, or write after its transaction has ended, is refused instead.

import { setTimeout as wait } from 'node:timers/promises';
import { int, real, type Transaction, table } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table('things', { id: int(), load: real().metric() }, { key: ['id'] });
const open = (engine: TestEngine) => engine.open({ domains: [domainOf(things)] });

describe.each(engines)('$name', (engine) => {
  test('a write on the store inside its own transaction', async () => {
    const store = await open(engine);
    const outside = store.repository(things);
    await store.transaction(async (tx) => {
      await tx.repository(things).insert({ id: 1 });
      for (const call of [
        () => outside.insert({ id: 2 }),
        () => outside.insert({ id: 2, load: 1 }),
        () => outside.upsertMany([{ id: 2 }]),
        () => outside.update({ id: 1 }, { load: 1 }),
        () => outside.deleteMany({}),
        () => store.transaction(async () => {}),
        () => store.kysely.insertInto('things').values({ id: 2 }).execute(),
        () => store.kysely.transaction().execute(async () => {}),
      ]) {
        const error = await refusal(call);
        expect(error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('tx.repository') });
      }
    });
    expect((await outside.list()).items.map(({ id }) => id)).toEqual([1]);
  });

  test('a write on the store inside a transaction of Kysely', async () => {
    const store = await open(engine);
    const outside = store.repository(things);
    await store.kysely.transaction().execute(async (tx) => {
      await tx.insertInto('things').values({ id: 1 }).execute();
      for (const call of [
        () => outside.insert({ id: 2 }),
        () => store.transaction(async () => {}),
        () => store.kysely.insertInto('things').values({ id: 2 }).execute(),
      ])
        expect((await refusal(call)).code).toBe('USAGE');
    });
    expect((await outside.list()).items.map(({ id }) => id)).toEqual([1]);
  });

  test('two stores in one transaction each do not stand in each other’s way', async () => {
    const [one, other] = [await open(engine), await open(engine)];
    await one.transaction(() => other.repository(things).insert({ id: 1 }));
    expect(await other.repository(things).count()).toBe(1);
  });

  test('anything in a transaction that has ended', async () => {
    const store = await open(engine);
    for (const fails of [false, true]) {
      let ended: Transaction | undefined;
      await store
        .transaction(async (tx) => {
          ended = tx;
          if (fails) throw new Error('mine');
        })
        .catch(() => {});
      const repository = ended!.repository(things);
      for (const call of [
        () => repository.insert({ id: 1 }),
        () => repository.insertMany([{ id: 1 }]),
        () => repository.get({ id: 1 }),
        () => repository.list(),
        () => repository.stream().next(),
        () => ended!.savepoint(async () => {}),
      ])
        expect(await refusal(call)).toMatchObject({
          code: 'USAGE',
          message: expect.stringContaining('ended'),
        });
    }
    expect(await store.repository(things).count()).toBe(0);
  });

  test('work that outlives the transaction it was started in may write again', async () => {
    const store = await open(engine);
    let later: Promise<void> | undefined;
    await store.transaction(async (tx) => {
      await tx.repository(things).insert({ id: 1 });
      later = (async () => {
        await wait(20);
        await store.repository(things).insert({ id: 2 });
      })();
    });
    await later;
    expect(await store.repository(things).count()).toBe(2);
  });
});
