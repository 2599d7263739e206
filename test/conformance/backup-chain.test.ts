// Increments: what has changed since another archive, put together again at every point of the chain.

import { join } from 'node:path';
import { bigint, type Domain, int, json, type Store, table, text } from '@holdfast/core';
import {
  ArchiveReader,
  type BackupOptions,
  type BackupResult,
  createBackup,
  createKeyFile,
  type FileKey,
  openFileSource,
  restoreArchive,
} from '@holdfast/core/archive';
import { proxmox } from '@holdfast/domains/proxmox';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';

const notes = table(
  'notes',
  { id: int(), part: text(20), size: bigint().nullable(), extra: json().nullable() },
  { key: ['id', 'part'], history: 'versions' },
);
const marks = table('marks', { id: bigint(), note: text().secret() }, { key: ['id'], history: 'keys' });
const plain = table('plain', { id: int(), note: text() }, { key: ['id'] });
const torture = domainOf(notes, marks, plain);
const domains: readonly Domain[] = [torture, proxmox];
const by = { name: 'tester', via: 'cli' };

interface Kept {
  readonly backup: BackupResult;
  readonly reader: ArchiveReader;
}

const opened = async (engine: TestEngine, url?: string): Promise<Store> =>
  (await engine.open({
    ...(url === undefined ? {} : { url }),
    domains,
    keyFile: join(scratchFolder(), 'secret.key'),
  })) as unknown as Store;

async function take(store: Store, key: FileKey | undefined, since?: BackupOptions['since']): Promise<Kept> {
  const keys = key === undefined ? [] : [key];
  const path = join(scratchFolder(), 'one.sma');
  const backup = await createBackup(store, { path, keys, ...(since === undefined ? {} : { since }) });
  const source = await openFileSource(path);
  onTestFinished(() => source.close());
  return { backup, reader: await ArchiveReader.open(source, { keys }) };
}

/** The register gains a row with each archive, and opening and restoring leave notes of their own. */
const ownTables =
  /^holdfast_(settings|settings_history|tracked_tables|history_gaps|audit_logs|archives|journal)$/;
const digestsOf = ({ tables }: BackupResult): Record<string, string> =>
  Object.fromEntries(
    tables
      .filter((each) => !ownTables.test(each.table))
      .map((each) => [each.table, `${each.rows} ${each.digest}`]),
  );
const kindsOf = ({ tables }: BackupResult, name: string): string[] =>
  tables.filter((each) => each.table === name).map(({ kind }) => kind);

const change = async (store: Store, round: number): Promise<void> => {
  const n = store.repository(notes);
  await n.insertMany(
    Array.from({ length: 40 }, (_, id) => ({ id: 1_000 * round + id, part: `p${round}`, size: 1n })),
  );
  await n.updateMany({ id: { lt: 20 } }, { size: BigInt(round) << 50n, extra: { round } });
  await n.deleteMany({ id: { gte: 20 + round * 3, lt: 22 + round * 3 } });
  // Gone and back, twice changed, made and gone again.
  await n.delete({ id: 5, part: 'p0' });
  await n.insert({ id: 5, part: 'p0', size: -1n });
  await n.insert({ id: 77_777, part: 'x' });
  await n.delete({ id: 77_777, part: 'x' });
  await store.repository(marks).upsert({ id: 2n ** 60n + BigInt(round), note: `secret ${round}` });
  await store.repository(marks).update({ id: 1n }, { note: `again ${round}` });
  if (round === 2) await store.repository(marks).delete({ id: 2n ** 60n + 1n });
  await store.repository(plain).upsert({ id: round, note: 'untracked' });
};

