// One record at a time: get, insert, update and delete by key, composite keys included.

import { bigint, int, table, text, timestamps } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const guests = table(
  'guests',
  { source: text(20), id: int(), name: text().default('-'), size: bigint().nullable(), ...timestamps },
  { key: ['source', 'id'] },
);
const open = async (engine: TestEngine) =>
  (await engine.open({ domains: [domainOf(guests)] })).repository(guests);

describe.each(engines)('$name', (engine) => {
  test('a record is found by its whole key and by nothing less', async () => {
    const repository = await open(engine);
    await repository.insert({ source: 'a', id: 1, name: 'one' });
    await repository.insert({ source: 'b', id: 1, name: 'other' });
    expect(await repository.get({ source: 'a', id: 1 })).toMatchObject({ name: 'one', size: null });
    expect(await repository.get({ id: 1, source: 'b' })).toMatchObject({ name: 'other' });
    expect(await repository.get({ source: 'a', id: 2 })).toBeUndefined();
    expect((await refusal(repository.get({ source: 'a' } as never))).message).toContain('guests.id');
  });

  test('an update changes what it names, and says whether there was a record', async () => {
    const repository = await open(engine);
    await repository.insert({ source: 'a', id: 1, name: 'one', size: 5n });
    await repository.insert({ source: 'a', id: 2, name: 'two' });
    expect(await repository.update({ source: 'a', id: 1 }, { name: 'new' })).toBe(true);
    expect(await repository.update({ source: 'a', id: 1 }, { size: null })).toBe(true);
    expect(await repository.update({ source: 'b', id: 1 }, { name: 'new' })).toBe(false);
    expect(await repository.get({ source: 'a', id: 1 })).toMatchObject({ name: 'new', size: null });
    expect(await repository.get({ source: 'a', id: 2 })).toMatchObject({ name: 'two' });
  });

  test('an update of nothing writes nothing', async () => {
    const repository = await open(engine);
    await repository.insert({ source: 'a', id: 1, updatedAt: 5 });
    expect(await repository.update({ source: 'a', id: 1 }, {})).toBe(true);
    expect(await repository.update({ source: 'a', id: 1 }, { name: undefined })).toBe(true);
    expect(await repository.update({ source: 'a', id: 2 }, {})).toBe(false);
    expect(await repository.get({ source: 'a', id: 1 })).toMatchObject({ updatedAt: 5 });
  });

  test('a key never changes', async () => {
    const repository = await open(engine);
    await repository.insert({ source: 'a', id: 1 });
    const error = await refusal(repository.update({ source: 'a', id: 1 }, { id: 2 } as never));
    expect(error).toMatchObject({
      code: 'QUERY_INVALID',
      message: expect.stringContaining('id is in the key'),
    });
    expect((await refusal(repository.updateMany({}, { source: 'b' } as never))).code).toBe('QUERY_INVALID');
    expect(await repository.get({ source: 'a', id: 1 })).toBeDefined();
  });

  test('a delete takes one record, and says whether there was one', async () => {
    const repository = await open(engine);
    await repository.insertMany([
      { source: 'a', id: 1 },
      { source: 'a', id: 2 },
      { source: 'b', id: 1 },
    ]);
    expect(await repository.delete({ source: 'a', id: 1 })).toBe(true);
    expect(await repository.delete({ source: 'a', id: 1 })).toBe(false);
    expect((await repository.list()).items.map(({ source, id }) => `${source}${id}`)).toEqual(['a2', 'b1']);
  });

  test('many are updated and deleted by a condition, and counted', async () => {
    const repository = await open(engine);
    await repository.insertMany(Array.from({ length: 10 }, (_, id) => ({ source: 'a', id, updatedAt: 1 })));
    expect(await repository.updateMany({ id: { gte: 6 } }, { name: 'high' })).toBe(4);
    expect(await repository.count({ name: 'high', updatedAt: { gt: 1 } })).toBe(4);
    expect(await repository.count({ updatedAt: 1 })).toBe(6);
    expect(await repository.deleteMany({ name: 'high' })).toBe(4);
    expect(await repository.deleteMany({ id: { in: [] } })).toBe(0);
    expect(await repository.count()).toBe(6);
    expect(await repository.deleteMany({})).toBe(6);
  });

  test('a table of more than 52 columns tells its shapes apart', async () => {
    const columns = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`c${index}`, int().nullable().default(index)]),
    );
    const wide = table('wide', { id: int(), ...columns }, { key: ['id'] });
    const store = await engine.open({ domains: [domainOf(wide)] });
    const repository = store.repository(wide);
    await repository.insertMany([
      { id: 1 },
      { id: 2, c59: -1 },
      { id: 3, c58: -1 },
      { id: 4, c0: -1 },
    ] as never);
    const { items } = await repository.list();
    expect(
      (items as Record<string, number>[]).map((row) => [row['id'], row['c0'], row['c58'], row['c59']]),
    ).toEqual([
      [1, 0, 58, 59],
      [2, 0, 58, -1],
      [3, 0, -1, 59],
      [4, -1, 58, 59],
    ]);
  });
});
