// What the schema forbids is refused with the code that says which rule, and leaves everything as it was.

import { int, table, text } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const houses = table(
  'houses',
  { id: int(), code: text(20).unique(), city: text(40), street: text(40), area: int().default(1) },
  {
    key: ['id'],
    indexes: [{ columns: ['city', 'street'], unique: true }],
    checks: { areaPositive: 'area > 0' },
  },
);
const rooms = table(
  'rooms',
  {
    house: int().references(houses, 'id'),
    name: text(40),
    attic: int().nullable().references(houses, 'id', 'set null'),
  },
  { key: ['house', 'name'] },
);
const chairs = table(
  'chairs',
  { id: int(), house: int(), room: text(40) },
  {
    key: ['id'],
    foreignKeys: [
      { columns: ['house', 'room'], table: rooms, references: ['house', 'name'], onDelete: 'cascade' },
    ],
  },
);
const house = (id: number) => ({ id, code: `c${id}`, city: 'x', street: `s${id}` });

async function open(engine: TestEngine) {
  const store = await engine.open({ domains: [domainOf(houses, rooms, chairs)] });
  await store.repository(houses).insertMany([house(1), house(2)]);
  return store;
}

describe.each(engines)('$name', (engine) => {
  test.for<[string, object]>([
    ['the key', house(1)],
    ['a unique column', { ...house(3), code: 'c1' }],
    ['a unique index', { ...house(3), street: 's1' }],
  ])('%s twice is a conflict', async ([, row]) => {
    const store = await open(engine);
    const repository = store.repository(houses);
    const error = await refusal(repository.insert(row as ReturnType<typeof house>));
    expect(error).toMatchObject({ code: 'CONFLICT', exit: 3, status: 409 });
    expect(error.message).toContain('houses');
    expect(await repository.count()).toBe(2);
  });

  test('an update into a unique value of another record is a conflict', async () => {
    const store = await open(engine);
    const error = await refusal(store.repository(houses).update({ id: 2 }, { code: 'c1' }));
    expect(error.code).toBe('CONFLICT');
    expect((await refusal(store.repository(houses).updateMany({}, { code: 'same' }))).code).toBe('CONFLICT');
    expect((await store.repository(houses).list()).items.map(({ code }) => code)).toEqual(['c1', 'c2']);
  });

  test('a reference to what is not there is refused, on insert, update and upsert', async () => {
    const store = await open(engine);
    const repository = store.repository(rooms);
    await repository.insert({ house: 1, name: 'hall', attic: 2 });
    for (const call of [
      () => repository.insert({ house: 9, name: 'hall' }),
      () => repository.upsert({ house: 1, name: 'hall', attic: 9 }),
      () =>
        repository.insertMany([
          { house: 2, name: 'a' },
          { house: 9, name: 'a' },
        ]),
      () => repository.update({ house: 1, name: 'hall' }, { attic: 9 }),
      () => store.repository(chairs).insert({ id: 1, house: 1, room: 'cellar' }),
    ])
      expect(await refusal(call)).toMatchObject({ code: 'REFERENCE_MISSING', exit: 3, status: 409 });
    expect((await repository.list()).items).toEqual([{ house: 1, name: 'hall', attic: 2 }]);
  });

  test('what is still referred to cannot be deleted', async () => {
    const store = await open(engine);
    await store.repository(rooms).insert({ house: 1, name: 'hall' });
    for (const call of [
      () => store.repository(houses).delete({ id: 1 }),
      () => store.repository(houses).deleteMany({}),
    ]) {
      const error = await refusal(call);
      expect(error).toMatchObject({ code: 'REFERENCED', exit: 3, status: 409 });
      expect(error.message).toContain('houses');
    }
    expect(await store.repository(houses).count()).toBe(2);
  });

  test('a delete takes what cascades along, and clears what is set null', async () => {
    const store = await open(engine);
    await store.repository(rooms).insertMany([
      { house: 1, name: 'hall', attic: 2 },
      { house: 1, name: 'cellar' },
    ]);
    await store.repository(chairs).insertMany([
      { id: 1, house: 1, room: 'hall' },
      { id: 2, house: 1, room: 'cellar' },
    ]);
    await store.repository(houses).delete({ id: 2 });
    expect(await store.repository(rooms).get({ house: 1, name: 'hall' })).toMatchObject({ attic: null });
    await store.repository(rooms).delete({ house: 1, name: 'hall' });
    expect((await store.repository(chairs).list()).items.map(({ id }) => id)).toEqual([2]);
  });

  test('a check names itself', async () => {
    const store = await open(engine);
    const error = await refusal(store.repository(houses).update({ id: 1 }, { area: 0 }));
    expect(error).toMatchObject({ code: 'CHECK_FAILED', exit: 2, status: 422 });
    expect(error.message).toContain('houses_area_positive');
  });

  test('a refused write inside a transaction leaves the transaction usable', async () => {
    const store = await open(engine);
    await store.transaction(async (tx) => {
      const repository = tx.repository(houses);
      await repository.insert(house(3));
      const failed = () => repository.insertMany([house(4), house(1)]);
      expect((await refusal(tx.savepoint(failed))).code).toBe('CONFLICT');
      await repository.insert(house(5));
    });
    expect((await store.repository(houses).list()).items.map(({ id }) => id)).toEqual([1, 2, 3, 5]);
  });
});
