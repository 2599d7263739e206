// Backup and restore between all engines: what comes back is what was there, credentials included, and it can be used.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bigint, type Domain, int, now, real, type Store, table, text } from '@holdfast/core';
import {
  ArchiveReader,
  type BackupOptions,
  type BackupResult,
  bytesSource,
  createBackup,
  createKeyFile,
  openFileSource,
  PassphraseKey,
  type RestoreOptions,
  type RestoreResult,
  type RowProgress,
  recordProof,
  restoreArchive,
  testRestore,
  type UnlockKey,
} from '@holdfast/core/archive';
import { recordAsOf } from '@holdfast/core/history';
import { addSource, archives, credentialsOf, historyGaps, requireSource } from '@holdfast/core/system';
import { appsDomain } from '@holdfast/domains/apps';
import { coach } from '@holdfast/domains/coach';
import { dns } from '@holdfast/domains/dns';
import { proxmox } from '@holdfast/domains/proxmox';
import { shelly } from '@holdfast/domains/shelly';
import { describe, expect, onTestFinished, test } from 'vitest';
import { thisProcess } from '../../packages/core/src/job/owner.ts';
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

/** Waits until the clocks of store and engine have moved on. */
const later = async (): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 3));
  const at = now();
  await new Promise((resolve) => setTimeout(resolve, 3));
  return at;
};

/** What histories say that records were. */
async function pastOf(store: Store, moments: readonly number[]) {
  const found: unknown[] = [];
  for (const at of moments) {
    const safe = await recordAsOf(store, safes, { id: 1 }, at);
    found.push(
      await recordAsOf(store, notes, { id: 8, part: 'p2' }, at),
      await recordAsOf(store, notes, { id: 10, part: 'p1' }, at),
      [safe?.code.reveal(), safe?.spare?.reveal()],
    );
  }
  return found;
}

const backedUp = async (store: Store, options: Partial<BackupOptions> = {}): Promise<BackupResult> =>
  createBackup(store, { path: join(scratchFolder(), 'one.sma'), ...options });

const read = async (path: string, ...keys: UnlockKey[]): Promise<ArchiveReader> => {
  const source = await openFileSource(path);
  onTestFinished(() => source.close());
  return ArchiveReader.open(source, { keys });
};

const restored = async (
  reader: ArchiveReader | ArchiveReader[],
  url: string,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreResult> =>
  restoreArchive(Array.isArray(reader) ? reader : [reader], {
    url,
    domains,
    by,
    keyFile: join(scratchFolder(), 'secret.key'),
    ...options,
  });

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
    const moments = [await later()];
    await store.repository(notes).update({ id: 8, part: 'p2' }, { size: 2n ** 62n });
    await store.repository(notes).delete({ id: 10, part: 'p1' });
    await store.repository(safes).update({ id: 1 }, { code: 'again', spare: 'now' });
    moments.push(await later());
    await store.repository(safes).delete({ id: 1 });
    moments.push(await later());
    const past = await pastOf(store, moments);
    expect(past.map((each) => Array.isArray(each) && each[0])).toContain('again');
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
      expect(await pastOf(other, moments)).toEqual(past);
      await other.repository(notes).update({ id: 8, part: 'p2' }, { size: 5n });
      const gaps = await other.repository(historyGaps).list({ where: { tableName: 'notes' } });
      expect(gaps.items).toMatchObject([{ cause: 'RESTORED', until: expect.any(Number) }]);
      const versions = await other.engine.read((session) =>
        session.all({ sql: 'SELECT count(*) FROM notes_history WHERE id = 8' }, []),
      );
      expect(Number(versions[0]![0])).toBe(3);
    }
    expect(digests.size).toBe(1);
  });
});

/** A store with little in it, for what is not about its content. */
async function small(engine: TestEngine): Promise<Store> {
  const store = await openOn(engine);
  await store.repository(notes).insertMany(Array.from({ length: 50 }, (_, id) => ({ id, part: 'a' })));
  await store.repository(safes).insertMany([
    { id: 1, code: 'sesame one', spare: 'sesame spare' },
    { id: 2, code: 'sesame two', spare: null },
  ]);
  return store;
}

const passphrase = (): PassphraseKey => new PassphraseKey('correct horse');

