// A value that does not fit is refused by table and column through every way in, and nothing of the call is stored.

import { join } from 'node:path';
import { bigint, bool, int, oneOf, real, Secret, table, text, uuid } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, scratchFolder } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table(
  'things',
  {
    id: int(),
    realName: text(8).default('x'),
    size: bigint().nullable(),
    load: real().nullable(),
    on: bool().default(false),
    state: oneOf('up', 'down').default('up'),
    ref: uuid().nullable(),
    token: text(12).nullable().secret(),
    heat: real().metric(),
  },
  { key: ['id'] },
);

const bad: [string, Record<string, unknown>][] = [
  ['real_name', { realName: '\ud800' }],
  ['real_name', { realName: 'a'.repeat(9) }],
  ['real_name', { realName: null }],
  ['size', { size: 2n ** 63n }],
  ['size', { size: 1 }],
  ['load', { load: Number.NaN }],
  ['load', { load: Number.POSITIVE_INFINITY }],
  ['on', { on: 1 }],
  ['state', { state: 'UP' }],
  ['ref', { ref: 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11' }],
  ['heat', { heat: Number.NEGATIVE_INFINITY }],
  ['token', { token: 'a secret far too long' }],
  ['token', { token: new Secret('a secret far too long') }],
];

describe.each(engines)('$name', (engine) => {
  test.for(bad)('%s in %o', async ([column, patch]) => {
    const store = await engine.open({ domains: [domainOf(things)], keyFile: join(scratchFolder(), 'key') });
    const repository = store.repository(things);
    await repository.insert({ id: 0 });
    const before = await repository.list();
    const row = { id: 1, ...patch } as { id: number };
    const calls = {
      insert: () => repository.insert(row),
      upsert: () => repository.upsert(row),
      insertMany: () => repository.insertMany([{ id: 2 }, row, { id: 3 }]),
      upsertMany: () => repository.upsertMany([{ id: 2 }, row, { id: 3 }]),
      update: () => repository.update({ id: 0 }, patch),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await refusal(call);
      expect(error, name).toMatchObject({ code: 'RECORD_INVALID', exit: 2, status: 422 });
      expect(error.message, name).toContain(`.${column}: expected`);
      expect(error.details, name).toMatchObject({ column });
      expect(JSON.stringify(error) + String(error.stack)).not.toContain('far too long');
    }
    expect(await repository.list()).toEqual(before);
  });

  test('a mandatory column that is left out is named', async () => {
    const needy = table('needy', { id: int(), name: text() }, { key: ['id'] });
    const store = await engine.open({ domains: [domainOf(needy)] });
    const repository = store.repository(needy);
    const row = { id: 1 } as { id: number; name: string };
    for (const call of [
      () => repository.insert(row),
      () => repository.upsert(row),
      () => repository.insertMany([{ id: 0, name: 'a' }, row]),
    ])
      expect((await refusal(call)).message).toMatch(/^needy\.name: expected well-formed text, got nothing/);
    expect(await repository.count()).toBe(0);
  });

  test('a key of the wrong kind is refused, not searched', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    for (const id of ['1', 1.5, null, undefined, Number.NaN]) {
      const key = { id } as { id: number };
      for (const call of [
        () => repository.get(key),
        () => repository.delete(key),
        () => repository.update(key, { on: true }),
      ])
        expect((await refusal(call)).message).toContain('things.id: expected a whole number');
    }
  });

  test('in a batch, the row is named too', async () => {
    const store = await engine.open({ domains: [domainOf(things)] });
    const repository = store.repository(things);
    const rows = Array.from({ length: 100 }, (_, id) => ({ id, heat: 1 }) as { id: number; load?: number });
    rows[67]!.load = Number.NaN;
    expect(await refusal(repository.insertMany(rows))).toMatchObject({
      message: expect.stringMatching(/^things\.load: .* \(row 68 of 100\)$/),
      details: { table: 'things', column: 'load', row: 67 },
    });
    const gauges = [{ id: 1 }, { id: 2, heat: 1 }, { id: 3, heat: Number.NaN }];
    expect((await refusal(repository.upsertMany(gauges))).details).toMatchObject({ column: 'heat', row: 2 });
    expect(await repository.count()).toBe(0);
  });
});
