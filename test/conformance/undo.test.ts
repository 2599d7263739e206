// Undo: what one call or one change did is taken back, bit by bit, or refused with the list of what stands on it.

import { randomUUID } from 'node:crypto';
import { bytes, decimal, instant, int, json, now, type Store, table, text, timestamps } from '@holdfast/core';
import { listHistory, type UndoTarget, undoDraft, undoKind } from '@holdfast/core/history';
import { applyPlan, giveConsent, makePlan } from '@holdfast/core/plan';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../engines/engine.ts';
import { engines } from '../engines.ts';
import { domainOf } from './domain.ts';

const shelves = table(
  'shelves',
  { id: int(), name: text(64).unique(), ...timestamps },
  { key: ['id'], history: 'versions' },
);
const books = table(
  'books',
  {
    shelfId: int().references(shelves, 'id', 'cascade'),
    id: int(),
    title: text(64).nullable(),
    price: decimal(8, 2).nullable(),
    cover: bytes().nullable(),
    read: instant().nullable(),
    extra: json().nullable(),
    ...timestamps,
  },
  { key: ['shelfId', 'id'], history: 'versions' },
);
const domain = {
  ...domainOf(shelves, books),
  resources: [
    { name: 'test.shelf', table: shelves, summary: ['name'] },
    { name: 'test.book', table: books, summary: ['title'] },
  ],
};
const { resources } = domain;

