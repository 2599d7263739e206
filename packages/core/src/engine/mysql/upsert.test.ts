// An upsert changes the record with its key, or none: the server itself would change any that has some unique value.

import { describe, expect, test } from 'vitest';
import { int, text } from '../../schema/column.ts';
import { table } from '../../schema/table.ts';
import { open, refusal, scratchUrl, withoutServer } from './test-store.ts';

const named = table(
  'named',
  {
    house: text(20),
    room: int(),
    name: text(20).nullable().unique(),
    level: int(),
    note: text().default('-'),
  },
  { key: ['house', 'room'], indexes: [{ columns: ['house', 'level'], unique: true }] },
);
const stored = [
  { house: 'a', room: 1, name: 'one', level: 1, note: 'n' },
  { house: 'a', room: 2, name: 'two', level: 2, note: 'n' },
  { house: 'b', room: 1, name: null, level: 1, note: 'n' },
];

describe.skipIf(withoutServer)('an upsert', () => {
  const filled = async () => {
    const store = await open(await scratchUrl(), { tables: [named] });
    await store.repository(named).insertMany(stored);
    return store.repository(named);
  };

  test.for([
    ['a new key with the name of another', { house: 'c', room: 9, name: 'two', level: 9 }],
    ['a new key in the same house with its level', { house: 'a', room: 9, name: 'x', level: 2 }],
    ['a key that exists with the name of another', { house: 'a', room: 1, name: 'two', level: 1 }],
    ['a key that exists with the level of another', { house: 'a', room: 1, name: 'one', level: 2 }],
    ['a new key with unique values of two others', { house: 'a', room: 9, name: 'one', level: 2 }],
  ] as const)('of %s is a conflict, and changes nothing', async ([, row]) => {
    const records = await filled();
    const fresh = { house: 'z', room: 1, name: 'z', level: 1 };
    for (const work of [
      () => records.upsert(row),
      () => records.upsertMany([fresh, row]),
      () => records.upsertMany([row, fresh]),
      () =>
        records.upsertMany(
          Array.from({ length: 1_200 }, (_, room) =>
            room === 700 ? row : { ...fresh, room, name: `z${room}`, level: room },
          ),
        ),
    ]) {
      const error = await refusal(work());
      expect(error).toMatchObject({ code: 'CONFLICT', exit: 3 });
      expect(error.message).toContain('named');
      expect(`${error.message} ${error.hint} ${error.cause}`).not.toMatch(/'(one|two)'|-two|-one/);
      expect((await records.list()).items).toEqual(stored);
    }
  });

  test('changes only what is given, and frees unique values for those that follow', async () => {
    const records = await filled();
    await records.upsertMany([
      { house: 'a', room: 1, name: null, level: 5 },
      { house: 'a', room: 2, name: 'one', level: 1 },
      { house: 'b', room: 1, name: 'two', level: 1 },
      { house: 'b', room: 2, name: null, level: 2 },
    ]);
    expect((await records.list()).items).toEqual([
      { house: 'a', room: 1, name: null, level: 5, note: 'n' },
      { house: 'a', room: 2, name: 'one', level: 1, note: 'n' },
      { house: 'b', room: 1, name: 'two', level: 1, note: 'n' },
      { house: 'b', room: 2, name: null, level: 2, note: '-' },
    ]);
  });
});