describe.each(engines)('$name', (engine) => {
  test('without a key, secrets are left out, counted and told; nothing of them is in the file', async () => {
    const store = await small(engine);
    const backup = await backedUp(store, { compression: 'none' });
    // Two records and, of the history, nothing: an insert keeps no old image.
    expect(backup.omittedSecrets).toBe(3);
    const bytes = readFileSync(backup.path);
    const sealed = await store.engine.read((session) => session.all({ sql: 'SELECT code FROM safes' }, []));
    for (const word of ['sesame', ...sealed.map(([value]) => String(value))])
      expect(bytes.includes(word), word).toBe(false);
    const url = await engine.url();
    const keyFile = join(scratchFolder(), 'secret.key');
    const { warnings } = await restored(await read(backup.path), url, { keyFile });
    expect(warnings).toEqual(['3 secrets are not in the archive: enter them again']);
    const other = (await engine.open({ url, domains, keyFile })) as unknown as Store;
    const safe = await other.repository(safes).get({ id: 1 });
    expect([safe!.code.reveal(), safe!.spare]).toEqual(['', null]);
  });

  test('a database that holds records is refused, and stays as it is', async () => {
    const store = await small(engine);
    const { path } = await backedUp(store);
    const url = await engine.url();
    const living = await openOn(engine, url);
    await living.repository(notes).insert({ id: 1, part: 'mine' });
    await living.close();
    for (const dryRun of [true, false])
      await expect(restored(await read(path), url, { dryRun })).rejects.toMatchObject({
        code: 'RESTORE_NOT_EMPTY',
        details: { table: 'notes' },
      });
    const again = await openOn(engine, url);
    expect((await again.repository(notes).list({})).items).toMatchObject([{ id: 1, part: 'mine' }]);
  });

  test('one that was made but holds nothing is replaced', async () => {
    const { path } = await backedUp(await small(engine));
    const url = await engine.url();
    await (await openOn(engine, url)).close();
    await restored(await read(path), url);
    expect(await (await openOn(engine, url)).repository(notes).count({})).toBe(50);
  });

  test('damage that shows while rows come in leaves nothing, and the next restore goes through', async () => {
    const key = passphrase();
    const { path } = await backedUp(await small(engine), { keys: [key] });
    const whole = readFileSync(path);
    const good = await read(path, key);
    const { offset, stored } = good.chunksOf({ table: 'notes' })[0]!;
    const bad = Buffer.from(whole);
    bad[offset + stored - 5]! ^= 1;
    const url = await engine.url();
    const damaged = await ArchiveReader.open(bytesSource(bad), { keys: [key] });
    await expect(restored(damaged, url)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' });
    await expect(engine.open({ url, domains, mustExist: true })).rejects.toMatchObject({
      code: 'DATABASE_NOT_FOUND',
    });
    await restored(good, url);
    expect(await (await openOn(engine, url)).repository(notes).count({})).toBe(50);
  });

  test('a restore that was broken off keeps everybody out until it is repeated', async () => {
    const { path } = await backedUp(await small(engine));
    const url = await engine.url();
    const reader = await read(path);
    await restored(reader, url);
    // As a killed process leaves a server: the mark is there, and rows are.
    const quote = engine.name === 'mysql' ? '`' : '"';
    const columns = ['domain', 'id', 'checksum', 'applied_at', 'applied_by']
      .map((name) => `${quote}${name}${quote}`)
      .join(', ');
    await engine.exec(
      url,
      `INSERT INTO holdfast_migrations (${columns}) SELECT 'restore', '0000-unfinished', '${reader.header.id}', applied_at, applied_by FROM holdfast_migrations WHERE domain = 'test'`,
    );
    await expect(engine.open({ url, domains })).rejects.toMatchObject({
      code: 'RESTORE_UNFINISHED',
      details: { archive: reader.header.id },
    });
    await restored(reader, url);
    expect(await (await openOn(engine, url)).repository(notes).count({})).toBe(50);
  });

  test('cancelled at any table, nothing is left of it', async () => {
    const store = await small(engine);
    const folder = scratchFolder();
    const path = join(folder, 'one.sma');
    for (const stop of ['counting', 'reading'] as const) {
      const controller = new AbortController();
      const onProgress = ({ phase, table: at }: RowProgress): void => {
        if (phase === stop && at === 'notes') controller.abort();
      };
      const options = { path, signal: controller.signal, onProgress };
      await expect(createBackup(store, options)).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(readdirSync(folder)).toEqual([]);
    }
    expect(await store.repository(archives).count({})).toBe(0);
    const key = await createKeyFile(join(scratchFolder(), 'archive.key'));
    await createBackup(store, { path, keys: [key] });
    const reader = await read(path, key);
    const url = await engine.url();
    for (const stop of ['loading', 'proving'] as const) {
      const home = scratchFolder();
      const controller = new AbortController();
      const onProgress = ({ phase, table: at }: RowProgress): void => {
        if (phase === stop && at === 'notes') controller.abort();
      };
      const options = { signal: controller.signal, onProgress, keyFile: join(home, 'secret.key') };
      await expect(restored(reader, url, options)).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(readdirSync(home)).toEqual([]);
      await expect(engine.open({ url, domains, mustExist: true })).rejects.toMatchObject({
        code: 'DATABASE_NOT_FOUND',
      });
    }
    await restored(reader, url);
  });

  test('an archive of a newer program is refused, one of an older program is brought up', async () => {
    const older = domainOf(kinds, notes, safes);
    const tags = table('tags', { id: int(), label: text(20).default('none') }, { key: ['id'] });
    const newer: Domain = {
      ...older,
      tables: [...older.tables, tags],
      migrations: [...older.migrations, { id: '0002-tags', steps: [{ createTables: [tags.spec] }] }],
    };
    const open = (of: Domain, url?: string): Promise<Store> =>
      engine.open({ ...(url === undefined ? {} : { url }), domains: [of] }) as unknown as Promise<Store>;
    const before = await open(older);
    await before.repository(notes).insert({ id: 1, part: 'a' });
    const { path } = await backedUp(before);
    const url = await engine.url();
    await restored(await read(path), url, { domains: [newer] });
    const store = await open(newer, url);
    await store.repository(tags).insert({ id: 1 });
    expect(await store.repository(notes).count({})).toBe(1);
    expect(await store.doctor()).toEqual([]);
    const next = await backedUp(store);
    const fresh = await engine.url();
    await expect(restored(await read(next.path), fresh, { domains: [older] })).rejects.toMatchObject({
      code: 'DATABASE_NEWER',
      exit: 3,
    });
    await expect(engine.open({ url: fresh, mustExist: true })).rejects.toMatchObject({
      code: 'DATABASE_NOT_FOUND',
    });
  });

  test('a selection brings along what it refers to, and the rest comes back empty', async () => {
    const store = await filled(engine);
    const backup = await backedUp(store, { only: ['proxmox.vm', 'safes'] });
    const names = backup.tables.map(({ table: name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['safes', 'safes_history', 'holdfast_sources', 'proxmox_vms']),
    );
    for (const absent of ['notes', 'kinds', 'holdfast_users']) expect(names).not.toContain(absent);
    const url = await engine.url();
    const { warnings } = await restored(await read(backup.path), url);
    expect(warnings).toContain('the archive is of a part, proxmox.vm, safes: all else is empty');
    const other = await openOn(engine, url);
    expect(await other.repository(safes).count({})).toBe(2);
    expect(await other.repository(kinds).count({})).toBe(0);
    await expect(backedUp(store, { only: ['nothing.here'] })).rejects.toMatchObject({
      code: 'RESOURCE_UNKNOWN',
    });
  });

  test('a choice of data classes brings what is critical along; histories can be left out', async () => {
    const store = await small(engine);
    await store.repository(notes).update({ id: 7, part: 'a' }, { size: 1n });
    const backup = await backedUp(store, { only: ['operational'], histories: false });
    const names = backup.tables.map(({ table: name }) => name);
    for (const { spec } of domains.flatMap(({ tables }) => tables))
      if (spec.dataClass === 'critical') expect(names).toContain(spec.name);
    expect(names).toContain('holdfast_users');
    const rowsOf = ({ tables }: BackupResult, wanted: string): number | undefined =>
      tables.find(({ table: name }) => name === wanted)?.rows;
    const whole = await backedUp(store, { histories: false });
    expect(rowsOf(whole, 'notes')).toBe(50);
    for (const { table: name, kind, rows } of whole.tables)
      if (kind === 'history' || name === 'holdfast_journal') expect([name, rows]).toEqual([name, 0]);
    // It is no archive of everything that others would go on from by themselves.
    const register = store.repository(archives);
    expect((await register.get({ id: whole.id }))!.selection).toContain('proxmox');

    await store.repository(notes).update({ id: 7, part: 'a' }, { size: 2n });
    const reader = await read(whole.path);
    const next = await backedUp(store, { since: { type: 'incremental', archive: reader } });
    expect(rowsOf(next, 'notes')).toBe(1);
    expect(rowsOf(next, 'notes_history')).toBe(0);
    const url = await engine.url();
    const { warnings } = await restored([reader, await read(next.path)], url);
    expect(warnings).toEqual([
      '3 secrets are not in the archive: enter them again',
      expect.stringMatching(/^histories are not in the archive/),
    ]);
    const other = await openOn(engine, url);
    expect(await other.doctor()).toEqual([]);
    // The past begins with the archive, and that is said.
    const early = recordAsOf(other, notes, { id: 7, part: 'a' }, now() - 3_600_000_000);
    await expect(early).rejects.toMatchObject({ code: 'MOMENT_INVALID' });
  });

  test('a test restore proves the archive, and leaves nothing behind', async () => {
    const store = await small(engine);
    const key = passphrase();
    const backup = await backedUp(store, { keys: [key] });
    const folder = scratchFolder();
    const proof = await testRestore([await read(backup.path, key)], { domains, folder });
    expect(proof).toMatchObject({ rows: backup.rows, tables: backup.tables.length });
    expect(readdirSync(folder)).toEqual([]);
    await recordProof(store, backup.id, true);
    expect(await store.repository(archives).get({ id: backup.id })).toMatchObject({
      proof: 'proven',
      provenAt: expect.any(Number),
    });
  });
});

test('values that the other engine cannot keep are named by the dry run, refused, or kept as near as can be', async () => {
  const [sqlite, postgres] = engines;
  const store = await openOn(sqlite!);
  await store.repository(kinds).insertMany([
    { ...hostileRows[0]!, id: 1, text: 'a\0b' },
    { ...hostileRows[1]!, id: 2, text: 'c\0d' },
  ]);
  const { path } = await backedUp(store);
  const url = await postgres!.url();
  const reader = await read(path);
  const dry = await restored(reader, url, { dryRun: true });
  expect(dry.tables.find(({ table: name }) => name === 'kinds')).toMatchObject({ inserted: 2, lossy: 2 });
  expect(dry.losses).toMatchObject([
    { table: 'kinds', key: '1', column: 'text', why: expect.stringMatching(/./) },
    { table: 'kinds', key: '2', column: 'text' },
  ]);
  await expect(restored(reader, url)).rejects.toMatchObject({ code: 'VALUE_LOSSY', exit: 3 });
  const near = await restored(reader, url, { lossy: 'nearest' });
  expect(near.tables).toEqual(dry.tables);
  expect(near.warnings).toEqual(['2 values cannot be kept as they are']);
});

test('a restore that was killed leaves a file beside, which the next one removes', async () => {
  const [sqlite] = engines;
  const { path } = await backedUp(await small(sqlite!));
  const folder = scratchFolder();
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const owner = thisProcess().split('/').with(1, String(gone)).join('~');
  for (const suffix of ['', '-wal', '-shm'])
    writeFileSync(join(folder, `new.db.restoring~${owner}~0123456789ab${suffix}`), 'half');
  // Of a process on another host nobody can tell here.
  const elsewhere = `new.db.restoring~elsewhere~1~2~3~0123456789ab`;
  writeFileSync(join(folder, elsewhere), 'half');
  writeFileSync(join(folder, 'new.db-wal'), 'of a database that is gone');
  await restored(await read(path), `sqlite:${join(folder, 'new.db')}`);
  expect(readdirSync(folder)).toEqual(['new.db', elsewhere]);
  await openOn(sqlite!, `sqlite:${join(folder, 'new.db')}`);
});
