// Everything in a living store replaced by an archive, and put back.

import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Store } from '@holdfast/core';
import {
  ArchiveReader,
  changePlaces,
  createBackup,
  createKeyFile,
  openFileSource,
  replaceStore,
} from '@holdfast/core/archive';
import { archives, auditLogs, historyGaps } from '@holdfast/core/system';
import { describe, expect, onTestFinished, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { furnish, house, live, tables } from './fixtures/house.ts';

const by = { name: 'ann', via: 'cli' };

const recordsOf = async (store: Store): Promise<unknown> => {
  const all: [string, unknown][] = [];
  for (const table of tables) {
    const { items } = await store.repository(table).list({ limit: 1_000 });
    all.push([table.name, items.map((row) => ({ ...row, code: undefined }))]);
  }
  return Object.fromEntries(all);
};

/** What scratches and swaps have made beside the database. */
const beside = async (engine: TestEngine, url: string): Promise<string[]> => {
  if (engine.name === 'sqlite')
    return readdirSync(dirname(url.replace(/^sqlite:/, ''))).filter((name) =>
      /scratch|before|swap/.test(name),
    );
  const sql =
    engine.name === 'postgres'
      ? `SELECT nspname FROM pg_namespace WHERE nspname ~ ('^(holdfast_scratch|' || current_schema() || '_before_restore)')`
      : `SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE concat('holdfast\\_', left(sha2(database(), 256), 12), '%')`;
  return (await engine.query(url, sql)).map(([name]) => String(name));
};

describe.each(engines)('$name', (engine) => {
  test('a dry run writes nothing, a failure leaves nothing, a replacement can be put back', async () => {
    const [url, keyFile] = [await engine.url(), join(scratchFolder(), 'secret.key')];
    onTestFinished(async () => {
      if (engine.name === 'sqlite') return;
      const kind = engine.name === 'postgres' ? 'SCHEMA' : 'DATABASE';
      for (const name of await beside(engine, url))
        await engine.exec(url, `DROP ${kind} IF EXISTS ${name}${kind === 'SCHEMA' ? ' CASCADE' : ''}`);
    });
    const open = async (): Promise<Store> =>
      (await engine.open({ url, domains: [house], keyFile })) as unknown as Store;
    const store = await open();
    await furnish(store);
    const then = await recordsOf(store);
    const path = join(scratchFolder(), 'one.sma');
    const archiveKey = await createKeyFile(join(scratchFolder(), 'archive.key'));
    const { rows } = await createBackup(store, { path, keys: [archiveKey] });
    await live(store);
    const before = await recordsOf(store);
    const known = async (of: Store): Promise<unknown[]> =>
      (await of.repository(archives).list({})).items.map(({ id, path: at, root }) => ({ id, at, root }));
    const later = join(scratchFolder(), 'later.sma');
    await createBackup(store, { path: later });
    const listed = await known(store);
    expect(listed).toHaveLength(2);
    const source = await openFileSource(path);
    onTestFinished(() => source.close());
    const archive = await ArchiveReader.open(source, { keys: [archiveKey] });

    const dry = await replaceStore(store, [archive], { keyFile, by, dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, recordsRestored: rows });
    for (const phase of ['loading', 'proving']) {
      const controller = new AbortController();
      const onProgress = ({ phase: at, table }: { phase: string; table: string }): void => {
        if (at === phase && table === 'lamps') controller.abort();
      };
      const folder = scratchFolder();
      const fresh = { keyFile: join(folder, 'secret.key'), by, signal: controller.signal, onProgress };
      await expect(replaceStore(store, [archive], fresh), phase).rejects.toMatchObject({
        code: 'CANCELLED',
      });
      expect(readdirSync(folder), phase).toEqual([]);
    }
    expect(await beside(engine, url)).toEqual([]);
    expect(await recordsOf(store)).toEqual(before);

    const real = await replaceStore(store, [archive], { keyFile, by });
    expect([real.tables, real.digest]).toEqual([dry.tables, dry.digest]);
    await store.close();
    const replaced = await open();
    expect(replaced.engine.recovered).toBeUndefined();
    expect(await recordsOf(replaced)).toEqual(then);
    expect([await replaced.doctor(), await replaced.check()]).toEqual([[], []]);
    // The archive that it was restored from, and the one that was made afterwards, are in no archive's register.
    expect(await known(replaced)).toEqual(listed);
    expect((await replaced.repository(historyGaps).list({})).items).toContainEqual(
      expect.objectContaining({ tableName: 'rooms', cause: 'RESTORED' }),
    );
    expect((await replaced.repository(auditLogs).list({ where: { action: 'restore' } })).items).toMatchObject(
      [{ actor: 'ann', entityId: archive.header.id }],
    );

    const { kept } = await changePlaces(replaced, real.kept!);
    await replaced.close();
    const back = await open();
    expect(await recordsOf(back)).toEqual(before);
    expect([await back.doctor(), await back.check()]).toEqual([[], []]);
    expect(await beside(engine, url)).toEqual([expect.stringContaining(kept.split('/').at(-1)!)]);
  });
});
