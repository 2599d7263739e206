// Many rows at once are stored all or not at all, whatever their shapes and wherever the bad one stands.

import { int, oneOf, table, text } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table(
  'things',
  {
    id: int(),
    name: text(20).nullable(),
    state: oneOf('on', 'off').default('on'),
    level: int().default(0),
  },
  { key: ['id'], checks: { levelInRange: 'level <= 100' } },
);
const open = async (engine: TestEngine) =>
  (await engine.open({ domains: [domainOf(things)] })).repository(things);
type Given = { id: number; name?: string | null; state?: 'on' | 'off'; level?: number };
const numbered = (count: number): Given[] => Array.from({ length: count }, (_, id) => ({ id }));

describe.each(engines)('$name', (engine) => {
  test.for([0, 1, 19, 20, 21, 4_000, 4_001, 10_007])('%i rows', async (count) => {
    const repository = await open(engine);
    const reported: number[] = [];
    expect(await repository.insertMany(numbered(count), { onProgress: (rows) => reported.push(rows) })).toBe(
      count,
    );
    expect(await repository.count()).toBe(count);
    expect(reported.at(-1) ?? 0).toBe(count);
    expect(reported).toEqual(reported.toSorted((a, b) => a - b));
    expect(await repository.upsertMany(numbered(count))).toBe(count);
    expect(await repository.count()).toBe(count);
  });

  test('rows of different shapes keep their own values', async () => {
    const repository = await open(engine);
    const rows = numbered(100).map((row, index) => ({
      ...row,
      ...(index % 2 === 0 ? { name: `n${index}` } : {}),
      ...(index % 3 === 0 ? { state: 'off' as const } : {}),
      ...(index % 7 === 0 ? { name: null } : {}),
    }));
    await repository.insertMany(rows);
    const { items } = await repository.list({ limit: 100 });
    expect(items).toEqual(rows.map((row) => ({ name: null, state: 'on', level: 0, ...row })));
  });

  test.for([0, 30, 4_500, 4_999])('a value that does not fit in row %i: nothing is stored', async (at) => {
    const repository = await open(engine);
    await repository.insert({ id: -1 });
    const rows = numbered(5_000);
    rows[at]!.state = 'no' as 'on';
    for (const call of [() => repository.insertMany(rows), () => repository.upsertMany(rows)])
      expect(await refusal(call)).toMatchObject({ code: 'RECORD_INVALID', details: { row: at } });
    expect(await repository.count()).toBe(1);
  });

  test.for<[string, (rows: Given[]) => void, string]>([
    ['a key that exists', (rows) => rows.push({ id: -1 }), 'CONFLICT'],
    ['a key that comes twice', (rows) => rows.push({ id: 17 }), 'CONFLICT'],
    ['a value the engine refuses', (rows) => rows.push({ id: 9_999, level: 101 }), 'CHECK_FAILED'],
  ])('%s, after 5,000 good rows: nothing is stored', async ([, spoil, code]) => {
    const repository = await open(engine);
    await repository.insert({ id: -1 });
    const rows = numbered(5_000);
    spoil(rows);
    expect((await refusal(repository.insertMany(rows))).code).toBe(code);
    expect((await repository.list()).items).toEqual([{ id: -1, name: null, state: 'on', level: 0 }]);
    // And the repository goes on.
    expect(await repository.insertMany(numbered(5_000))).toBe(5_000);
  });
});
