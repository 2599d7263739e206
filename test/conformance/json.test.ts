// JSON columns give back what was stored, whatever its depth, and take no bare null.

import { int, json, table } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const documents = table(
  'documents',
  {
    id: int(),
    data: json().nullable(),
    settings: json<Record<string, unknown>>().default({ b: [1, "it's"], a: null }),
  },
  { key: ['id'] },
);

const open = (engine: (typeof engines)[number]) => engine.open({ domains: [domainOf(documents)] });

describe.each(engines)('$name', (engine) => {
  test('any JSON value but null', async () => {
    const store = await open(engine);
    const repository = store.repository(documents);
    // JSON itself has no negative zero.
    const value = fc.jsonValue({ noUnicodeString: false, maxDepth: 5 }).filter((each) => each !== null);
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 25 }), async (values) => {
        await repository.deleteMany({});
        await repository.insertMany(values.map((data, id) => ({ id, data })));
        const expected = values.map((data) => JSON.parse(JSON.stringify(data)) as unknown);
        expect((await repository.list()).items.map(({ data }) => data)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test.for<[string, unknown]>([
    ['false', false],
    ['zero', 0],
    ['empty text', ''],
    ['text that is JSON', '{"a":1}'],
    ['an empty list', []],
    ['the word null', 'null'],
    ['nulls inside', { a: null, b: [null, { c: null }] }],
    ['numbers', [1e21, 1.5e-7, 2 ** 53, -1, 0.1]],
    ['marks of all kinds', { 'a"\\\n': "'\u2028👍\ufeff" }],
    ['a NUL', 'a\0b'],
    ['a megabyte', 'ä'.repeat(500_000)],
    ['a deep list', JSON.parse(`${'['.repeat(500)}1${']'.repeat(500)}`)],
  ])('%s', async ([, data]) => {
    const store = await open(engine);
    await store.repository(documents).insert({ id: 1, data });
    expect(await store.repository(documents).get({ id: 1 })).toMatchObject({ id: 1, data });
  });

  test('keys keep their names, also those every object has', async () => {
    const store = await open(engine);
    const data = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":null}') as object;
    await store.repository(documents).insert({ id: 1, data });
    const found = await store.repository(documents).get({ id: 1 });
    expect(Object.keys(found!.data as object)).toEqual(['__proto__', 'constructor', 'toString']);
  });

  test('a default is a value of its own for each record', async () => {
    const store = await open(engine);
    const repository = store.repository(documents);
    await repository.insertMany([{ id: 1 }, { id: 2, settings: {} }, { id: 3 }]);
    const { items } = await repository.list();
    expect(items.map(({ settings }) => settings)).toEqual([
      { b: [1, "it's"], a: null },
      {},
      { b: [1, "it's"], a: null },
    ]);
    items[0]!.settings['b'] = 'changed';
    expect(await repository.get({ id: 3 })).toMatchObject({ settings: { b: [1, "it's"] } });
  });

  test('what JSON would lose is refused, and nothing is stored', async () => {
    const store = await open(engine);
    const repository = store.repository(documents);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const data of [
      { a: Number.NaN },
      [Number.POSITIVE_INFINITY],
      1n,
      { deep: [{ a: 1n }] },
      cycle,
      () => 1,
    ]) {
      const error = await refusal(repository.insert({ id: 1, data }));
      expect(error.code).toBe('RECORD_INVALID');
      expect(error.message).toContain('documents.data');
    }
    expect(await repository.count()).toBe(0);
  });
});
