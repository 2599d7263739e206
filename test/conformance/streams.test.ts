// A stream shows one state of the data whatever is written meanwhile, and can be left at any point.

import { bigint, int, real, table, text } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table(
  'things',
  { id: int(), name: text(20), size: bigint().nullable(), load: real().metric() },
  { key: ['id'] },
);
const rows = Array.from({ length: 2_500 }, (_, id) => ({
  id,
  name: `n${id % 10}`,
  size: BigInt(id),
  load: id / 2,
}));

async function open(engine: TestEngine) {
  const store = await engine.open({ domains: [domainOf(things)] });
  await store.repository(things).insertMany(rows);
  return { store, repository: store.repository(things) };
}

describe.each(engines)('$name', (engine) => {
  test('all records come once, in chunks of the size asked for', async () => {
    const { repository } = await open(engine);
    for (const batch of [1, 7, 1_000, 2_500, 9_999]) {
      const sizes: number[] = [];
      const ids: number[] = [];
      for await (const chunk of repository.stream({ batch, orderBy: [['id', 'desc']] })) {
        sizes.push(chunk.length);
        ids.push(...chunk.map(({ id }) => id));
      }
      expect(sizes.slice(0, -1).every((size) => size === batch)).toBe(true);
      expect(ids).toEqual(rows.map(({ id }) => 2_499 - id));
    }
  });

  test('records are decoded, filtered and sorted as in a list', async () => {
    const { repository } = await open(engine);
    const options = { where: { name: 'n3', load: { gt: 700 } }, orderBy: [['load', 'desc']] } as const;
    const streamed = [];
    for await (const chunk of repository.stream(options)) streamed.push(...chunk);
    expect(streamed).toEqual((await repository.list({ ...options, limit: 10_000 })).items);
    expect(streamed).toHaveLength(110);
    expect(streamed[0]).toMatchObject({ id: 2_493, size: 2_493n, load: 1_246.5 });
  });

  test('an empty result has no chunk', async () => {
    const { repository } = await open(engine);
    for await (const chunk of repository.stream({ where: { id: -1 } }))
      expect.fail(`got ${chunk.length} rows`);
  });

  test('what others write, delete and commit meanwhile is not seen', async () => {
    const { store, repository } = await open(engine);
    const seen: number[] = [];
    for await (const chunk of repository.stream({ batch: 100 })) {
      seen.push(...chunk.map(({ id }) => id));
      await repository.upsertMany(
        rows.slice(0, 50).map((row) => ({ ...row, id: row.id + 10_000 + seen.length })),
      );
      await repository.deleteMany({ id: { gte: 2_000, lt: 10_000 } });
      await repository.updateMany({}, { name: 'changed' });
      await store.transaction((tx) => tx.repository(things).deleteMany({ id: 1_999 }));
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(rows.map(({ id }) => id));
    expect(await repository.count({ id: { lt: 10_000 } })).toBe(1_999);
  });

  test('two streams stand beside each other, each with its own state', async () => {
    const { repository } = await open(engine);
    const first = repository.stream({ batch: 1_000 });
    expect((await first.next()).value).toHaveLength(1_000);
    await repository.deleteMany({ id: { gte: 1_000 } });
    const second = repository.stream({ batch: 1_000 });
    expect((await second.next()).value).toHaveLength(1_000);
    expect((await second.next()).done).toBe(true);
    expect((await first.next()).value).toHaveLength(1_000);
    expect((await first.next()).value).toHaveLength(500);
    expect((await first.next()).done).toBe(true);
  });

  test('one that is left early disturbs nobody', async () => {
    const { store, repository } = await open(engine);
    for (let round = 0; round < 50; round++) {
      for await (const chunk of repository.stream({ batch: 10 })) {
        expect(chunk).toHaveLength(10);
        break;
      }
      const failing = (async () => {
        for await (const _ of repository.stream({ batch: 10 })) throw new Error('mine');
      })();
      await expect(failing).rejects.toThrow('mine');
      await repository.update({ id: round }, { name: 'written' });
    }
    expect(await repository.count({ name: 'written' })).toBe(50);
    expect(await store.check()).toEqual([]);
  });

  test('inside a transaction it shows the transaction’s own writes', async () => {
    const { store } = await open(engine);
    await store.transaction(async (tx) => {
      const inside = tx.repository(things);
      await inside.deleteMany({ id: { gte: 10 } });
      let count = 0;
      for await (const chunk of inside.stream({ batch: 3 })) count += chunk.length;
      expect(count).toBe(10);
    });
  });

  test('closing the store ends an open stream with a named error', async () => {
    const { store, repository } = await open(engine);
    const stream = repository.stream({ batch: 10 });
    const left = repository.stream({ batch: 10 });
    await stream.next();
    await left.next();
    await store.close();
    expect((await refusal(stream.next())).code).toBe('DATABASE_CLOSED');
    await left.return(undefined);
  });
});
