// Archives by schedule, as the loop of a server runs it: across restarts, and caught up after a sleep. On the first engine;
// on every one where HOLDFAST_SCHEDULED is set.

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { now, openStore, type Store } from '@holdfast/core';
import { Scheduler } from '@holdfast/core/job';
import { backupState } from '@holdfast/core/retention';
import { addSource, archiveMarks, archives, jobs } from '@holdfast/core/system';
import { expect, onTestFinished, test } from 'vitest';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { offeredKinds } from '../../packages/server/src/cli/job-kinds.ts';
import { engines } from '../engines.ts';
import { openCli } from './run-cli.ts';

const day = 86_400_000_000;

const tested = process.env['HOLDFAST_SCHEDULED'] === undefined ? engines.slice(0, 1) : engines;

test.for(tested)('$name', { timeout: 120_000 }, async (engine) => {
  const url = await engine.url();
  const cli = openCli({ HOLDFAST_JSON: '1', HOLDFAST_DATABASE: url }, { oneProcess: true });
  onTestFinished(() => cli[Symbol.dispose]());
  const nas = join(cli.folder, 'nas');
  mkdirSync(nas);
  for (const words of [
    ['db', 'seed', '--size', '3'],
    ['backup', 'target', 'add', 'nas', `folder:${nas}`],
    ['backup', 'key', 'create', '--out', 'private.key'],
    ['backup', 'schedule', 'set', '--target', 'nas', '--drill-key-file', 'private.key'],
  ])
    expect((await cli.run(...words)).exit, words.join(' ')).toBe(0);

  const data = join(cli.folder, 'holdfast-data');
  const keyFile = join(data, 'secret.key');
  const given = { url, keyFile, intents: join(data, 'intents'), backups: join(data, 'backups') };
  await using store = (await openStore({ url, keyFile, domains, mustExist: true })) as unknown as Store;
  let ahead = 0;
  const failures: unknown[] = [];
  /** A server that lives for as long as there is something to do. */
  const serve = async (): Promise<void> => {
    const scheduler = new Scheduler(store, {
      ...{ kinds: offeredKinds.map(({ kind }) => kind), given, random: () => 0 },
      clock: () => now() + ahead,
      onError: (error) => failures.push(error),
    });
    for (let turns = 0; turns < 5; turns++) {
      await scheduler.turn();
      await scheduler.idle();
      if ((await store.repository(jobs).count({ state: 'queued' })) === 0) break;
    }
    await scheduler.close();
    expect(failures).toEqual([]);
  };
  /** So long nobody looked: the clock went on, and archives grew older. */
  const sleep = async (microseconds: number): Promise<void> => {
    ahead += microseconds;
    for (const { id, takenAt } of (await store.repository(archives).list({ limit: 100 })).items)
      await store.repository(archives).update({ id }, { takenAt: takenAt - microseconds });
    for (const { slot, lock, unchangedUntil } of (await store.repository(archiveMarks).list()).items)
      await store
        .repository(archiveMarks)
        .update({ slot, lock }, { unchangedUntil: unchangedUntil - microseconds });
  };
  const types = async (): Promise<string[]> =>
    (
      await store.repository(archives).list({ where: { prunedAt: null }, orderBy: [['takenAt', 'asc']] })
    ).items.map(({ type }) => type);
  const criticalState = async () => (await backupState(store))[0]!;
  const source = (name: string) => ({ name, domain: 'shelly', settings: { addresses: [] }, credentials: {} });

  await sleep(61_000_000);
  await serve();
  expect(await types()).toEqual(['full']);
  await sleep(61_000_000);
  await serve();
  // Nothing critical has changed, which is as good as an archive.
  expect(await types()).toEqual(['full']);
  expect(await criticalState()).toMatchObject({ ok: true, policyMs: 60_000 });
  expect((await criticalState()).behindMs).toBeLessThan(60_000);

  await addSource(store, source('one'));
  await sleep(61_000_000);
  await serve();
  expect(await types()).toEqual(['full', 'segment']);

  await addSource(store, source('two'));
  await sleep(3 * day);
  expect(await criticalState()).toMatchObject({ ok: false });
  await serve();
  expect(await types()).toEqual(['full', 'segment', 'incremental']);
  expect(await criticalState()).toMatchObject({ ok: true });

  await sleep(8 * day);
  await serve();
  const { items } = await store.repository(jobs).list({ limit: 100 });
  expect(
    items.map(({ kind, state, error }) => [kind, state, error]).filter(([, state]) => state !== 'done'),
  ).toEqual([]);
  expect(new Set(items.map(({ kind }) => kind))).toEqual(
    new Set(['backup', 'backup-copy', 'backup-prune', 'backup-verify']),
  );
  // The segment that an incremental covers has gone after a week, and what is there is on the target, too.
  expect((await types()).filter((type) => type === 'segment')).toEqual([]);
  expect((await types()).at(-1)).toBe('full');
  const sleeping = { limit: 100, where: { proof: 'proven' } } as const;
  expect((await store.repository(archives).list(sleeping)).items.length).toBeGreaterThan(0);
  await sleep(61_000_000);
  await serve();
  const count = (folder: string): number =>
    readdirSync(folder).filter((name) => name.endsWith('.sma')).length;
  expect(count(nas)).toBe((await types()).length);
  expect(count(given.backups)).toBe(count(nas));
});