describe.each(engines)('$name', (engine) => {
  test('every point of a chain comes back as it was', { timeout: 300_000 }, async () => {
    const key = await createKeyFile(join(scratchFolder(), 'archive.key'));
    const store = await opened(engine);
    await store.repository(notes).insertMany(Array.from({ length: 200 }, (_, id) => ({ id, part: 'p0' })));
    await store.repository(marks).insert({ id: 1n, note: 'first' });
    await proxmox.seed!(store, { size: 20, seed: 1 });
    const full = await take(store, key);
    const points: { chain: ArchiveReader[]; wanted: BackupResult }[] = [
      { chain: [full.reader], wanted: full.backup },
    ];
    await change(store, 1);
    const one = await take(store, key, { type: 'incremental', archive: full.reader });
    points.push({ chain: [full.reader, one.reader], wanted: (await take(store, key)).backup });
    expect(one.backup).toMatchObject({ type: 'incremental', base: full.backup.id });
    expect(kindsOf(one.backup, 'notes')).toEqual(['upserts', 'deletes']);
    expect(kindsOf(one.backup, 'plain')).toEqual(['rows']);
    expect(one.backup.tables.find((each) => each.table === 'notes')!.rows).toBe(60);
    expect(kindsOf(one.backup, 'proxmox_vms')).toEqual(['upserts', 'deletes']);
    expect(one.backup.tables.find((each) => each.table === 'proxmox_vms')!.rows).toBe(0);
    await change(store, 2);
    const two = await take(store, key, { type: 'incremental', archive: one.reader });
    points.push({ chain: [full.reader, one.reader, two.reader], wanted: (await take(store, key)).backup });
    await change(store, 3);
    const differential = await take(store, key, { type: 'differential', archive: full.reader });
    points.push({ chain: [full.reader, differential.reader], wanted: (await take(store, key)).backup });

    for (const [index, { chain, wanted }] of points.entries()) {
      const target = engines[index % engines.length]!;
      const url = await target.url();
      const keyFile = join(scratchFolder(), 'secret.key');
      const options = { url, domains, keyFile, by };
      const dry = await restoreArchive(chain, { ...options, dryRun: true });
      const real = await restoreArchive(chain, options);
      expect([dry.tables, dry.digest]).toEqual([real.tables, real.digest]);
      const other = (await target.open({ url, domains, keyFile })) as unknown as Store;
      const again = await take(other, key);
      expect(digestsOf(again.backup), `point ${index}`).toEqual(digestsOf(wanted));
      expect(await other.check()).toEqual([]);
    }
  });

  test('a table whose changes may have gone unseen is whole; so is one of which much has changed', async () => {
    const store = await opened(engine);
    await store.repository(notes).insertMany(Array.from({ length: 3_000 }, (_, id) => ({ id, part: 'p' })));
    const full = await take(store, undefined);
    await store.repository(notes).updateMany({ id: { gte: 0 } }, { size: 1n });
    await store.repository(marks).insert({ id: 1n, note: 'x' });
    const much = await take(store, undefined, { type: 'incremental', archive: full.reader });
    expect(kindsOf(much.backup, 'notes')).toEqual(['rows']);
    expect(kindsOf(much.backup, 'marks')).toEqual(['upserts', 'deletes']);
    const captured = (await store.engine.introspect()).find(({ name }) => name === 'marks')!;
    expect(captured.triggers.length).toBeGreaterThan(0);
    const on = engine.name === 'postgres' ? ' ON marks' : '';
    for (const sql of captured.triggers) {
      const name = /TRIGGER\s+(?:IF NOT EXISTS\s+)?[`"]?(\w+)[`"]?/i.exec(sql)![1];
      await store.engine.autocommit((session) => session.exec(`DROP TRIGGER ${name}${on}`));
    }
    const unseen = await take(store, undefined, { type: 'incremental', archive: much.reader });
    expect(kindsOf(unseen.backup, 'marks')).toEqual(['rows']);
  });

  test('another timeline, a missing middle, a wrong base: named before anything is written', async () => {
    const store = await opened(engine);
    await store.repository(notes).insert({ id: 1, part: 'a' });
    const full = await take(store, undefined);
    const one = await take(store, undefined, { type: 'incremental', archive: full.reader });
    const two = await take(store, undefined, { type: 'incremental', archive: one.reader });
    const other = await take(store, undefined);
    const url = await engine.url();
    const options = { url, domains, by, keyFile: join(scratchFolder(), 'secret.key') };
    for (const [chain, code] of [
      [[full.reader, two.reader], 'CHAIN_BROKEN'],
      [[other.reader, one.reader], 'CHAIN_BROKEN'],
      [[one.reader, two.reader], 'CHAIN_BROKEN'],
      [[], 'CHAIN_BROKEN'],
    ] as const)
      await expect(restoreArchive(chain, options)).rejects.toMatchObject({ code });
    await expect(take(store, undefined, { type: 'differential', archive: one.reader })).rejects.toMatchObject(
      {
        code: 'CHAIN_BROKEN',
      },
    );
    await restoreArchive([full.reader, one.reader], options);
    const restored = await opened(engine, url);
    await expect(
      take(restored, undefined, { type: 'incremental', archive: two.reader }),
    ).rejects.toMatchObject({
      code: 'CHAIN_TIMELINE',
    });
    const next = await take(restored, undefined);
    const mixed = [next.reader, two.reader];
    await expect(restoreArchive(mixed, { ...options, url: await engine.url() })).rejects.toMatchObject({
      code: 'CHAIN_TIMELINE',
    });
  });
});
