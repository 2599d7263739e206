// Limits, orders and cursors that cannot be are refused by name; a cursor fits the query that made it and no other.

import { bigint, bytes, int, json, table, text } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table(
  'things',
  { id: int(), name: text(20), size: bigint().nullable(), data: json().nullable(), raw: bytes().nullable() },
  { key: ['id'] },
);
const others = table('others', { id: int(), name: text(20) }, { key: ['id'] });

async function open(engine: TestEngine) {
  const store = await engine.open({ domains: [domainOf(things, others)] });
  const rows = Array.from({ length: 30 }, (_, id) => ({ id, name: `n${id % 3}`, size: BigInt(id) }));
  await store.repository(things).insertMany(rows);
  await store.repository(others).insertMany(rows.map(({ id, name }) => ({ id, name })));
  return store;
}

describe.each(engines)('$name', (engine) => {
  test.for([0, -1, 1.5, 10_001, Number.NaN, '10' as never, null as never])('a limit of %s', async (limit) => {
    const store = await open(engine);
    expect((await refusal(store.repository(things).list({ limit }))).code).toBe('QUERY_INVALID');
  });

  test('pages are of fifty unless asked otherwise, and the last one says so', async () => {
    const store = await open(engine);
    const repository = store.repository(things);
    await repository.insertMany(Array.from({ length: 30 }, (_, id) => ({ id: 100 + id, name: 'x' })));
    const first = await repository.list();
    expect(first.items).toHaveLength(50);
    expect(await repository.list({ after: first.next })).toMatchObject({ next: null, items: { length: 10 } });
    expect((await repository.list({ limit: 60 })).next).toBeNull();
    expect(await repository.list({ where: { id: -1 } })).toEqual({ items: [], next: null });
  });

  test.for<[string, unknown]>([
    ['JSON', [['data']]],
    ['bytes', [['raw']]],
    ['a column that is not declared', [['nmae']]],
    ['no direction', [['name', 'up']]],
  ])('an order by %s', async ([, orderBy]) => {
    const store = await open(engine);
    const error = await refusal(store.repository(things).list({ orderBy: orderBy as never }));
    expect(error).toMatchObject({ code: 'QUERY_INVALID', exit: 2 });
  });

  test('a cursor of another query is refused', async () => {
    const store = await open(engine);
    const repository = store.repository(things);
    const options = { where: { name: 'n1' }, orderBy: [['size', 'desc']], limit: 3 } as const;
    const { next: after } = await repository.list(options);
    expect((await repository.list({ ...options, limit: 5, after })).items).toHaveLength(5);
    for (const other of [
      { ...options, where: { name: 'n2' } },
      { ...options, where: {} },
      { ...options, orderBy: [['size', 'asc']] as const },
      { ...options, orderBy: [['size', 'desc'], ['name']] as const },
      { ...options, orderBy: [] },
    ])
      expect(await refusal(repository.list({ ...other, after }))).toMatchObject({
        code: 'CURSOR_INVALID',
        exit: 2,
      });
    const { next } = await repository.list({ limit: 1 });
    const foreign = store.repository(others).list({ limit: 1, after: next });
    expect((await refusal(foreign)).code).toBe('CURSOR_INVALID');
  });

  test('a garbled cursor is refused, never answered with an unnamed failure', async () => {
    const store = await open(engine);
    const repository = store.repository(things);
    const options = { orderBy: [['size', 'desc'], ['name']], limit: 3 } as const;
    const { next } = await repository.list(options);
    const plain = JSON.parse(Buffer.from(next!, 'base64url').toString()) as unknown[];
    const packed = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    expect((await repository.list({ ...options, after: packed(plain) })).items).toHaveLength(3);
    const [hash, size, name, id] = plain;
    const forged: unknown[] = [
      [],
      null,
      5,
      'x',
      [hash],
      [hash, size, name],
      [...plain, 1],
      ['other', size, name, id],
      [hash, true, name, id],
      [hash, { n: 'x' }, name, id],
      [hash, {}, name, id],
      [hash, size, [name], id],
    ];
    for (const parts of forged)
      expect((await refusal(repository.list({ ...options, after: packed(parts) }))).code).toBe(
        'CURSOR_INVALID',
      );
    for (const after of ['x', next!.slice(0, -2), `${next!.slice(0, 5)}!${next!.slice(5)}x`, ' ', '\0'])
      expect((await refusal(repository.list({ ...options, after }))).code).toBe('CURSOR_INVALID');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { minLength: 3, maxLength: 3 }), async (values) => {
        const answer = repository.list({ ...options, after: packed([hash, ...values]) });
        const code = await answer.then(
          () => 'CURSOR_INVALID',
          (error: { code?: string }) => error.code,
        );
        expect(code).toBe('CURSOR_INVALID');
      }),
    );
  });
});
