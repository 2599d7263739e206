// kill -9 at every moment of an apply, one after the other, and at every moment of bringing it to its end: what was
// planned is done in full or not at all, the next start says which, and nothing is left over. HOLDFAST_KILLS, set to
// anything, kills at every moment on every engine; otherwise at every second, and on servers at every fourth.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '@holdfast/core';
import { type AnyPlanKind, listPlans, recoverIntents } from '@holdfast/core/plan';
import { leases } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { doubling, filesIn, writing } from '../conformance/fixtures/plan-kinds.ts';
import { counters, shared } from '../conformance/fixtures/tables.ts';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { runner } from './run-until-killed.ts';

const run = runner('apply-plan');
const everywhere = process.env['HOLDFAST_KILLS'] !== undefined;

interface Place {
  readonly url: string;
  readonly intents: string;
  readonly files: { readonly folder: string; readonly names: readonly string[]; readonly goOn: boolean };
}

const before = [10, 20, 30];
const after = [20, 40, 60];

async function place(engine: TestEngine, goOn: boolean): Promise<Place> {
  const url = await engine.url(30_000);
  const store = await engine.open({ url, domains: [shared] });
  await store.repository(counters).insertMany([1, 2, 3].map((id) => ({ id, value: id * 10 })));
  await store.close();
  const folder = scratchFolder();
  return {
    url,
    intents: join(folder, 'intents'),
    files: { folder: join(folder, 'out'), names: ['a', 'b', 'c'], goOn },
  };
}

/** The next start: whatever was left is brought to its end. @returns what it said, and how it is now */
async function nextStart(engine: TestEngine, { url, intents, files }: Place) {
  const store = (await engine.open({ url, domains: [shared] })) as unknown as Store;
  const kinds = [doubling(), writing()] as AnyPlanKind[];
  const { plans, setAside } = await recoverIntents({ store, intents, kinds });
  expect(setAside).toEqual([]);
  const again = await recoverIntents({ store, intents, kinds });
  expect(again).toEqual({ plans: [], setAside: [] });
  const left = existsSync(intents) ? readdirSync(intents).filter((name) => !name.endsWith('.draft')) : [];
  expect(left).toEqual([]);
  const { items } = await store.repository(counters).list();
  const records = (await listPlans(store)).items;
  const held = await store.repository(leases).list();
  await store.close();
  // A lease of one that was killed before it began stays until it runs out, or is asked for.
  expect(held.items.every(({ name }) => name.startsWith('plan/'))).toBe(true);
  return {
    told: plans,
    states: records.map(({ state }) => state),
    values: items.map(({ value }) => value),
    files: filesIn(files),
  };
}

describe.each(engines)('$name', (engine) => {
  test('killed at every moment of a transaction, it is before or after', { timeout: 240_000 }, async () => {
    const count = { before: 0, after: 0, told: 0 };
    const stride = everywhere ? 1 : engine === engines[0] ? 2 : 4;
    for (let moment = 1; ; moment += stride) {
      const here = await place(engine, false);
      const passed = await run('double', here.url, here.intents, here.files.folder, false, moment);
      const { told, states, values } = await nextStart(engine, here);
      const done = states.includes('applied');
      expect(values, `moment ${moment}`).toEqual(done ? after : before);
      for (const { outcome } of told) expect(outcome).toBe(done ? 'after' : 'before');
      count[done ? 'after' : 'before']++;
      count.told += told.length;
      if (states.includes('failed')) expect(told).toHaveLength(1);
      expect(states).not.toContain('applying');
      if (passed !== undefined) break;
    }
    expect(Math.min(count.before, count.after, count.told)).toBeGreaterThan(0);
    process.stdout.write(
      `${engine.name}: an apply killed at ${count.before + count.after - 1} moments: ${JSON.stringify(count)}\n`,
    );
  });
});

// What is done outside the database is the same on every engine.
describe.each([true, false])('steps one by one, going on: %s', (goOn) => {
  const engine = engines[0]!;
  const whole = goOn ? ['a', 'b', 'c'] : [];

  test('killed at every moment, it is before or after', { timeout: 240_000 }, async () => {
    let [unbegun, told] = [0, 0];
    for (let moment = 1; ; moment += everywhere ? 1 : 2) {
      const here = await place(engine, goOn);
      const passed = await run('write', here.url, here.intents, here.files.folder, goOn, moment);
      const start = await nextStart(engine, here);
      const all = start.states.includes('applied');
      if (start.told.length === 0 && !all) unbegun++;
      told += start.told.length;
      expect(start.files, `moment ${moment}`).toEqual(all ? ['a', 'b', 'c'] : []);
      if (start.states.includes('failed')) expect(goOn).toBe(false);
      for (const { outcome } of start.told) expect(outcome).toBe(all ? 'after' : 'before');
      if (passed !== undefined) break;
    }
    expect(Math.min(unbegun, told)).toBeGreaterThan(2);
  });

  test('killed again at every moment of being brought to its end, it gets there', {
    timeout: 240_000,
  }, async () => {
    let kills = 0;
    const here = await place(engine, goOn);
    expect(await run('write', here.url, here.intents, here.files.folder, goOn, 'b')).toBeUndefined();
    for (let moment = 1; ; moment++) {
      const passed = await run('write', here.url, here.intents, here.files.folder, 'recover', moment);
      if (passed !== undefined) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(3);
    const { files, told, states } = await nextStart(engine, here);
    expect(files).toEqual(whole);
    expect(states).toEqual([goOn ? 'applied' : 'failed']);
    expect(told).toEqual([]);
  });
});
