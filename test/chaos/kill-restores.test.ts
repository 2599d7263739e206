// Restores into living stores that are killed: the store is as before or as after, and the next start says which.
// HOLDFAST_KILLS, set to anything, kills at every step.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '@holdfast/core';
import { createBackup, livingPlans } from '@holdfast/core/archive';
import { recoverIntents } from '@holdfast/core/plan';
import { describe, expect, test } from 'vitest';
import { furnish, house, live, tables } from '../conformance/fixtures/house.ts';
import { start } from '../conformance/processes.ts';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';

/** Each kill is a process of its own: without it, those between which something changes. */
const everywhere = process.env['HOLDFAST_KILLS'] !== undefined;

const recordsOf = async (store: Store): Promise<unknown> => {
  const all: unknown[] = [];
  for (const table of tables) {
    const { items } = await store.repository(table).list({ limit: 1_000 });
    all.push(
      items.map(({ heat: _heat, metricsAt: _at, code: _code, ...row }: Record<string, unknown>) => row),
    );
  }
  return all;
};

/** A store that has gone on since it was backed up. */
async function lived(engine: TestEngine) {
  const [url, folder] = [await engine.url(), scratchFolder()];
  const open = async (): Promise<Store> =>
    (await engine.open({ url, domains: [house], keyFile: join(folder, 'secret.key') })) as unknown as Store;
  const store = await open();
  await furnish(store);
  const then = await recordsOf(store);
  const path = join(folder, 'one.sma');
  await createBackup(store, { path });
  await live(store);
  const before = await recordsOf(store);
  await store.close();
  return { url, folder, path, open, then, before };
}

describe.each(engines)('$name', (engine) => {
  test.each([
    ['into', ['loading lamps', 'proving parts', 'done']],
    ['replace', ['proving lamps', 'done']],
  ])('%s', { timeout: 240_000 }, async (how, few) => {
    const whole = await lived(engine);
    const { steps } = (await start(
      'restore-steps',
      how,
      whole.url,
      whole.folder,
      whole.path,
      'none',
    ).message()) as {
      steps: string[];
    };
    expect(steps).toEqual(expect.arrayContaining(few));
    const outcomes = new Set<string>();
    for (const step of everywhere ? steps : few) {
      const { url, folder, path, open, then, before } = await lived(engine);
      const killed = await start('restore-steps', how, url, folder, path, step).ended;
      expect(killed, step).toEqual({ exit: null, signal: 'SIGKILL', errors: '' });
      const store = await open();
      const intents = join(folder, 'intents');
      const { plans } = await recoverIntents({ store, intents, kinds: [livingPlans] });
      const state = JSON.stringify(await recordsOf(store));
      const after = state === JSON.stringify(then);
      if (!after) expect(state, step).toBe(JSON.stringify(before));
      outcomes.add(after ? 'after' : 'before');
      expect(await store.doctor(), step).toEqual([]);
      expect(await store.check(), step).toEqual([]);
      for (const plan of plans) expect(plan.outcome, step).toBe(after ? 'after' : 'before');
      if (existsSync(intents)) expect(readdirSync(intents), step).toEqual([]);
      await store.close();
      // What is left of it is in nobody's way.
      if (!everywhere && step !== few[0]) continue;
      const again = (await start('restore-steps', how, url, folder, path, 'none').message()) as {
        steps: string[];
      };
      expect(again.steps, step).toContain('done');
      const last = await open();
      expect(await recordsOf(last), step).toEqual(then);
    }
    expect([...outcomes].toSorted()).toEqual(['after', 'before']);
  });
});
