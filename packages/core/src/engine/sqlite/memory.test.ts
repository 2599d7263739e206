// A database in memory has one connection: reads wait for the writer, streams are whole, nothing waits for itself.

import { expect, test } from 'vitest';
import { open, refusal, things } from './test-store.ts';

const rows = Array.from({ length: 5_000 }, (_, id) => ({ id }));

test('it keeps records, and each store has its own', async () => {
  const [one, other] = [await open(':memory:'), await open(':memory:')];
  await one.repository(things).insert({ id: 1 });
  expect(await one.repository(things).get({ id: 1 })).toEqual({ id: 1, name: '-' });
  expect(await other.repository(things).count()).toBe(0);
  expect(await one.doctor()).toEqual([]);
  expect(await one.check()).toEqual([]);
});

test('a stream shows one state while others write and roll back', async () => {
  const store = await open(':memory:');
  const repository = store.repository(things);
  await repository.insertMany(rows);
  let seen = 0;
  for await (const chunk of repository.stream({ batch: 100 })) {
    seen += chunk.length;
    await repository.deleteMany({ id: { gte: 2_000 } });
    await store.transaction(() => Promise.reject(new Error('mine'))).catch(() => {});
  }
  expect(seen).toBe(5_000);
  expect(await repository.count()).toBe(2_000);
});

test('a read beside an open transaction waits for its end', async () => {
  const store = await open(':memory:');
  const repository = store.repository(things);
  const [inside, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const running = store.transaction(async (tx) => {
    await tx.repository(things).insert({ id: 1 });
    inside.resolve();
    await end.promise;
    throw new Error('mine');
  });
  await inside.promise;
  const count = repository.count();
  end.resolve();
  await expect(running).rejects.toThrow('mine');
  expect(await count).toBe(0);
});

test('a read inside an open transaction that would wait for it is refused', async () => {
  const store = await open(':memory:');
  const kysely = store.kysely as unknown as import('kysely').Kysely<Record<string, Record<string, number>>>;
  await store.transaction(async (tx) => {
    await tx.repository(things).insert({ id: 1 });
    for (const call of [
      () => store.repository(things).get({ id: 1 }),
      () => store.repository(things).stream().next(),
      () => kysely.selectFrom('things').selectAll().execute(),
      () => kysely.selectFrom('things').selectAll().stream().next(),
    ])
      expect((await refusal(call)).code).toBe('USAGE');
    expect(await tx.repository(things).count()).toBe(1);
  });
});
