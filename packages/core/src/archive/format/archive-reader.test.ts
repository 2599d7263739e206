// What was written is read again: every value, whatever the compression and the keys, and no more bytes than needed.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { generateKeyPair } from '../crypto/key-pair.ts';
import type { LockKey, UnlockKey } from '../crypto/keys.ts';
import { PassphraseKey } from '../crypto/passphrase.ts';
import {
  countingSource,
  everyKind,
  headerOf,
  MemorySink,
  smallArchive,
  smallRows,
  streamOf,
  tortureRows,
} from '../test-archive.ts';
import { ArchiveReader, outlineArchive } from './archive-reader.ts';
import { ArchiveWriter } from './archive-writer.ts';
import type { Compression } from './compression.ts';
import { bytesSource } from './file-source.ts';

const fileKey = { kind: 'key-file', key: randomBytes(32) } as const;
const pair = generateKeyPair();
const passphrase = new PassphraseKey('correct horse');
const locks: readonly [string, readonly LockKey[], readonly UnlockKey[]][] = [
  ['no key', [], []],
  ['a passphrase', [passphrase], [new PassphraseKey('correct horse')]],
  ['a key file', [fileKey], [fileKey]],
  [
    'a public key',
    [{ kind: 'sealed', publicKey: pair.publicKey }],
    [{ kind: 'sealed', privateKey: pair.privateKey }],
  ],
];

async function rowsOf(reader: ArchiveReader, name: Parameters<ArchiveReader['rows']>[0]) {
  const rows = [];
  for await (const batch of reader.rows(name)) rows.push(...batch.rows());
  return rows;
}

describe.each(['zstd', 'gzip', 'none'] as Compression[])('compressed as %s', (compression) => {
  test.each(locks)('and locked with %s, an archive gives everything back', async (_, keys, unlock) => {
    const { bytes, result } = await smallArchive(keys, { compression });
    expect(result.bytes).toBe(bytes.length);
    const reader = await ArchiveReader.open(bytesSource(bytes), { keys: unlock });
    expect(reader.header).toMatchObject({ ...headerOf(), algorithms: { compression } });
    expect(reader.root).toBe(result.root);
    expect(reader.tables).toEqual(result.tables);
    expect(reader.entries).toEqual(result.entries);
    expect(reader.slots.map(({ kind }) => kind)).toEqual(keys.map(({ kind }) => kind));
    expect(await rowsOf(reader, { table: 'device' })).toEqual(smallRows(25));
    expect(await rowsOf(reader, { table: 'torture', kind: 'upserts' })).toEqual(tortureRows());
    expect(await rowsOf(reader, { table: 'gone', kind: 'deletes' })).toEqual([[1], [2], [3]]);
    expect(await rowsOf(reader, { table: 'empty', kind: 'history' })).toEqual([]);
    expect((await reader.entry('secrets')).toString()).toBe('entry of bytes');
    expect(await reader.schema()).toEqual({ tables: ['device', 'gone'], migrations: 3 });
  });
});

