// kill -9 in the middle of everything a writer does, on every engine: the next process finds every unit of work as
// before or as after, each confirmed one included, a sound database, and goes on.
// HOLDFAST_KILLS sets the number of kills for each engine (default 6).

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { type Domain, isHoldfastError, type Store } from '@holdfast/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, type TestEngine } from '../engines.ts';
import { domainAfter, doUnit, stages, stateAfter, stateOf, unitWith } from './fixtures/units.ts';

const kills = Number(process.env['HOLDFAST_KILLS'] ?? 6);

/** Parts of one that spread evenly, however many are asked for. */
const spread = (index: number): number => (0.1 + index * 0.618) % 1;

/** Runs a process until it is killed. @returns the last thing it said */
async function untilKilled(fixture: string, ...args: readonly (string | number)[]): Promise<unknown> {
  const script = fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url));
  const child = fork(script, args.map(String), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said: unknown;
  child.on('message', (message) => {
    said = message;
  });
  let errors = '';
  child.stderr!.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const [, signal] = await once(child, 'close');
  expect(errors).toBe('');
  expect(signal).toBe('SIGKILL');
  return said;
}

/** A server goes on with what it was sent until it notices that nobody is there. The test itself has no store open. */
async function untilAlone(engine: TestEngine, url: string): Promise<void> {
  const store = await engine.open({ url });
  for (;;) {
    const { open, server = open } = (await store.engine.stats()).connections;
    if (server <= open) break;
    await wait(10);
  }
  await store.close();
}

/** Opens the store with the program of so many units, or where its database is one migration ahead, with the next. */
async function openAfter(engine: TestEngine, url: string, confirmed: number): Promise<Store> {
  const open = async (units: number): Promise<Store> =>
    (await engine.open({ url, domains: [domainAfter(units)] })) as unknown as Store;
  const bare = await engine.open({ url });
  const { transactionalDdl } = bare.engine.capabilities;
  await bare.close();
  // Where DDL commits by itself, the next version's program brings a half-done migration to its end.
  if (!transactionalDdl) return open(confirmed + 1);
  try {
    return await open(confirmed);
  } catch (error) {
    if (!isHoldfastError(error) || error.code !== 'DATABASE_NEWER') throw error;
    return open(confirmed + 1);
  }
}

const sound = async (store: Store): Promise<void> => {
  expect(await store.check()).toEqual([]);
  expect(await store.doctor()).toEqual([]);
};

describe.each(engines)('$name', (engine) => {
  test(`${kills} killed writers leave whole units`, { timeout: 60_000 + kills * 10_000 }, async () => {
    const url = await engine.url(30_000);
    let done = 0;
    let [inside, before] = [0, 0];
    for (let round = 0; round < kills; round++) {
      const stage = stages[round % stages.length]!;
      const confirmed = Number((await untilKilled('write', url, done, stage, spread(round))) ?? done);
      // The stage when it came for the second time.
      if (confirmed === unitWith(stage, unitWith(stage, done) + 1)) inside++;
      await untilAlone(engine, url);
      const store = await openAfter(engine, url, confirmed);
      await sound(store);
      const state = await stateOf(store);
      const asBefore = isDeepStrictEqual(state, stateAfter(confirmed));
      done = asBefore ? confirmed : confirmed + 1;
      expect(state, `${confirmed} units confirmed, then killed in: ${stage}`).toEqual(stateAfter(done));
      if (asBefore) before++;
      await store.close();
    }
    expect(inside).toBeGreaterThan(0);

    let store = await openAfter(engine, url, done);
    const upgrade = async (domain: Domain): Promise<void> => {
      store = (await engine.open({ url, domains: [domain] })) as unknown as Store;
    };
    for (let unit = 0; unit < 6; unit++, done++) await doUnit({ store, upgrade, stage: () => {} }, done);
    expect(await stateOf(store)).toEqual(stateAfter(done));
    await sound(store);
    process.stdout.write(
      `${engine.name}: killed ${kills} writers, ${inside} in the stage that was meant, ${before} units as before, ${kills - before} as after\n`,
    );
  });

  const creations = Math.ceil(kills / 4);
  test(`${creations} kills while a database is made`, { timeout: 60_000 + creations * 40_000 }, async () => {
    let unmade = 0;
    // On a busy machine a kill may come too late; then there are more.
    for (let round = 0; round < creations || (unmade === 0 && round < 4 * creations); round++) {
      const url = await engine.url(30_000);
      const others = [await engine.url(), await engine.url()];
      const said = await untilKilled('create', spread(round), ...others, url);
      if (said === undefined) unmade++;
      await untilAlone(engine, url);
      const store = await openAfter(engine, url, 0);
      await sound(store);
      expect(await stateOf(store)).toEqual(stateAfter(0));
      await doUnit({ store, upgrade: async () => {}, stage: () => {} }, 0);
      expect(await stateOf(store)).toEqual(stateAfter(1));
      await store.close();
    }
    expect(unmade).toBeGreaterThan(0);
    process.stdout.write(`${engine.name}: killed ${unmade} while they made a database\n`);
  });
});
