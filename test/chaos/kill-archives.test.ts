// kill -9 in the middle of a scheduled backup, its upload, and a prune: no archive is listed that is not whole, every
// one that is kept has all that it goes back to, and the next turn brings it to its end. HOLDFAST_KILLS, set to anything,
// kills at every moment.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { now, type Store } from '@holdfast/core';
import { openFileSource, verifyArchive } from '@holdfast/core/archive';
import { recoverIntents } from '@holdfast/core/plan';
import { drill, previewPrune, pruneArchivesKind, removeLeftovers, runDue } from '@holdfast/core/retention';
import { archives } from '@holdfast/core/system';
import { bringCopies, listCopies, openNamedTarget, targetSource } from '@holdfast/core/targets';
import { expect, test } from 'vitest';
import { scratchFolder } from '../engines/engine.ts';
import { sqlite } from '../engines/sqlite.ts';
import { backUp, keepIn, keptDomains, keyFileOf, notes, onlyNewest } from './fixtures/kept-store.ts';
import { runner } from './run-until-killed.ts';

const run = runner('keep-archives');
const every = process.env['HOLDFAST_KILLS'] !== undefined;

interface Place {
  readonly url: string;
  readonly folder: string;
}

const open = async ({ url, folder }: Place): Promise<Store> =>
  (await sqlite.open({ url, domains: keptDomains, keyFile: keyFileOf(folder) })) as unknown as Store;

/** Whatever is listed, here or on the target, is whole; so is its chain. @returns registered ids */
async function allWhole(store: Store): Promise<string[]> {
  const rows = (await store.repository(archives).list({ where: { prunedAt: null } })).items;
  const ids = new Set(rows.map(({ id }) => id));
  for (const { id, path, base } of rows) {
    expect(base === null || ids.has(base), `${id} has ${base}`).toBe(true);
    const source = await openFileSource(path);
    expect((await verifyArchive(source, { depth: 'stored' })).id).toBe(id);
    await source.close();
  }
  const far = await openNamedTarget(store, 'far');
  const names = new Set<string>();
  for await (const { name } of far.list()) {
    names.add(name);
    if (name.endsWith('.sma')) await verifyArchive(await targetSource(far, name), { depth: 'stored' });
  }
  for (const { file, storedAt } of await listCopies(store))
    if (storedAt !== null) expect(names).toContain(file);
  await far.close();
  return [...ids];
}

/** As many moments as this kills at, spread over all that there are. */
async function killAll(work: string, prepare: () => Promise<Place>, after: (place: Place) => Promise<void>) {
  const counting = await prepare();
  const moments = (await run(work, counting.url, counting.folder, 0))!;
  await after(counting);
  const stride = every ? 1 : Math.ceil(moments / 6);
  for (let moment = 1; moment <= moments; moment += stride) {
    const place = await prepare();
    expect(
      await run(work, place.url, place.folder, moment),
      `moment ${moment} of ${moments}`,
    ).toBeUndefined();
    await after(place);
  }
  process.stdout.write(`${work}: killed at ${Math.ceil(moments / stride)} of ${moments} moments\n`);
}

async function prepared(types: Parameters<typeof backUp>[2]): Promise<Place> {
  const place = { url: await sqlite.url(), folder: scratchFolder() };
  const store = await open(place);
  await keepIn(store, place.folder);
  await backUp(store, place.folder, types);
  await store.repository(notes).insert({ id: 1_000, text: 'not in an archive yet' });
  await store.close();
  return place;
}

test.for(['full', 'segment'] as const)('a %s archive and its upload', { timeout: 240_000 }, async (work) => {
  const left = new Set<number>();
  await killAll(
    work,
    () => prepared(work === 'full' ? [] : ['full']),
    async (place) => {
      const store = await open(place);
      const backups = join(place.folder, 'backups');
      const parts = existsSync(backups)
        ? readdirSync(backups).filter((name) => name.endsWith('.partial'))
        : [];
      left.add(parts.length);
      await allWhole(store);
      await store.repository(notes).upsert({ id: 2_000, text: 'later' });
      const ran = await runDue(store, { folder: backups, type: 'full' });
      expect(ran.removed).toEqual(parts.map((name) => join(backups, name)));
      expect(readdirSync(backups).filter((name) => !name.endsWith('.sma'))).toEqual([]);
      const copies = await bringCopies(store);
      expect(copies.map(({ error }) => error)).not.toContainEqual(expect.anything());
      await allWhole(store);
      expect((await listCopies(store)).every(({ storedAt }) => storedAt !== null)).toBe(true);
      // Of each that the schedule made here, whenever its process died.
      const wanted = (await store.repository(archives).list({ limit: 100 })).items.map(({ id }) => id);
      expect((await listCopies(store)).map(({ archiveId }) => archiveId).toSorted()).toEqual(
        wanted.toSorted(),
      );
      await removeLeftovers(store, backups, now() + 1_000_000);
      const far = readdirSync(join(place.folder, 'far'));
      expect(far.filter((name) => name.endsWith('.partial'))).toEqual([]);
      if (every) expect(await drill(store, { domains: keptDomains })).toMatchObject([{ proven: true }]);
      await store.close();
    },
  );
  if (every && work === 'full') expect([...left]).toContain(1);
});

test('a prune', { timeout: 240_000 }, async () => {
  const outcomes = new Set<string>();
  await killAll(
    'prune',
    () => prepared(['full', 'segment', 'segment', 'incremental', 'full', 'incremental']),
    async (place) => {
      const store = await open(place);
      const intents = join(place.folder, 'intents');
      const { plans, setAside } = await recoverIntents({ store, intents, kinds: [pruneArchivesKind] });
      expect(setAside).toEqual([]);
      for (const { outcome } of plans) outcomes.add(outcome);
      const left = await allWhole(store);
      // All of it, or nothing.
      expect([2, 6]).toContain(left.length);
      const { draft } = await previewPrune(store, onlyNewest);
      // Both segments are one step.
      expect(draft.steps).toHaveLength(left.length === 2 ? 0 : 3);
      const names = (folder: string) =>
        readdirSync(join(place.folder, folder)).filter((name) => name.endsWith('.sma'));
      expect([names('backups').length, names('far').length]).toEqual([left.length, left.length]);
      expect(await recoverIntents({ store, intents, kinds: [pruneArchivesKind] })).toEqual({
        plans: [],
        setAside: [],
      });
      if (existsSync(intents))
        expect(readdirSync(intents).filter((name) => name.endsWith('.intent'))).toEqual([]);
      await store.close();
    },
  );
  expect(outcomes).toContain('after');
});
