// Segments: what is critical to the minute, written without a key, between archives that can be read without them.

import { join } from 'node:path';
import { type Domain, int, type Store, table, text } from '@holdfast/core';
import {
  ArchiveReader,
  type BackupResult,
  createBackup,
  createPrivateKeyFile,
  createSegment,
  openFileSource,
  type RecipientKey,
  readKeyFile,
  readMark,
  restoreArchive,
} from '@holdfast/core/archive';
import { listHistory } from '@holdfast/core/history';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';

const rooms = table(
  'rooms',
  { id: int(), name: text() },
  { key: ['id'], dataClass: 'critical', history: 'versions' },
);
/** Critical, and no trigger sees it. */
const rules = table('rules', { id: int(), text: text() }, { key: ['id'], dataClass: 'critical' });
const lamps = table(
  'lamps',
  { id: int(), room: int().references(rooms, 'id', 'cascade'), note: text() },
  { key: ['id'], dataClass: 'operational', history: 'versions' },
);
/** Without a history, below and above tables that have one. */
const lines = table(
  'lines',
  { id: int(), room: int().references(rooms, 'id', 'cascade'), text: text() },
  { key: ['id'], dataClass: 'informational' },
);
const words = table(
  'words',
  { id: int(), line: int().references(lines, 'id', 'cascade') },
  { key: ['id'], dataClass: 'informational' },
);
const house = domainOf(rooms, rules, lamps, lines, words);
const domains: readonly Domain[] = [house];
const by = { name: 'tester', via: 'cli' };

/** Archives of a store, each locked with a public key and continuing the one before, and what comes back of them. */
async function chainOn(engine: TestEngine, target: TestEngine) {
  const store = (await engine.open({
    domains,
    keyFile: join(scratchFolder(), 'secret.key'),
  })) as unknown as Store;
  const file = join(scratchFolder(), 'private.key');
  const { publicKey } = await createPrivateKeyFile(file);
  const keys: RecipientKey[] = [{ kind: 'sealed', publicKey }];
  const path = () => join(scratchFolder(), 'one.sma');
  return {
    store,
    async take(): Promise<BackupResult> {
      const archive = await readMark(store, keys, 'point');
      const since = archive && ({ type: 'incremental', archive } as const);
      return createBackup(store, { path: path(), keys, ...(since === undefined ? {} : { since }) });
    },
    segment: async () =>
      createSegment(store, { path: path(), keys, since: (await readMark(store, keys, 'segment'))! }),
    async restored(...archives: readonly (BackupResult | undefined)[]): Promise<Store> {
      const chain: ArchiveReader[] = [];
      for (const archive of archives) {
        const source = await openFileSource(archive!.path);
        onTestFinished(() => source.close());
        chain.push(await ArchiveReader.open(source, { keys: [await readKeyFile(file)] }));
      }
      const options = { url: await target.url(), domains, keyFile: join(scratchFolder(), 'secret.key') };
      await restoreArchive(chain, { ...options, by });
      const other = (await target.open(options)) as unknown as Store;
      expect(await other.check()).toEqual([]);
      return other;
    },
  };
}

/** Tables of an archive, with the kinds of their streams. */
const kindsOf = (archive: BackupResult | undefined): Record<string, string> =>
  Object.fromEntries(
    [...Map.groupBy(archive!.tables, (each) => each.table)].map(([name, all]) => [
      name,
      all.map(({ kind }) => kind).join(' '),
    ]),
  );

const idsOf = async (store: Store, of: typeof rooms | typeof lamps | typeof lines | typeof words) =>
  (await store.repository(of).list({ orderBy: [['id', 'asc']] })).items.map(({ id }) => id);

