// A savepoint undoes what its own work did and nothing else, however deep, also when several run at once.

import { int, real, type Store, type Transaction, table } from '@holdfast/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';
import { refusal } from './refusal.ts';

const things = table('things', { id: int(), load: real().metric() }, { key: ['id'] });
const open = (engine: TestEngine) => engine.open({ domains: [domainOf(things)] });
const ids = async (store: Pick<Store, 'repository'>) =>
  (await store.repository(things).list({ limit: 10_000 })).items.map(({ id }) => id);

/** Work in a tree of savepoints: a number is inserted, a list is a savepoint, `fails` throws at its end. */
type Tree = number | { readonly steps: readonly Tree[]; readonly fails: boolean };

class Expected extends Error {}

async function perform(tx: Transaction, steps: readonly Tree[]): Promise<void> {
  for (const step of steps) {
    if (typeof step === 'number') {
      await tx.repository(things).upsert({ id: step });
      continue;
    }
    const inner = tx.savepoint(async () => {
      await perform(tx, step.steps);
      if (step.fails) throw new Expected();
    });
    await inner.catch((error: unknown) => expect(error).toBeInstanceOf(Expected));
  }
}

const kept = (steps: readonly Tree[]): number[] =>
  steps.flatMap((step) => (typeof step === 'number' ? [step] : step.fails ? [] : kept(step.steps)));

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium' },
    fc.integer({ min: 0, max: 30 }),
    fc.record({ steps: fc.array(tie('tree'), { maxLength: 4 }), fails: fc.boolean() }),
  ),
}));

/** Fails as soon as some of the rows are written, while the others still are; `ended` when they no longer are. */
function failing(rows: readonly { id: number }[]) {
  const fails = Promise.withResolvers<never>();
  const ended = Promise.withResolvers<void>();
  const work = (tx: Transaction): Promise<unknown> => {
    const writing = tx
      .repository(things)
      .insertMany(rows, { onProgress: () => fails.reject(new Expected()) });
    void writing.then(
      () => ended.resolve(),
      () => ended.resolve(),
    );
    return Promise.all([writing, fails.promise]);
  };
  return { work, ended: ended.promise };
}

describe.each(engines)('$name', (engine) => {
  test('any nesting of savepoints keeps what its unfailed branches did', async () => {
    const store = await open(engine);
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { maxLength: 5 }), async (steps) => {
        await store.repository(things).deleteMany({});
        await store.transaction((tx) => perform(tx, steps));
        expect(await ids(store)).toEqual([...new Set(kept(steps))].sort((a, b) => a - b));
      }),
      { numRuns: 40 },
    );
  });

  test('it gives back what its work gave', async () => {
    const store = await open(engine);
    expect(await store.transaction((tx) => tx.savepoint(async () => 7))).toBe(7);
  });

  test('several at once are as if one after another', async () => {
    const store = await open(engine);
    await store.transaction(async (tx) => {
      const repository = tx.repository(things);
      const settled = await Promise.allSettled([
        repository.insert({ id: 1, load: 1 }),
        repository.insertMany(Array.from({ length: 9_000 }, (_, index) => ({ id: 100 + index }))),
        tx.savepoint(async () => {
          await repository.insert({ id: 2, load: 2 });
          await Promise.all([repository.insert({ id: 3, load: 3 }), tx.savepoint(async () => {})]);
          throw new Expected();
        }),
        repository.insertMany([{ id: 4 }, { id: 1 }]),
        repository.insert({ id: 5, load: 5 }),
      ]);
      expect(settled.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'rejected',
        'fulfilled',
      ]);
    });
    const found = await ids(store);
    expect(found).toHaveLength(9_002);
    expect(found.filter((id) => id < 100)).toEqual([1, 5]);
  });

  test('a transaction that fails while a batch of it still runs takes the batch back too', async () => {
    const store = await open(engine);
    const many = Array.from({ length: 30_000 }, (_, id) => ({ id }));
    const { work, ended } = failing(many);
    await expect(store.transaction(work)).rejects.toBeInstanceOf(Expected);
    await ended;
    expect(await store.repository(things).count()).toBe(0);
    await store.repository(things).insert({ id: 1 });
    expect(await ids(store)).toEqual([1]);
  });

  test('the same inside a savepoint', async () => {
    const store = await open(engine);
    const many = Array.from({ length: 30_000 }, (_, id) => ({ id: id + 10 }));
    await store.transaction(async (tx) => {
      await tx.repository(things).insert({ id: 1 });
      const { work, ended } = failing(many);
      await expect(tx.savepoint(() => work(tx))).rejects.toBeInstanceOf(Expected);
      await tx.repository(things).insert({ id: 2 });
      await ended;
    });
    expect(await ids(store)).toEqual([1, 2]);
  });

  test('a batch that fails half way leaves the transaction as it was before it', async () => {
    const store = await open(engine);
    await store.transaction(async (tx) => {
      const repository = tx.repository(things);
      await repository.insert({ id: 6_000 });
      const rows = Array.from({ length: 7_000 }, (_, id) => ({ id }));
      expect((await refusal(repository.insertMany(rows))).code).toBe('CONFLICT');
      expect(await repository.count()).toBe(1);
    });
    expect(await ids(store)).toEqual([6_000]);
  });
});
