// What a record stores in columns that an insert leaves out: null, the default, or the instant of the write.

import { bigint, bool, date, instant, int, now, oneOf, real, table, text, timestamps } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table(
  'things',
  {
    id: int(),
    note: text().nullable(),
    noted: text().nullable().default('none'),
    name: text(40).default("it's"),
    count: int().default(-7),
    size: bigint().default('9223372036854775807'),
    load: real().default(2),
    large: real().default(1e21),
    tiny: real().default(1.5e-7),
    on: bool().default(true),
    off: bool().default(false),
    state: oneOf('up', 'down').default('down'),
    since: date().default('2024-02-29'),
    at: instant().default(-1),
    ...timestamps,
  },
  { key: ['id'] },
);
const defaults = {
  note: null,
  noted: 'none',
  name: "it's",
  count: -7,
  size: 2n ** 63n - 1n,
  load: 2,
  large: 1e21,
  tiny: 1.5e-7,
  on: true,
  off: false,
  state: 'down',
  since: '2024-02-29',
  at: -1,
};

describe.each(engines)('$name', (engine) => {
  test('columns left out take their default, whichever way the record comes in', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    const before = now();
    await repository.insert({ id: 1 });
    await repository.upsert({ id: 2 });
    await repository.insertMany([{ id: 3 }, { id: 4, name: 'given' }]);
    await repository.upsertMany([{ id: 5, count: undefined }]);
    const { items } = await repository.list();
    expect(items.map(({ id, createdAt: _, updatedAt: __, ...rest }) => ({ id, ...rest }))).toEqual([
      { id: 1, ...defaults },
      { id: 2, ...defaults },
      { id: 3, ...defaults },
      { id: 4, ...defaults, name: 'given' },
      { id: 5, ...defaults },
    ]);
    for (const { createdAt, updatedAt } of items) {
      expect(createdAt).toBeGreaterThanOrEqual(before);
      expect(createdAt).toBeLessThanOrEqual(now());
      expect(updatedAt).toBe(createdAt);
    }
  });

  test('null is not left out: it is stored where the column may be null', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    await repository.insertMany([{ id: 1, noted: null }, { id: 2 }]);
    const { items } = await repository.list();
    expect(items.map(({ noted }) => noted)).toEqual([null, 'none']);
  });

  test('the instants the store sets can be given, and an update sets the one of changes anew', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    await repository.insert({ id: 1, createdAt: 5, updatedAt: 6 });
    expect(await repository.get({ id: 1 })).toMatchObject({ createdAt: 5, updatedAt: 6 });
    const before = now();
    await repository.update({ id: 1 }, { count: 1 });
    const updated = await repository.get({ id: 1 });
    expect(updated).toMatchObject({ createdAt: 5, count: 1 });
    expect(updated!.updatedAt).toBeGreaterThanOrEqual(before);
    await repository.upsert({ id: 1, count: 2, updatedAt: 7 });
    expect(await repository.get({ id: 1 })).toMatchObject({ createdAt: 5, updatedAt: 7 });
    await repository.upsert({ id: 1, count: 3 });
    const upserted = await repository.get({ id: 1 });
    expect(upserted).toMatchObject({ createdAt: 5, count: 3 });
    expect(upserted!.updatedAt).toBeGreaterThanOrEqual(before);
  });
});
