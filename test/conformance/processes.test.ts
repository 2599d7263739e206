// Several processes write one database at once: nobody's write is lost, and nobody meets a lock he need not.

import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { counters, entries, shared } from './fixtures/tables.ts';
import { start } from './processes.ts';
import { refusal } from './refusal.ts';

describe.each(engines)('$name', (engine) => {
  test('no update is lost between processes, which also all made the database', async () => {
    const url = await engine.url(30_000);
    const running = Array.from({ length: 4 }, () => start('increment', url, '100'));
    for (const { ended } of running) expect(await ended).toEqual({ exit: 0, signal: null, errors: '' });
    const store = await engine.open({ url, domains: [shared] });
    expect((await store.repository(counters).list()).items).toEqual([{ id: 1, value: 400 }]);
    expect(await store.doctor()).toEqual([]);
    expect(await store.check()).toEqual([]);
  });

  test('who waits too long for another process is told, stores nothing, and can try again', async ({
    skip,
  }) => {
    const url = await engine.url(150);
    const store = await engine.open({ url, domains: [shared] });
    skip(store.engine.capabilities.concurrentWriters, 'writers do not wait for each other');
    const holder = start('hold', url);
    expect(await holder.message()).toBe('held');
    const repository = store.repository(counters);
    for (const call of [
      () => repository.insert({ id: 1, value: 1 }),
      () => repository.insertMany([{ id: 1, value: 1 }]),
      () => store.transaction((tx) => tx.repository(counters).insert({ id: 1, value: 1 })),
      () => store.kysely.insertInto('counters').values({ id: 1, value: 1 }).execute(),
    ]) {
      const error = await refusal(call);
      expect(error).toMatchObject({ code: 'DATABASE_BUSY', exit: 6, status: 503 });
    }
    // Reading goes on, and shows nothing of what the other has not yet committed.
    expect(await repository.list()).toEqual({ items: [], next: null });
    holder.child.send('go');
    expect(await holder.ended).toMatchObject({ exit: 0, errors: '' });
    await repository.insert({ id: 1, value: 1 });
    expect((await repository.list()).items.map(({ id }) => id)).toEqual([1, 7]);
  });

  test('who waits for another process can be called off', async ({ skip }) => {
    const url = await engine.url(60_000);
    const store = await engine.open({ url, domains: [shared] });
    skip(store.engine.capabilities.concurrentWriters, 'writers do not wait for each other');
    const holder = start('hold', url);
    await holder.message();
    const controller = new AbortController();
    const work = refusal(store.transaction(async () => 'never', { signal: controller.signal }));
    const batch = refusal(
      store
        .repository(entries)
        .insertMany([{ batch: 1, line: 1, payload: '' }], { signal: controller.signal }),
    );
    controller.abort();
    expect((await work).code).toBe('CANCELLED');
    expect((await batch).code).toBe('CANCELLED');
    holder.child.send('go');
    await holder.ended;
    expect(await store.repository(counters).count()).toBe(1);
  });

  test('who waits long enough gets his turn', async () => {
    const url = await engine.url(30_000);
    const store = await engine.open({ url, domains: [shared] });
    const holder = start('hold', url);
    await holder.message();
    const write = store.repository(counters).insert({ id: 1, value: 1 });
    holder.child.send('go');
    await write;
    expect(await holder.ended).toMatchObject({ exit: 0, errors: '' });
    expect(await store.repository(counters).count()).toBe(2);
  });
});
