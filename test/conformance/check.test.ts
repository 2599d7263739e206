// The check of the data finds what another program has put in that does not belong there, and says which record.

import { date, decimal, instant, int, real, table, text, uuid } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table(
  'things',
  {
    source: text(10),
    id: int(),
    name: text(10).default('a'),
    day: date().default('2024-02-29'),
    ref: uuid().nullable(),
    price: decimal(5, 2).default('0'),
    load: real().metric(),
    seen: instant().metric(),
  },
  { key: ['source', 'id'] },
);

async function open(engine: TestEngine) {
  const url = await engine.url();
  const store = await engine.open({ url, domains: [domainOf(things)] });
  const rows = Array.from({ length: 30 }, (_, id) => ({ source: 's', id, load: 1 }));
  await store.repository(things).insertMany(rows);
  return { url, store };
}

describe.each(engines)('$name', (engine) => {
  test('sound data has no findings', async () => {
    const { store } = await open(engine);
    expect(await store.check()).toEqual([]);
  });

  test.for([
    ['name', `'far too long a name'`],
    ['day', `'2023-02-29'`],
    ['day', `'yesterday'`],
    ['ref', `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`],
    ['price', `'1.234'`],
    ['price', `'1.5'`],
    ['price', `'-0.00'`],
    ['price', `'much'`],
  ])('%s set to %s', async ([column, value]) => {
    const { url, store } = await open(engine);
    const put = engine.exec(url, `UPDATE things SET ${column} = ${value} WHERE id IN (3, 4)`);
    if (store.engine.capabilities.typedColumns) {
      await put.catch(() => {});
      expect(await store.check()).toEqual([]);
      return;
    }
    await put;
    const findings = await store.check();
    expect(findings.map(({ code, where }) => `${code} ${where}`)).toEqual([
      'DATA_UNSOUND things s/3',
      'DATA_UNSOUND things s/4',
    ]);
    for (const { what, fix } of findings) {
      expect(what).toContain(`things.${column}`);
      expect(fix).not.toBe('');
    }
  });

  test('many bad records are not all listed', async ({ skip }) => {
    const { url, store } = await open(engine);
    skip(store.engine.capabilities.typedColumns, 'columns take no such value');
    await engine.exec(url, `UPDATE things SET price = 'x'`);
    expect(await store.check()).toHaveLength(20);
  });
});