describe.each(engines.map((engine, index) => ({ engine, target: engines[(index + 1) % engines.length]! })))(
  '$engine.name, restored on $target.name',
  ({ engine, target }) => {
    test('what is critical comes back to the minute, the rest as it was, nothing without its parent', async () => {
      const { store, take, segment, restored } = await chainOn(engine, target);
      const ids = [1, 2, 3];
      await store.repository(rooms).insertMany(ids.map((id) => ({ id, name: `room ${id}` })));
      await store.repository(rules).insert({ id: 1, text: 'first' });
      await store.repository(lamps).insertMany(ids.map((id) => ({ id, room: id, note: '' })));
      await store.repository(lines).insertMany(ids.map((id) => ({ id, room: id, text: 'said' })));
      await store.repository(words).insertMany(ids.map((id) => ({ id, line: id })));
      const full = await take();
      expect(await segment()).toBeUndefined();

      // Nothing critical: no segment.
      await store.repository(lamps).update({ id: 1 }, { note: 'dim' });
      await store.repository(lines).insert({ id: 4, room: 1, text: 'more' });
      expect(await segment()).toBeUndefined();

      await store.as({ actor: 'ann', reason: 'moved' }, () =>
        store.repository(rooms).update({ id: 1 }, { name: 'hall' }),
      );
      const one = await segment();
      expect(one).toMatchObject({ type: 'segment', base: full.id });
      expect(kindsOf(one)).toEqual({
        holdfast_journal: 'upserts deletes',
        rooms: 'upserts deletes',
        rooms_history: 'history',
        lamps: 'upserts deletes',
        lamps_history: 'history',
      });

      // A table without a history, by its digest; and then a parent goes, with what it takes along.
      await store.repository(rules).insert({ id: 2, text: 'second' });
      const two = await segment();
      expect(kindsOf(two)).toEqual({ rules: 'rows' });
      expect(await segment()).toBeUndefined();
      await store.repository(rooms).delete({ id: 2 });
      const three = await segment();
      expect(kindsOf(three)).toMatchObject({ lines: 'rows', words: 'rows' });
      expect(kindsOf(three)).not.toHaveProperty('rules');

      const other = await restored(full, one, two);
      expect((await other.repository(rooms).list({ orderBy: [['id', 'asc']] })).items).toMatchObject([
        { name: 'hall' },
        { name: 'room 2' },
        { name: 'room 3' },
      ]);
      expect((await other.repository(lamps).get({ id: 1 }))!.note).toBe('dim');
      expect(await idsOf(other, lines)).toEqual([1, 2, 3]);
      expect(await other.repository(rules).count()).toBe(2);
      const resources = [{ name: 'test.room', table: rooms, summary: ['name'] }];
      const { items } = await listHistory(other, { resources, key: { id: 1 } });
      expect(items.find(({ change }) => change === 'updated')).toMatchObject({ actor: 'ann' });

      const last = await restored(full, one, two, three);
      expect(await idsOf(last, rooms)).toEqual([1, 3]);
      expect(await idsOf(last, lamps)).toEqual([1, 3]);
      expect(await idsOf(last, lines)).toEqual([1, 3, 4]);
      expect(await idsOf(last, words)).toEqual([1, 3]);
    });

    test('the next archive goes on from the one before the segments, which then can go', async () => {
      const { store, take, segment, restored } = await chainOn(engine, target);
      await store.repository(rooms).insert({ id: 1, name: 'one' });
      const full = await take();
      await store.repository(rooms).insert({ id: 2, name: 'two' });
      const between = await segment();
      await store.repository(rooms).insert({ id: 3, name: 'three' });
      const next = await take();
      expect(next).toMatchObject({ type: 'incremental', base: full.id });
      await store.repository(rooms).insert({ id: 4, name: 'four' });
      const later = await segment();
      expect(later).toMatchObject({ base: next.id });
      expect(await idsOf(await restored(full, between), rooms)).toEqual([1, 2]);
      expect(await idsOf(await restored(full, next, later), rooms)).toEqual([1, 2, 3, 4]);
    });
  },
);
