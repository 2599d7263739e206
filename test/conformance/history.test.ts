// The past of records: what each was at any moment, what changed in between, and who changed it.

import { bigint, bool, bytes, decimal, instant, int, json, now, real, table, text } from '@holdfast/core';
import { listAsOf, listDiff, listHistory, recordAsOf } from '@holdfast/core/history';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const things = table(
  'things',
  {
    kind: text(16),
    number: int(),
    name: text(64).nullable(),
    big: bigint().nullable(),
    ratio: real().nullable(),
    price: decimal(10, 2).nullable(),
    on: bool().default(false),
    since: instant().nullable(),
    data: bytes().nullable(),
    extra: json().nullable(),
    heat: real().metric(),
  },
  { key: ['kind', 'number'], history: 'versions' },
);
const domain = {
  ...domainOf(things),
  resources: [{ name: 'test.thing', table: things, summary: ['name'] }],
};
const resources = domain.resources;

/** Waits until the clocks of store and engine have moved on. */
const later = async (): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 3));
  const at = now();
  await new Promise((resolve) => setTimeout(resolve, 3));
  return at;
};

describe.each(engines)('$name', (engine) => {
  const opened = () => engine.open({ domains: [domain] });

  test('a record is at each moment what it was then', async () => {
    const store = await opened();
    const key = { kind: 'a', number: 1 };
    const repository = store.repository(things);
    const before = await later();
    await repository.insert({
      ...key,
      name: 'one',
      big: 2n ** 60n,
      price: '1.50',
      data: new Uint8Array([0, 255]),
    });
    const first = await later();
    await repository.update(key, { name: 'two', extra: { deep: [1, { x: null }] } });
    const second = await later();
    await repository.delete(key);
    const third = await later();
    await repository.insert({ ...key, name: 'again' });
    expect(await recordAsOf(store, things, key, before)).toBeUndefined();
    expect(await recordAsOf(store, things, key, first)).toMatchObject({
      name: 'one',
      big: 2n ** 60n,
      price: '1.50',
      extra: null,
    });
    expect(await recordAsOf(store, things, key, second)).toMatchObject({
      name: 'two',
      extra: { deep: [1, { x: null }] },
    });
    expect(await recordAsOf(store, things, key, third)).toBeUndefined();
    expect(await recordAsOf(store, things, key, now())).toMatchObject({ name: 'again', big: null });
  });

  test('lists of the past are filtered, ordered and cut into pages like those of today', async () => {
    const store = await opened();
    const repository = store.repository(things);
    const rows = Array.from({ length: 25 }, (_, number) => ({ kind: 'k', number, name: `n${number % 5}` }));
    await repository.insertMany(rows);
    const at = await later();
    await repository.deleteMany({ number: { lt: 10 } });
    await repository.updateMany({ number: { gte: 20 } }, { name: 'changed' });
    await repository.insert({ kind: 'k', number: 99, name: 'n1' });
    const numbers: number[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listAsOf<typeof things>>> = await listAsOf(store, things, at, {
        where: { name: 'n1' },
        orderBy: [['number', 'desc']],
        limit: 2,
        after,
      });
      numbers.push(...page.items.map(({ number }) => number));
      after = page.next;
    } while (after !== null);
    expect(numbers).toEqual([21, 16, 11, 6, 1]);
    await expect(listAsOf(store, things, at, { where: { heat: { gt: 1 } } })).rejects.toMatchObject({
      code: 'QUERY_INVALID',
    });
  });

  test('moments that are none of ours are refused by name', async () => {
    const store = await opened();
    const key = { kind: 'a', number: 1 };
    await expect(recordAsOf(store, things, key, now() + 60e6)).rejects.toMatchObject({
      code: 'MOMENT_INVALID',
    });
    await expect(recordAsOf(store, things, key, 0)).rejects.toMatchObject({ code: 'MOMENT_INVALID' });
    const from = now();
    const to = from - 1;
    await expect(listDiff(store, { resources, from, to })).rejects.toMatchObject({ code: 'MOMENT_INVALID' });
  });

  test('the timeline tells created, updated and deleted, by whom, before and after', async () => {
    const store = await opened();
    const key = { kind: 'a', number: 1 };
    const repository = store.repository(things);
    await store.as({ actor: 'ann', via: 'api', reason: 'new' }, () =>
      repository.insert({ ...key, name: 'one' }),
    );
    await repository.update(key, { name: 'two', heat: 5 });
    await repository.update(key, { heat: 6 });
    await repository.update(key, { name: 'two' });
    await store.as({ actor: 'bob' }, () => repository.delete(key));
    const { items } = await listHistory(store, { resources, key });
    expect(items).toMatchObject([
      { id: 'a/1', change: 'deleted', actor: 'bob', before: { name: 'two' }, after: null },
      {
        change: 'updated',
        actor: 'app',
        before: { name: 'one' },
        after: { name: 'two' },
        fields: [{ path: 'name', before: 'one', after: 'two' }],
      },
      { change: 'created', actor: 'ann', via: 'api', reason: 'new', before: null, after: { name: 'one' } },
    ]);
    expect(Object.keys(items[1]!.before!)).toEqual(['name']);
  });

  test('pages of the timeline miss nothing and repeat nothing', async () => {
    const store = await opened();
    const repository = store.repository(things);
    for (let number = 0; number < 7; number++) await repository.insert({ kind: 'p', number });
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listHistory>> = await listHistory(store, {
        resources,
        limit: 3,
        after,
      });
      ids.push(...page.items.map(({ id }) => id));
      after = page.next;
    } while (after !== null);
    expect(ids).toEqual(['p/6', 'p/5', 'p/4', 'p/3', 'p/2', 'p/1', 'p/0']);
  });

  test('what another program does is there, and nobody is credited with it', async () => {
    const url = await engine.url();
    const store = await engine.open({ url, domains: [domain] });
    await engine.exec(url, "INSERT INTO things (kind, number, name) VALUES ('x', 1, 'one')");
    await engine.exec(url, "UPDATE things SET name = 'two'");
    await engine.exec(url, 'DELETE FROM things');
    const { items } = await listHistory(store, { resources });
    expect(items.map(({ change, actor }) => [change, actor])).toEqual([
      ['deleted', 'external'],
      ['updated', 'external'],
      ['created', 'external'],
    ]);
  });

  test('a moment in the middle of a transaction shows nothing of it, before its end and after', async () => {
    const store = await opened();
    const repository = store.repository(things);
    await repository.insert({ kind: 'a', number: 1, name: 'before' });
    await later();
    const namesAt = async (at: number): Promise<unknown[]> =>
      (await listAsOf(store, things, at)).items.map(({ name }) => name);
    const moments: number[] = [];
    await store.transaction(async (transaction) => {
      const inside = transaction.repository(things);
      await inside.update({ kind: 'a', number: 1 }, { name: 'first' });
      moments.push(await later());
      await inside.insert({ kind: 'a', number: 2, name: 'second' });
      await inside.update({ kind: 'a', number: 1 }, { name: 'third' });
      moments.push(await later());
      if (!store.engine.capabilities.readsBeside) return;
      for (const moment of moments) expect(await namesAt(moment)).toEqual(['before']);
    });
    for (const moment of moments) expect(await namesAt(moment)).toEqual(['before']);
    expect(await namesAt(await later())).toEqual(['third', 'second']);
  });

  test('a diff is what differs, not all that happened', async () => {
    const store = await opened();
    const repository = store.repository(things);
    await repository.insertMany([1, 2, 3].map((number) => ({ kind: 'd', number, name: `n${number}` })));
    const from = await later();
    await repository.update({ kind: 'd', number: 1 }, { name: 'x', extra: { b: 1, a: 2 } });
    await repository.update({ kind: 'd', number: 2 }, { name: 'y' });
    await repository.update({ kind: 'd', number: 2 }, { name: 'n2' });
    await repository.delete({ kind: 'd', number: 3 });
    await repository.insert({ kind: 'd', number: 4 });
    await repository.insert({ kind: 'd', number: 5 });
    await repository.delete({ kind: 'd', number: 5 });
    const to = await later();
    await repository.update({ kind: 'd', number: 1 }, { name: 'later' });
    const read = async (limit: number): Promise<unknown[]> => {
      const found: unknown[] = [];
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listDiff>> = await listDiff(store, {
          resources,
          from,
          to,
          limit,
          after,
        });
        found.push(
          ...page.items.map(({ id, change, fields }) => [id, change, fields.map(({ path }) => path)]),
        );
        after = page.next;
      } while (after !== null);
      return found;
    };
    const expected = [
      ['d/1', 'updated', ['name', 'extra']],
      ['d/3', 'deleted', []],
      ['d/4', 'created', []],
    ];
    expect(await read(50)).toEqual(expected);
    expect(await read(1)).toEqual(expected);
  });

  test('as-of is the table as it was copied then, whatever happened since', async () => {
    const step = fc.record({
      number: fc.integer({ min: 0, max: 5 }),
      act: fc.constantFrom('put', 'put', 'put', 'rename', 'delete', 'several', 'fail'),
      name: fc.option(fc.string({ maxLength: 5, unit: 'grapheme-ascii' })),
      big: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      extra: fc.option(
        fc.jsonValue({ maxDepth: 2, noUnicodeString: true } as never).filter((value) => value !== null),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const store = await opened();
        const repository = store.repository(things);
        const copies: { at: number; rows: unknown[] }[] = [];
        const rows = async (): Promise<unknown[]> => (await repository.list({ limit: 100 })).items;
        for (const { number, act, name, big, extra } of steps) {
          const key = { kind: 'p', number };
          const put = { ...key, name, big, extra: extra as never };
          if (act === 'put') await repository.upsert(put);
          else if (act === 'rename') await repository.updateMany({ number }, { name });
          else if (act === 'delete') await repository.delete(key);
          else
            await store
              .transaction(async (transaction) => {
                const inside = transaction.repository(things);
                await inside.upsert(put);
                await inside.upsert({ ...put, number: number + 1 });
                await inside.delete({ kind: 'p', number: number + 2 });
                if (act === 'fail') throw new Error('taken back');
              })
              .catch(() => undefined);
          copies.push({ at: await later(), rows: await rows() });
        }
        for (const { at, rows: copied } of copies) {
          expect((await listAsOf(store, things, at, { limit: 100 })).items).toEqual(copied);
          const paged: unknown[] = [];
          let after: string | null = null;
          do {
            const page: Awaited<ReturnType<typeof listAsOf<typeof things>>> = await listAsOf(
              store,
              things,
              at,
              { limit: 2, after },
            );
            paged.push(...page.items);
            after = page.next;
          } while (after !== null);
          expect(paged).toEqual(copied);
        }
        await store.close();
      }),
      { numRuns: 6 },
    );
  });
});
