// Seeds: the same records byte for byte for the same seed, in any number, sound, and only of the domain's source.

import { type AnyTable, jsonEncoder, type Store } from '@holdfast/core';
import { listSources } from '@holdfast/core/system';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';

const open = async (engine: TestEngine): Promise<Store> =>
  (await engine.open({ domains, keyFile: `${scratchFolder()}/key` })) as unknown as Store;

/** All records of all domains as text, the clocks included. */
async function everything(store: Store): Promise<string> {
  const lines: string[] = [];
  for (const table of domains.flatMap(({ tables }): readonly AnyTable[] => tables)) {
    const encode = jsonEncoder(table);
    const order = table.key.map((property: string) => [property] as const);
    for await (const rows of store.repository(table).stream({ orderBy: order }))
      for (const row of rows) lines.push(`${table.name} ${JSON.stringify(encode(row))}`);
  }
  return lines.join('\n');
}

async function seeded(engine: TestEngine, size: number, seed: number): Promise<Store> {
  const store = await open(engine);
  for (const domain of domains) await domain.seed!(store, { size, seed });
  return store;
}

describe.each(engines)('$name', (engine) => {
  test('the same seed makes the same records byte for byte, another seed others', async () => {
    const one = await everything(await seeded(engine, 60, 7));
    expect(await everything(await seeded(engine, 60, 7))).toBe(one);
    expect(await everything(await seeded(engine, 60, 8))).not.toBe(one);
  });

  test('seeding again changes nothing', async () => {
    const store = await seeded(engine, 60, 7);
    const before = await everything(store);
    for (const domain of domains) await domain.seed!(store, { size: 60, seed: 7 });
    expect(await everything(store)).toBe(before);
  });

  test('any size and seed makes sound records, under a source that is never swept', async () => {
    const store = await open(engine);
    const size = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 }));
    await fc.assert(
      fc.asyncProperty(size, fc.integer({ min: 0, max: 2 ** 31 - 1 }), async (of, seed) => {
        for (const domain of domains) {
          const stored = await domain.seed!(store, { size: of, seed });
          expect(stored).toBeGreaterThanOrEqual(of);
        }
      }),
      { numRuns: 5 },
    );
    expect(await store.check()).toEqual([]);
    expect((await listSources(store)).map(({ name, enabled }) => ({ name, enabled }))).toEqual(
      domains.map(({ name }) => ({ name: `seed-${name}`, enabled: false })).toSorted(byName),
    );
  });

  test.each(domains)('$name fills every table it can, and tells how far it is', async (domain) => {
    const store = await open(engine);
    const told: number[] = [];
    const stored = await domain.seed!(store, {
      size: 6_000,
      seed: 1,
      onProgress: (done, total) => told.push(done / total),
    });
    expect(told).toEqual(told.toSorted((one, other) => one - other));
    expect(told.length).toBeGreaterThan(2);
    expect(told.at(-1)).toBe(1);
    let rows = 0;
    for (const table of domain.tables) rows += await store.repository(table).count();
    expect(rows).toBe(stored);
  });

  test('a seed that is called off keeps whole batches only, and can be taken up again', async () => {
    const store = await open(engine);
    const controller = new AbortController();
    const dns = domains.find(({ name }) => name === 'dns');
    const work = dns!.seed!(store, {
      size: 6_000,
      seed: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await store.repository(dns!.tables[0]!).count()).toBe(5_000);
    await dns!.seed!(store, { size: 6_000, seed: 1 });
    expect(await store.repository(dns!.tables[0]!).count()).toBe(6_000);
  });
});

const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : 1);
