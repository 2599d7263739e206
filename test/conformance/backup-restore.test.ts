// Backup and restore between all engines: what comes back is what was there, credentials included, and it can be used.

import { join } from 'node:path';
import { bigint, type Domain, int, real, type Store, table, text } from '@holdfast/core';
import {
  ArchiveReader,
  type BackupOptions,
  type BackupResult,
  createBackup,
  createKeyFile,
  openFileSource,
  type RestoreOptions,
  type RestoreResult,
  restoreArchive,
  type UnlockKey,
} from '@holdfast/core/archive';
import { addSource, archives, credentialsOf, historyGaps, requireSource } from '@holdfast/core/system';
import { appsDomain } from '@holdfast/domains/apps';
import { coach } from '@holdfast/domains/coach';
import { dns } from '@holdfast/domains/dns';
import { proxmox } from '@holdfast/domains/proxmox';
import { shelly } from '@holdfast/domains/shelly';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { hostileRows, kinds } from './backup-tables.ts';
import { domainOf } from './domain.ts';

const notes = table(
  'notes',
  { id: int(), part: text(20), size: bigint().nullable(), weight: real().metric({ resolution: 0.1 }) },
  { key: ['id', 'part'], history: 'versions' },
);
const safes = table(
  'safes',
  { id: int(), code: text().secret(), spare: text().nullable().secret() },
  { key: ['id'], history: 'versions' },
);
const torture = domainOf(kinds, notes, safes);
const domains: readonly Domain[] = [torture, proxmox, shelly, dns, appsDomain, coach];
const by = { name: 'tester', via: 'cli' };

const openOn = async (engine: TestEngine, url?: string): Promise<Store> =>
  (await engine.open({
    url: url ?? (await engine.url()),
    domains,
    keyFile: join(scratchFolder(), 'secret.key'),
  })) as unknown as Store;

/** A store with something in every corner. */
async function filled(engine: TestEngine): Promise<Store> {
  const store = await openOn(engine);
  await store.repository(kinds).insertMany(hostileRows.map((row) => ({ ...row })));
  const all = Array.from({ length: 300 }, (_, id) => ({ id, part: `p${id % 3}`, size: BigInt(id) << 40n }));
  await store.repository(notes).insertMany(all);
  await store
    .repository(notes)
    .update({ id: 7, part: 'p1' }, { size: -1n, weight: 0.1 + 0.2, metricsAt: 1_000 });
  await store.repository(notes).delete({ id: 9, part: 'p0' });
  await store.repository(safes).insertMany([
    { id: 1, code: 'first', spare: null },
    { id: 2, code: 'second\n"ü', spare: 'spare' },
  ]);
  await store.repository(safes).update({ id: 1 }, { code: 'changed' });
  for (const domain of domains) await domain.seed?.(store, { size: 12, seed: 3 });
  const credentials = { token: 'r@pve!id=0123', note: 'ümläut' };
  await addSource(store, {
    name: 'lab',
    domain: 'proxmox',
    settings: { endpoint: 'https://lab' },
    credentials,
  });
  return store;
}

const backedUp = async (store: Store, options: Partial<BackupOptions> = {}): Promise<BackupResult> =>
  createBackup(store, { path: join(scratchFolder(), 'one.sma'), ...options });

const read = async (path: string, ...keys: UnlockKey[]): Promise<ArchiveReader> => {
  const source = await openFileSource(path);
  onTestFinished(() => source.close());
  return ArchiveReader.open(source, { keys });
};

const restored = async (
  reader: ArchiveReader,
  url: string,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreResult> =>
  restoreArchive(reader, { url, domains, by, keyFile: join(scratchFolder(), 'secret.key'), ...options });

/** What a restore writes itself, and what opening a database does. */
const ownTables =
  /^holdfast_(settings|settings_history|tracked_tables|history_gaps|audit_logs|archives|journal)$/;
const digestsOf = ({ tables }: BackupResult): Record<string, string> =>
  Object.fromEntries(
    tables
      .filter((each) => !ownTables.test(each.table))
      .map((each) => [each.table, `${each.rows} ${each.digest}`]),
  );

describe.each(engines)('from $name', (source) => {
  test('to every engine: equal table by table, usable, with credentials', { timeout: 300_000 }, async () => {
    const store = await filled(source);
    const key = await createKeyFile(join(scratchFolder(), 'archive.key'));
    const backup = await backedUp(store, { keys: [key], description: 'all of it', createdBy: 'tester' });
    expect(backup).toMatchObject({ type: 'full', proven: false, omittedSecrets: 0 });
    expect(backup.rows).toBe(backup.tables.reduce((sum, { rows }) => sum + rows, 0));
    const reader = await read(backup.path, key);
    expect(reader.header).toMatchObject({
      engine: { name: source.name },
      counts: { records: backup.rows, tables: backup.tables.length },
      metadata: { description: 'all of it', createdBy: 'tester', secrets: 'clear' },
    });
    const { items } = await store.repository(archives).list({});
    expect(items).toMatchObject([{ id: backup.id, rowCount: backup.rows, root: backup.root, proof: 'none' }]);
    const digests = new Set<string>();
    for (const target of engines) {
      const url = await target.url();
      const dry = await restored(reader, url, { dryRun: true });
      const keyFile = join(scratchFolder(), 'secret.key');
      const real = await restored(reader, url, { keyFile });
      expect(dry.tables).toEqual(real.tables);
      expect(dry.digest).toBe(real.digest);
      expect(real).toMatchObject({ success: true, recordsRestored: backup.rows, warnings: [], losses: [] });
      digests.add(real.digest);

      const other = (await target.open({ url, domains, keyFile })) as unknown as Store;
      expect(await other.doctor()).toEqual([]);
      expect(await other.check()).toEqual([]);
      expect(credentialsOf(await requireSource(other, 'lab'))).toEqual({
        token: 'r@pve!id=0123',
        note: 'ümläut',
      });
      const safe = await other.repository(safes).get({ id: 2 });
      expect([safe!.code.reveal(), safe!.spare!.reveal()]).toEqual(['second\n"ü', 'spare']);
      const again = await backedUp(other, { keys: [key] });
      expect(digestsOf(again)).toEqual(digestsOf(backup));
      const second = await read(again.path, key);
      expect(second.header.timeline).not.toBe(reader.header.timeline);
      expect(second.header.timeline).toBe(real.timeline);

      // History goes on, behind a gap that is told.
      await other.repository(notes).update({ id: 8, part: 'p2' }, { size: 5n });
      const gaps = await other.repository(historyGaps).list({ where: { tableName: 'notes' } });
      expect(gaps.items).toMatchObject([{ cause: 'RESTORED', until: expect.any(Number) }]);
      const versions = await other.engine.read((session) =>
        session.all({ sql: 'SELECT count(*) FROM notes_history WHERE id = 8' }, []),
      );
      expect(Number(versions[0]![0])).toBe(2);
    }
    expect(digests.size).toBe(1);
  });
});