describe.each(engines)('$name', (engine) => {
  const opened = async () => {
    const store = (await engine.open({ domains: [domain] })) as unknown as Store;
    const intents = scratchFolder();
    const undo = async (target: UndoTarget) => {
      const plan = makePlan(await undoDraft(store, resources, target));
      const consent = giveConsent(plan, { by: 'ann', via: 'cli' });
      const actor = { name: 'ann', via: 'cli' };
      return applyPlan({ store, kind: undoKind(resources), plan, consent, actor, intents });
    };
    const rows = async () => [
      (await store.repository(shelves).list({ limit: 1_000 })).items,
      (await store.repository(books).list({ limit: 1_000 })).items,
    ];
    /** Does work under a request of its own. @returns the request */
    const call = async (work: () => Promise<unknown>): Promise<string> => {
      const request = randomUUID();
      await store.as({ request }, work);
      return request;
    };
    return { store, undo, rows, call };
  };

  test('what one call did is taken back, bit by bit', async () => {
    const { store, undo, rows, call } = await opened();
    const [shelf, book] = [store.repository(shelves), store.repository(books)];
    await shelf.insertMany([1, 2, 3].map((id) => ({ id, name: `shelf ${id}` })));
    await book.insertMany([
      { shelfId: 1, id: 1, title: 'one', price: '1.50', cover: new Uint8Array([0, 255, 10]), read: now() },
      { shelfId: 2, id: 1, title: 'two', extra: { a: [1, null, 'x'] } },
      { shelfId: 3, id: 1, title: 'three' },
    ]);
    const before = await rows();
    const request = await call(async () => {
      await shelf.insert({ id: 9, name: 'new' });
      await book.insertMany([
        { shelfId: 9, id: 1 },
        { shelfId: 1, id: 2 },
      ]);
      await shelf.update({ id: 1 }, { name: 'renamed' });
      await book.update({ shelfId: 1, id: 1 }, { title: 'changed', price: '9.99', cover: null });
      await book.update({ shelfId: 1, id: 1 }, { title: 'changed twice' });
      await shelf.delete({ id: 2 });
    });
    const { effects } = await undo({ request });
    expect(effects).toEqual({
      'test.book': { delete: 2, insert: 1, update: 1 },
      'test.shelf': { delete: 1, insert: 1, update: 1 },
    });
    expect(await rows()).toEqual(before);
    const { items } = await listHistory(store, { resources, limit: 3 });
    expect(items.map(({ actor }) => actor)).toEqual(['app', 'app', 'app']);
  });

  test('what was changed again since is not undone, and is named', async () => {
    const { store, undo, rows, call } = await opened();
    const shelf = store.repository(shelves);
    await shelf.insert({ id: 1, name: 'one' });
    const request = await call(() => shelf.update({ id: 1 }, { name: 'eins' }));
    await shelf.update({ id: 1 }, { name: 'uno' });
    const before = await rows();
    await expect(undo({ request })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      exit: 3,
      message: expect.stringContaining('test.shelf 1'),
      hint: 'holdfast history test.shelf 1',
    });
    expect(await rows()).toEqual(before);
  });

  test('what others refer to by now is not taken from under them', async () => {
    const { store, undo, rows, call } = await opened();
    const request = await call(() => store.repository(shelves).insert({ id: 1, name: 'one' }));
    await store.repository(books).insert({ shelfId: 1, id: 7, title: 'stays' });
    const before = await rows();
    await expect(undo({ request })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringContaining('test.book 1/7'),
    });
    expect(await rows()).toEqual(before);
  });

  test('a deleted record gets back what another one had taken over from it', async () => {
    const { store, undo, rows, call } = await opened();
    const shelf = store.repository(shelves);
    for (const [index, name] of ['one', 'two', 'three'].entries()) await shelf.insert({ id: index, name });
    const before = await rows();
    const request = await call(async () => {
      await shelf.delete({ id: 0 });
      await shelf.update({ id: 1 }, { name: 'one' });
      await shelf.update({ id: 2 }, { name: 'two' });
    });
    await undo({ request });
    expect(await rows()).toEqual(before);
    // Whoever took it over later has it by right.
    const deleted = await call(() => shelf.delete({ id: 0 }));
    await shelf.insert({ id: 7, name: 'one' });
    await expect(undo({ request: deleted })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await shelf.get({ id: 7 }))?.name).toBe('one');
  });

  test('the last change of one record, and that undone again', async () => {
    const { store, undo, call } = await opened();
    const shelf = store.repository(shelves);
    await shelf.insert({ id: 1, name: 'one' });
    await shelf.update({ id: 1 }, { name: 'two' });
    const target = { resource: 'test.shelf', id: '1', key: { id: 1 } };
    const request = await call(() => undo(target));
    expect((await shelf.get({ id: 1 }))?.name).toBe('one');
    await undo({ request });
    expect((await shelf.get({ id: 1 }))?.name).toBe('two');
    await expect(undo({ request: randomUUID() })).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' });
  });

  test('whatever a call did, undone the tables are as before', async () => {
    const act = fc.record({
      kind: fc.constantFrom('shelf', 'book', 'rename', 'retitle', 'burn', 'sell'),
      id: fc.integer({ min: 1, max: 3 }),
      word: fc.string({ maxLength: 6, unit: 'grapheme-ascii' }),
      // Few enough for records to take them over from each other.
      name: fc.constantFrom('a', 'b', 'c'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { maxLength: 6 }),
        fc.array(act, { minLength: 1, maxLength: 8 }),
        async (first, second) => {
          const { store, undo, rows, call } = await opened();
          const [shelf, book] = [store.repository(shelves), store.repository(books)];
          const perform = async ({
            kind,
            id,
            word,
            name,
          }: typeof act extends fc.Arbitrary<infer T> ? T : never) => {
            const work: Record<string, () => Promise<unknown>> = {
              shelf: () => shelf.upsert({ id, name }),
              book: () => book.upsert({ shelfId: id, id: word.length, title: word }),
              rename: () => shelf.update({ id }, { name }),
              retitle: () => book.updateMany({ shelfId: id }, { title: word, extra: { word } }),
              burn: () => shelf.delete({ id }),
              sell: () => book.deleteMany({ shelfId: id }),
            };
            await work[kind]!().catch(() => undefined);
          };
          for (const each of first) await perform(each);
          const before = await rows();
          const request = await call(async () => {
            for (const each of second) await perform(each);
          });
          await undo({ request }).catch((error: { code: string }) => {
            // Nothing was done, or all of it was undone by itself.
            if (error.code !== 'RECORD_NOT_FOUND') throw error;
          });
          expect(await rows()).toEqual(before);
          await store.close();
        },
      ),
      { numRuns: 8 },
    );
  });
});
