// Work that is cancelled leaves nothing behind, and says CANCELLED.

import { getEventListeners } from 'node:events';
import { int, table } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table('things', { id: int() }, { key: ['id'] });
const rows = Array.from({ length: 20_000 }, (_, id) => ({ id }));

describe.each(engines)('$name', (engine) => {
  test('between batches', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    for (const call of ['insertMany', 'upsertMany'] as const) {
      const controller = new AbortController();
      const done: number[] = [];
      const work = repository[call](rows, {
        signal: controller.signal,
        onProgress(count) {
          done.push(count);
          controller.abort();
        },
      });
      expect(await refusal(work)).toMatchObject({ code: 'CANCELLED', exit: 9 });
      expect(done).toHaveLength(1);
      expect(done[0]).toBeLessThan(rows.length);
      expect(await repository.count()).toBe(0);
    }
  });

  test('before it began, also for a single row', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    const signal = AbortSignal.abort();
    expect((await refusal(repository.insertMany([{ id: 1 }], { signal }))).code).toBe('CANCELLED');
    expect((await refusal(store.transaction(async () => 1, { signal }))).code).toBe('CANCELLED');
    expect(await repository.count()).toBe(0);
  });

  test('a transaction whose signal fires is rolled back, also when its work has ended well', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const controller = new AbortController();
    const work = store.transaction(
      async (tx) => {
        await tx.repository(things).insert({ id: 1 });
        controller.abort();
        return 'done';
      },
      { signal: controller.signal },
    );
    expect((await refusal(work)).code).toBe('CANCELLED');
    expect(await store.repository(things).count()).toBe(0);
  });

  test('inside a transaction, a batch obeys its own signal and the one of the transaction', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    for (const which of ['batch', 'transaction'] as const) {
      const batch = new AbortController();
      const transaction = new AbortController();
      const work = store.transaction(
        (tx) =>
          tx.repository(things).insertMany(rows, {
            signal: batch.signal,
            onProgress: () => (which === 'batch' ? batch : transaction).abort(),
          }),
        { signal: transaction.signal },
      );
      expect((await refusal(work)).code).toBe('CANCELLED');
      expect(await store.repository(things).count()).toBe(0);
    }
  });

  test('inside a transaction, a batch that was called off before it began', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    await store.transaction(async (tx) => {
      const batch = tx.repository(things).insertMany([{ id: 1 }], { signal: AbortSignal.abort() });
      expect((await refusal(batch)).code).toBe('CANCELLED');
      await tx.repository(things).insert({ id: 2 });
    });
    expect((await store.repository(things).list()).items).toEqual([{ id: 2 }]);
  });

  test('a signal that never fires is not held on to', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const { signal } = new AbortController();
    for (let id = 0; id < 20; id++)
      await store.transaction((tx) => tx.repository(things).insertMany([{ id }], { signal }), { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(await store.repository(things).count()).toBe(20);
  });
});
