// Archives of every format version that was released are read for ever.
// HOLDFAST_GOLDEN=write writes those of this version that are missing, and never one that is there.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Value } from '../columns/value.ts';
import type { LockKey, UnlockKey } from '../crypto/keys.ts';
import { PassphraseKey } from '../crypto/passphrase.ts';
import { ArchiveReader } from '../format/archive-reader.ts';
import { ArchiveWriter } from '../format/archive-writer.ts';
import type { Compression } from '../format/compression.ts';
import { openFileSink } from '../format/file-sink.ts';
import { openFileSource } from '../format/file-source.ts';
import { verifyArchive } from '../verify.ts';
import { entry, fileKey, header, passphrase, rows, schema, stream } from './content.ts';

const words = new PassphraseKey(passphrase);
const file = { kind: 'key-file', key: Buffer.from(fileKey, 'hex') } as const;
const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const golden: readonly [string, Compression, readonly (LockKey & UnlockKey)[]][] = [
  ['v1-plain.sma', 'zstd', []],
  ['v1-gzip.sma', 'gzip', []],
  ['v1-encrypted.sma', 'zstd', [words, file]],
];
/** Of the rows, whatever the archive. */
const digest = '4e1eb5dd561fe02cb43bf77c61af39d17f782bb00be4eed2e61a310742eefe4c';

async function write(name: string, compression: Compression, keys: readonly LockKey[]): Promise<void> {
  const sink = await openFileSink(pathOf(name));
  const writer = await ArchiveWriter.open(sink, { header, schema, keys, compression, chunkRows: 4 });
  await (await writer.table(stream)).writeRows(rows);
  await writer.entry(entry.name, Buffer.from(entry.text));
  await writer.finish();
  await sink.commit();
}

describe.each(golden)('%s', (name, compression, keys) => {
  if (process.env['HOLDFAST_GOLDEN'] === 'write' && !existsSync(pathOf(name)))
    test('is written', async () => {
      await write(name, compression, keys);
      expect(existsSync(pathOf(name))).toBe(true);
    });

  const attempts = keys.length === 0 ? [{ given: [] }] : keys.map((key) => ({ given: [key] }));
  test.each(attempts)('is read (%#)', async ({ given }) => {
    const source = await openFileSource(pathOf(name));
    try {
      const reader = await ArchiveReader.open(source, { keys: given });
      expect(reader.header).toMatchObject({ ...header, algorithms: { compression } });
      expect(reader.tables).toMatchObject([{ ...stream, rows: rows.length, chunks: 2, digest }]);
      expect(await reader.schema()).toEqual(schema);
      expect((await reader.entry(entry.name)).toString()).toBe(entry.text);
      const found: Value[][] = [];
      for await (const batch of reader.rows({ table: stream.table })) found.push(...batch.rows());
      expect(found.map(plain)).toEqual(rows.map(plain));
      const report = await verifyArchive(source, { depth: 'decoded', keys: given });
      expect(report).toMatchObject({ rows: rows.length, digests: 1, streams: 3 });
    } finally {
      await source.close();
    }
  });
});

/** Bytes of either kind are the same. */
const plain = (row: readonly Value[]): unknown[] =>
  row.map((value) => (value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('hex')}` : value));