describe('an archive', () => {
  test('does not show names or values when it is encrypted, and opens with any of its keys', async () => {
    const { bytes } = await smallArchive([fileKey, passphrase]);
    for (const word of ['device', 'torture', 'seen_at', 'entry of bytes', 'migrations'])
      expect(bytes.includes(word)).toBe(false);
    for (const key of [fileKey, passphrase])
      expect((await ArchiveReader.open(bytesSource(bytes), { keys: [key] })).tables).toHaveLength(4);
  });

  test('is outlined without its key', async () => {
    const { bytes, result } = await smallArchive([fileKey]);
    const outline = await outlineArchive(bytesSource(bytes));
    expect(outline).toMatchObject({
      root: result.root,
      rows: result.rows,
      chunks: result.chunks,
      streams: 6,
    });
    expect(outline.slots).toEqual([{ kind: 'key-file', id: expect.stringMatching(/^[0-9a-f]{16}$/) }]);
  });

  test('lists chunks with the keys of their first and last rows, and reads only those asked for', async () => {
    const { bytes } = await smallArchive([fileKey]);
    const source = countingSource(bytes);
    const reader = await ArchiveReader.open(source, { keys: [fileKey] });
    const chunks = reader.chunksOf({ table: 'device' });
    expect(chunks.map(({ rows, firstKey, lastKey }) => [rows, firstKey, lastKey])).toEqual([
      [10, [0], [9]],
      [10, [10], [19]],
      [5, [20], [24]],
    ]);
    const before = source.length;
    const batches = [];
    for await (const batch of reader.rows({ table: 'device' }, { chunks: [1] })) batches.push(batch);
    expect(batches.map(({ chunk, rowCount }) => [chunk, rowCount])).toEqual([[1, 10]]);
    expect(batches[0]!.columns[0]).toEqual(smallRows(10, 10).map(([id]) => id));
    expect(source.length - before).toBe(chunks[1]!.stored);
  });

  test('opens with five reads', async () => {
    const { bytes } = await smallArchive([fileKey]);
    const source = countingSource(bytes);
    await ArchiveReader.open(source, { keys: [fileKey] });
    expect(source.reads).toBeLessThanOrEqual(5);
  });

  test('has chunks of alternating streams where several are open, and each stream its own order', async () => {
    const sink = new MemorySink();
    const writer = await ArchiveWriter.open(sink, { header: headerOf(), schema: {}, chunkRows: 3 });
    const [a, b] = [await writer.table(streamOf('rows', 'a')), await writer.table(streamOf('rows', 'b'))];
    // Not waited for one by one.
    const calls = Array.from({ length: 10 }, (_, index) => [
      a.writeRows(smallRows(2, index * 2)),
      b.writeRows(smallRows(2, index * 2)),
    ]);
    await Promise.all(calls.flat());
    await writer.finish();
    const reader = await ArchiveReader.open(bytesSource(sink.bytes));
    for (const table of ['a', 'b'])
      expect((await rowsOf(reader, { table })).map(([id]) => id)).toEqual(smallRows(20).map(([id]) => id));
  });

  test('has its chunks bounded by bytes too; a larger row gets one of its own', async () => {
    const sink = new MemorySink();
    const options = { header: headerOf(), schema: {}, chunkBytes: 1000 };
    const writer = await ArchiveWriter.open(sink, options);
    const rows = await writer.table(streamOf('rows', 'a'));
    const large = smallRows(4).map(([id]) => [id!, `${id}`.repeat(id === 2 ? 5000 : 300), null]);
    await rows.writeRows(large);
    await writer.entry('long', randomBytes(2500));
    await writer.finish();
    const reader = await ArchiveReader.open(bytesSource(sink.bytes));
    expect(reader.chunksOf({ table: 'a' }).map((each) => each.rows)).toEqual([2, 1, 1]);
    expect(await rowsOf(reader, { table: 'a' })).toEqual(large);
    expect(reader.entries.find(({ name }) => name === 'long')).toMatchObject({ chunks: 3, length: 2500 });
    expect((await reader.entry('long')).length).toBe(2500);
  });
});

