// An upsert stores a record whether it exists or not, and leaves alone what it does not name.

import { int, table, text, timestamps } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table(
  'things',
  {
    id: int(),
    a: int().nullable(),
    b: text().nullable().default('b'),
    c: int().nullable().default(3),
    code: text(20).nullable().unique(),
    ...timestamps,
  },
  { key: ['id'] },
);
const links = table('links', { from: int(), to: int() }, { key: ['from', 'to'] });
const open = async (engine: TestEngine) =>
  (await engine.open({ domains: [domainOf(things)] })).repository(things);

describe.each(engines)('$name', (engine) => {
  test('columns that are left out keep their value, null is a value', async () => {
    const repository = await open(engine);
    await repository.insert({ id: 1, a: 1, b: 'x', c: 9 });
    await repository.upsert({ id: 1, a: 2 });
    expect(await repository.get({ id: 1 })).toMatchObject({ a: 2, b: 'x', c: 9 });
    await repository.upsert({ id: 1, b: null });
    expect(await repository.get({ id: 1 })).toMatchObject({ a: 2, b: null, c: 9 });
    await repository.upsert({ id: 2, a: 5 });
    expect(await repository.get({ id: 2 })).toMatchObject({ a: 5, b: 'b', c: 3 });
  });

  test('when a record was made stays, when it changed moves', async () => {
    const repository = await open(engine);
    await repository.insert({ id: 1, createdAt: 1, updatedAt: 1 });
    await repository.upsertMany([{ id: 1, a: 2 }]);
    const found = await repository.get({ id: 1 });
    expect(found!.createdAt).toBe(1);
    expect(found!.updatedAt).toBeGreaterThan(1);
  });

  test('a key that comes twice keeps its last row', async () => {
    const repository = await open(engine);
    const rows = Array.from({ length: 50 }, (_, index) => ({ id: index % 7, a: index }));
    await repository.upsertMany(rows);
    const { items } = await repository.list();
    expect(items.map(({ a }) => a)).toEqual([49, 43, 44, 45, 46, 47, 48]);
  });

  test('a record that is nothing but its key can be put again', async () => {
    const store = await engine.open({ domains: [domainOf(links)] });
    const repository = store.repository(links);
    await repository.upsert({ from: 1, to: 2 });
    await repository.upsert({ from: 1, to: 2 });
    await repository.upsertMany([
      { from: 1, to: 2 },
      { from: 2, to: 1 },
    ]);
    expect((await repository.list()).items).toEqual([
      { from: 1, to: 2 },
      { from: 2, to: 1 },
    ]);
  });

  test('a unique value of another record is a conflict, not a replacement', async () => {
    const repository = await open(engine);
    await repository.insertMany([
      { id: 1, code: 'x' },
      { id: 2, code: 'y' },
    ]);
    expect((await refusal(repository.upsert({ id: 2, code: 'x' }))).code).toBe('CONFLICT');
    expect((await refusal(repository.upsertMany([{ id: 3 }, { id: 2, code: 'x' }]))).code).toBe('CONFLICT');
    expect((await repository.list()).items.map(({ id, code }) => [id, code])).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
  });

  test('any series of upserts ends as a map with the same writes would', async () => {
    const repository = await open(engine);
    const value = <T>(some: fc.Arbitrary<T>) => fc.option(fc.option(some, { nil: null }), { nil: undefined });
    const row = fc.record({
      id: fc.integer({ min: 0, max: 6 }),
      a: value(fc.integer()),
      b: value(fc.string({ maxLength: 3 })),
      c: value(fc.integer()),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(row, { maxLength: 30 }), { maxLength: 4 }), async (batches) => {
        await repository.deleteMany({});
        const model = new Map<number, object>();
        for (const batch of batches) {
          await repository.upsertMany(batch);
          for (const { id, ...given } of batch) {
            const named = Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined));
            model.set(id, { ...(model.get(id) ?? { id, a: null, b: 'b', c: 3 }), ...named });
          }
        }
        const { items } = await repository.list();
        expect(items.map(({ id, a, b, c }) => ({ id, a, b, c }))).toEqual(
          [...model.entries()].sort(([one], [other]) => one - other).map(([, each]) => each),
        );
      }),
      { numRuns: 40 },
    );
  });
});
