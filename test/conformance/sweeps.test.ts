// Sweeps tell gone from not seen, and ask before much is taken away, on every engine alike.

import { join } from 'node:path';
import { instant, int, presence, table, text, timestamps } from '@holdfast/core';
import { consentToPlan, requirePlan } from '@holdfast/core/plan';
import {
  type AcceptedPlan,
  requireSweepPlan,
  type SweepResult,
  sweep,
  sweepSetting,
} from '@holdfast/core/sync';
import { absences, addSource, listSources, setSetting, tombstones } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';

/** A key of three kinds, one of them stored in a form of its own by each engine. */
const things = table(
  'things',
  {
    source: text(20),
    made: instant(),
    id: int(),
    name: text(40).nullable(),
    ...presence,
    ...timestamps,
  },
  { key: ['source', 'made', 'id'] },
);

const actor = { name: 'ann', via: 'cli' };
const made = 1_700_000_000_123_000;
const rows = (from: number, to: number, name = 'n') =>
  Array.from({ length: to - from }, (_, index) => ({ source: 'lab', made, id: from + index, name }));

async function open(engine: TestEngine) {
  const folder = scratchFolder();
  const store = await engine.open({ domains: [domainOf(things)], keyFile: join(folder, 'key') });
  await addSource(store, { name: 'lab', domain: 'test', settings: {}, credentials: {} });
  const run = async (seen: ReturnType<typeof rows>, accept?: AcceptedPlan): Promise<SweepResult> => {
    const collector = {
      domain: 'test',
      async *collect() {
        yield { scope: 'all', batches: [{ table: things, rows: seen, owns: { source: 'lab' } }] };
      },
      test: async () => ({}),
    };
    return sweep(store, await listSources(store), [collector], { accept });
  };
  const present = (): Promise<number> => store.repository(things).count({ absentSince: null });
  return { store, run, present, intents: join(folder, 'intents') };
}

describe.each(engines)('$name', (engine) => {
  test('a record is gone after as many complete sweeps as were asked for, and leaves a tombstone', async () => {
    const { store, run, present } = await open(engine);
    await setSetting(store, sweepSetting, { confirmSweeps: 3 }, actor);
    await run(rows(0, 3));
    await run(rows(0, 2));
    expect((await store.repository(absences).list()).items).toMatchObject([
      { tableName: 'things', recordKey: ['lab', made, 2], timesMissed: 1 },
    ]);
    await run(rows(0, 3));
    expect(await store.repository(absences).count()).toBe(0);
    for (const expected of [3, 3, 2]) {
      await run(rows(0, 2));
      expect(await present()).toBe(expected);
    }
    expect(await store.repository(absences).count()).toBe(0);
    expect((await store.repository(tombstones).list()).items).toMatchObject([
      { source: 'lab', recordKey: ['lab', made, 2], cause: null },
    ]);
  });

  test('what is too much is held back, and written under consent to exactly that', async () => {
    const { store, run, present, intents } = await open(engine);
    await setSetting(store, sweepSetting, { changedRecords: 5 }, actor);
    await run(rows(0, 40));
    const seen = [...rows(0, 10, 'other'), ...rows(90, 92)];
    const held = (await run(seen)).sources[0]!.scopes[0]!;
    expect(held).toMatchObject({ created: 2, changed: 0, heldBack: { deleted: 30, changed: 10 } });
    expect(await present()).toBe(42);
    const { plan: id } = held.heldBack!;
    const plan = requireSweepPlan((await requirePlan(store, id)).plan);
    const consent = await consentToPlan(store, id, plan.hash, { by: 'ann', via: 'cli' });
    const result = await run(seen, { id, plan, consent, actor, intents });
    expect(result).toMatchObject({
      complete: true,
      sources: [{ deleted: 30, changed: 10, accepted: { applied: true } }],
    });
    expect(await present()).toBe(12);
    expect(await store.repository(things).count({ name: 'other' })).toBe(10);
    expect(await store.repository(tombstones).count()).toBe(30);
    expect((await requirePlan(store, id)).state).toBe('applied');
  });

  test('a sweep that has secrets is refused with another key than that of the database, and writes nothing', async () => {
    const url = await engine.url();
    const safes = table(
      'safes',
      { source: text(20), id: int(), code: text().nullable().secret(), ...presence, ...timestamps },
      { key: ['source', 'id'] },
    );
    const credentials = { token: 'a' };
    const own = { url, domains: [domainOf(safes)], keyFile: join(scratchFolder(), 'key') };
    const store = await engine.open(own);
    await addSource(store, { name: 'lab', domain: 'test', settings: {}, credentials });
    const [source] = await listSources(store);
    const other = await engine.open({ ...own, keyFile: join(scratchFolder(), 'other') });
    const run = (into: typeof store, code: string | null) => {
      const seen = [{ source: 'lab', id: 1, code }];
      const collector = {
        domain: 'test',
        async *collect() {
          yield { scope: 'all', batches: [{ table: safes, rows: seen, owns: { source: 'lab' } }] };
        },
        test: async () => ({}),
      };
      return sweep(into, [source!], [collector]);
    };
    await expect(run(other, '1234')).rejects.toThrow(/SECRET_KEY_MISSING|holds secrets sealed with key/);
    expect(await store.repository(safes).count()).toBe(0);
    await run(other, null);
    await run(store, '1234');
    const [safe] = (await store.repository(safes).list()).items;
    expect(safe!.code!.reveal()).toBe('1234');
  });
});
