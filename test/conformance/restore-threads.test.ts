// Restores that are large enough for threads of their own: what is said, refused and cancelled is what a small one says,
// and nothing of one that fails is left.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bigint,
  bytes,
  type Domain,
  instant,
  int,
  json,
  real,
  type Store,
  table,
  text,
} from '@holdfast/core';
import {
  ArchiveReader,
  type ArchiveSource,
  bytesSource,
  createBackup,
  createKeyFile,
  type FileKey,
  type RestoreOptions,
  type RestoreResult,
  replaceStore,
  restoreArchive,
} from '@holdfast/core/archive';
import { describe, expect, test } from 'vitest';
import { engines, scratchFolder, type TestEngine } from '../engines.ts';
import { domainOf } from './domain.ts';

const lumps = table(
  'lumps',
  {
    id: int(),
    body: text(),
    size: bigint().nullable(),
    weight: real(),
    at: instant(),
    more: json().nullable(),
    raw: bytes(),
  },
  { key: ['id'], history: 'versions', indexes: [{ columns: ['at'] }, { columns: ['weight', 'id'] }] },
);
const safes = table('safes', { id: int(), code: text().secret() }, { key: ['id'] });
const domains: readonly Domain[] = [domainOf(lumps, safes)];
const by = { name: 'tester', via: 'cli' };
const rows = 40;

const rowOf = (id: number) => ({
  id,
  body: `${id} ü ${randomBytes(30_000).toString('base64')}`,
  size: id % 3 === 0 ? null : BigInt(id) << 45n,
  weight: id % 5 === 0 ? -0 : id / 3,
  at: 1_772_000_000_000_000 - id * 1_000_003,
  more: id % 4 === 0 ? null : { id, of: ['ä', null, 1.5] },
  raw: randomBytes(300),
});

interface Kept {
  readonly store: Store;
  readonly key: FileKey;
  readonly archive: Buffer;
  readonly keyFile: string;
}

/** Of random text, which no compression makes small. */
async function kept(engine: TestEngine): Promise<Kept> {
  const keyFile = join(scratchFolder(), 'secret.key');
  const url = await engine.url();
  const store = (await engine.open({ url, domains, keyFile })) as unknown as Store;
  await store.repository(lumps).insertMany(Array.from({ length: rows }, (_, id) => rowOf(id)));
  await store.repository(lumps).update({ id: 3 }, { weight: 99 });
  await store.repository(safes).insert({ id: 1, code: 'sesame' });
  const key = await createKeyFile(join(scratchFolder(), 'archive.key'));
  const path = join(scratchFolder(), 'large.sma');
  await createBackup(store, { path, keys: [key] });
  const archive = readFileSync(path);
  // A smaller one is restored at once.
  expect(archive.length).toBeGreaterThan(2 ** 20);
  return { store, key, archive, keyFile };
}

const open = (source: ArchiveSource, key: FileKey): Promise<ArchiveReader> =>
  ArchiveReader.open(source, { keys: [key] });

const restored = (
  reader: ArchiveReader,
  url: string,
  options: Partial<RestoreOptions> = {},
): Promise<RestoreResult> =>
  restoreArchive([reader], { url, domains, by, keyFile: join(scratchFolder(), 'secret.key'), ...options });

describe.each(engines)('$name', (engine) => {
  const absent = (url: string): Promise<void> =>
    expect(engine.open({ url, domains, mustExist: true })).rejects.toMatchObject({
      code: 'DATABASE_NOT_FOUND',
    });

  test('a large restore tells how far it is, and is equal to its archive', async () => {
    const { key, archive } = await kept(engine);
    const reader = await open(bytesSource(archive), key);
    const url = await engine.url();
    const keyFile = join(scratchFolder(), 'secret.key');
    const dry = await restored(reader, url, { dryRun: true });
    const phases = new Set<string>();
    const { digest, recordsRestored, tables } = await restored(reader, url, {
      keyFile,
      onProgress: ({ phase }) => phases.add(phase),
    });
    expect([digest, tables]).toEqual([dry.digest, dry.tables]);
    expect(recordsRestored).toBe(reader.tables.reduce((sum, each) => sum + each.rows, 0));
    expect([...phases]).toEqual(['loading', 'proving']);
    const other = (await engine.open({ url, domains, keyFile })) as unknown as Store;
    expect(await other.doctor()).toEqual([]);
    expect(await other.check()).toEqual([]);
    expect((await other.repository(safes).get({ id: 1 }))!.code.reveal()).toBe('sesame');
    await other.repository(lumps).update({ id: 3 }, { weight: 7 });
  });

  test('it takes the place of a living store', async () => {
    const { store, key, archive, keyFile } = await kept(engine);
    await store.repository(lumps).deleteMany({});
    const reader = await open(bytesSource(archive), key);
    const result = await replaceStore(store, [reader], { keyFile, by });
    expect(result.kept).toEqual(expect.any(String));
    const found = result.tables.find((each) => each.table === 'lumps');
    expect(found).toMatchObject({ inserted: rows });
  });

  test('cancelled, damaged, or cut off from its archive, nothing of it is left', async () => {
    const { key, archive } = await kept(engine);
    const whole = await open(bytesSource(archive), key);
    const url = await engine.url();
    for (const stop of ['loading', 'proving'] as const) {
      const controller = new AbortController();
      const onProgress = ({ phase }: { readonly phase: string }): void => {
        if (phase === stop) controller.abort();
      };
      await expect(restored(whole, url, { signal: controller.signal, onProgress })).rejects.toMatchObject({
        code: 'CANCELLED',
      });
      await absent(url);
    }

    const { offset, stored } = whole.chunksOf({ table: 'lumps' }).at(-1)!;
    const bad = Buffer.from(archive);
    bad[offset + stored - 5]! ^= 1;
    await expect(restored(await open(bytesSource(bad), key), url)).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    });
    await absent(url);

    const lost = new Error('the line is lost');
    const source: ArchiveSource = {
      size: archive.length,
      async read(from, length) {
        if (from === offset) throw lost;
        return archive.subarray(from, from + length);
      },
    };
    await expect(restored(await open(source, key), url)).rejects.toBe(lost);
    await absent(url);

    const thrown = new Error('whoever is told fails');
    const onProgress = (): void => {
      throw thrown;
    };
    await expect(restored(whole, url, { onProgress })).rejects.toBe(thrown);
    await absent(url);
    expect((await restored(whole, url)).success).toBe(true);
  });
});
