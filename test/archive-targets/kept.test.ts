// Archives of a store on every kind of target: brought there and read back, restored from there by parts, pruned there.

import { createHash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Domain, int, type Store, table, text } from '@holdfast/core';
import {
  type ArchiveRecord,
  createBackup,
  createPrivateKeyFile,
  readKeyFile,
  readMark,
  requireArchive,
} from '@holdfast/core/archive';
import { applyPlan, giveConsent, makePlan } from '@holdfast/core/plan';
import { defaultPolicies, drill, previewPrune, pruneArchivesKind } from '@holdfast/core/retention';
import {
  addTarget,
  bringCopies,
  copyName,
  fileSource,
  listCopies,
  listTargets,
  openNamedTarget,
  openOnTarget,
  removeTarget,
  wantCopies,
} from '@holdfast/core/targets';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { domainOf } from '../conformance/domain.ts';
import { scratchFolder } from '../engines/engine.ts';
import { sqlite } from '../engines/sqlite.ts';
import { all } from './bytes.ts';
import { impatient, targetServers } from './places.ts';
import type { RunningServer } from './server.ts';

const notes = table('notes', { id: int(), text: text() }, { key: ['id'], history: 'versions' });
const domains: readonly Domain[] = [domainOf(notes)];
const actor = { name: 'tester', via: 'cli' };

describe.each(targetServers)('$name', ({ missing, start }) => {
  const lacking = missing();
  let server: RunningServer;
  beforeAll(async () => {
    if (lacking === undefined) server = await start();
  });
  afterAll(async () => server?.stop());

  describe.skipIf(lacking !== undefined)('as a target of a store', () => {
    test('archives are brought, read back, restored without their file, and pruned', async () => {
      const store = (await sqlite.open({
        domains,
        keyFile: join(scratchFolder(), 'secret.key'),
      })) as unknown as Store;
      const { settings, credentials } = await server.place();
      await addTarget(store, 'far', settings, credentials, impatient);
      await expect(addTarget(store, 'far', settings, credentials, impatient)).rejects.toMatchObject({
        code: 'TARGET_CONFIGURED',
      });
      const stored = JSON.stringify(await listTargets(store));
      for (const secret of Object.values(credentials)) expect(stored).not.toContain(JSON.stringify(secret));

      const keyPath = join(scratchFolder(), 'private.key');
      const { publicKey } = await createPrivateKeyFile(keyPath);
      const keys = [{ kind: 'sealed', publicKey } as const];
      const take = async (): Promise<ArchiveRecord> => {
        const archive = await readMark(store, keys, 'point');
        const { id } = await createBackup(store, {
          ...{ path: join(scratchFolder(), 'one.sma'), keys },
          ...(archive === undefined ? {} : { since: { type: 'incremental', archive } }),
        });
        return requireArchive(store, id);
      };
      const rows = Array.from({ length: 3_000 }, (_, id) => ({
        id,
        text: createHash('md5').update(`${id}`).digest('hex'),
      }));
      await store.repository(notes).insertMany(rows);
      const full = await take();
      await store.repository(notes).update({ id: 1 }, { text: 'other' });
      const next = await take();

      // What an upload that broke off has brought is gone on with.
      await wantCopies(store, full, ['far']);
      await wantCopies(store, next, ['far']);
      const place = await openNamedTarget(store, 'far', impatient);
      await using source = await fileSource(full.path);
      const upload = await place.write(copyName(full));
      for await (const bytes of source.read(0, 65_536)) await upload.write(bytes);
      await upload.suspend();
      expect(await all(place.list())).toEqual([]);

      const brought = await bringCopies(store);
      expect(brought.map(({ archive, error }) => [archive, error])).toEqual([
        [full.id, undefined],
        [next.id, undefined],
      ]);
      expect(await bringCopies(store)).toEqual([]);
      expect((await all(place.list())).map(({ size }) => size).toSorted()).toEqual(
        [full.sizeBytes, next.sizeBytes].toSorted(),
      );
      for (const { storedAt, verifiedAt } of await listCopies(store))
        expect([storedAt, verifiedAt]).not.toContain(null);

      rmSync(full.path);
      rmSync(next.path);
      const parts = await openOnTarget(store, 'far', copyName(full));
      expect((await parts.read(full.sizeBytes - 10, 10)).length).toBe(10);
      await expect(parts.read(full.sizeBytes - 10, 11)).rejects.toMatchObject({ code: 'ARCHIVE_TRUNCATED' });
      await parts.close();
      const [proven] = await drill(store, { domains, archive: next.id, keys: [await readKeyFile(keyPath)] });
      expect(proven).toMatchObject({ proven: true, place: `far:${copyName(next)}` });

      const one = { ...defaultPolicies.informational, keepLast: 1, monthly: 0 };
      const policies = { critical: one, important: one, operational: one, informational: one };
      await take();
      const last = await createBackup(store, { path: join(scratchFolder(), 'last.sma'), keys });
      await store.repository(notes).insert({ id: 9_999, text: '' });
      const { draft, retained } = await previewPrune(store, { policies, zone: 'UTC' });
      const plan = makePlan(draft);
      expect(retained.filter(({ keep }) => keep).map(({ archive }) => archive.id)).toEqual([last.id]);
      const apply = (dryRun: boolean) =>
        applyPlan({
          ...{ store, plan, actor, dryRun, kind: pruneArchivesKind, intents: scratchFolder() },
          consent: giveConsent(plan, { by: 'tester', via: 'cli' }),
        });
      const dry = await apply(true);
      expect(await all(place.list())).toHaveLength(2);
      expect((await apply(false)).effects).toEqual(dry.effects);
      expect(dry.effects).toEqual({ archive: { delete: 3 }, copy: { delete: 2 } });
      expect(await all(place.list())).toEqual([]);
      expect(existsSync(last.path)).toBe(true);
      expect(await listCopies(store)).toEqual([]);
      await place.close();
      expect(await removeTarget(store, 'far')).toBe(0);
    });
  });
});