describe('refused is', () => {
  test('what the archive does not have', async () => {
    const reader = await ArchiveReader.open(bytesSource((await smallArchive()).bytes));
    const unknown = expect.objectContaining({ code: 'ARCHIVE_STREAM_UNKNOWN', exit: 4 });
    expect(() => reader.table({ table: 'device', kind: 'deletes' })).toThrow(unknown);
    await expect(reader.entry('nothing')).rejects.toThrow(unknown);
  });

  test('a stream or entry twice, an unsound declaration, and a row of another width', async () => {
    const writer = await ArchiveWriter.open(new MemorySink(), { header: headerOf(), schema: {} });
    const rows = await writer.table(streamOf('rows', 'a'));
    await expect(writer.table(streamOf('rows', 'a'))).rejects.toThrow(
      expect.objectContaining({ code: 'CONFLICT' }),
    );
    await expect(writer.json('schema', {})).rejects.toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    const invalid = expect.objectContaining({ code: 'RECORD_INVALID' });
    await expect(writer.table({ ...streamOf('rows', 'b'), key: ['none'] })).rejects.toThrow(invalid);
    for (const value of [undefined, 1n]) await expect(writer.json('c', value)).rejects.toThrow(invalid);
    await expect(writer.table({ ...streamOf('rows', 'c'), metadata: { at: 1n } })).rejects.toThrow(invalid);
    await rows.writeRows([[1, 'a']]);
    await expect(rows.end()).rejects.toThrow(invalid);
    await expect(writer.finish()).rejects.toThrow(invalid);
  });

  test('everything after the sink has failed, and a header that is unsound', async () => {
    const sink = new MemorySink();
    const writer = await ArchiveWriter.open(sink, { header: headerOf(), schema: {}, chunkRows: 1 });
    const rows = await writer.table(streamOf('rows', 'a'));
    sink.write = async () => {
      throw new Error('pipe closed');
    };
    await rows.writeRows(smallRows(1));
    await expect(rows.end()).rejects.toThrow('pipe closed');
    await expect(writer.finish()).rejects.toThrow('pipe closed');
    await expect(writer.entry('x', Buffer.alloc(1))).rejects.toThrow(
      expect.objectContaining({ code: 'ARCHIVE_TRUNCATED' }),
    );
    await expect(
      ArchiveWriter.open(sink, { header: { ...headerOf(), id: 'none' }, schema: {} }),
    ).rejects.toThrow(expect.objectContaining({ code: 'RECORD_INVALID' }));
    await expect(
      ArchiveWriter.open(sink, { header: { ...headerOf(), metadata: { at: 1n } }, schema: {} }),
    ).rejects.toThrow(expect.objectContaining({ code: 'RECORD_INVALID' }));
  });

  test('a row for a stream that was ended', async () => {
    const writer = await ArchiveWriter.open(new MemorySink(), { header: headerOf(), schema: {} });
    const rows = await writer.table(streamOf('rows', 'a'));
    await rows.writeRows(smallRows(1));
    await writer.finish();
    await expect(rows.writeRows(smallRows(1))).rejects.toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  });

  test('an archive with half an entry, or with a hole where a write failed', async () => {
    const truncated = expect.objectContaining({ code: 'ARCHIVE_TRUNCATED' });
    const first = await ArchiveWriter.open(new MemorySink(), { header: headerOf(), schema: {} });
    async function* half(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('source gone');
    }
    await expect(first.entry('a', half())).rejects.toThrow('source gone');
    await expect(first.finish()).rejects.toThrow(truncated);

    const sink = new MemorySink();
    const second = await ArchiveWriter.open(sink, { header: headerOf(), schema: {} });
    const { length } = sink.parts;
    const write = sink.write.bind(sink);
    let calls = 0;
    sink.write = async (bytes) => {
      if (++calls === 2) throw new Error('full for a moment');
      await write(bytes);
    };
    const entries = ['a', 'b', 'c'].map((name) => second.entry(name, Buffer.from(name)));
    expect((await Promise.allSettled(entries)).map(({ status }) => status)).toContain('rejected');
    expect(sink.parts.length - length).toBe(1);
    await expect(second.finish()).rejects.toThrow(truncated);
  });

  test('writing and reading once the signal has fired', async () => {
    const cancelled = expect.objectContaining({ code: 'CANCELLED', exit: 9 });
    const stop = new AbortController();
    const options = { header: headerOf(), schema: {}, chunkRows: 1, signal: stop.signal };
    const writer = await ArchiveWriter.open(new MemorySink(), options);
    const rows = await writer.table({ ...streamOf('rows', 'a', everyKind), key: [] });
    stop.abort();
    await expect(rows.writeRows(tortureRows())).rejects.toThrow(cancelled);
    const reader = await ArchiveReader.open(bytesSource((await smallArchive()).bytes));
    const batches = reader.rows({ table: 'device' }, { signal: stop.signal });
    await expect(batches.next()).rejects.toThrow(cancelled);
  });
});
