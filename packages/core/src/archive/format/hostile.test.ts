// Archives that somebody made to do harm, with every hash as it should be: refused by name, before memory is taken.

import { crc32, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../columns/bytes.ts';
import { plainSeal, tagLength } from '../crypto/seal.ts';
import { chunksIn, headerOf, MemorySink, smallArchive } from '../test-archive.ts';
import { verifyArchive } from '../verify.ts';
import { ArchiveReader } from './archive-reader.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { openChunk, sealChunk } from './chunk.ts';
import { recordLength } from './chunk-list.ts';
import { decompress, pack } from './compression.ts';
import { bytesSource } from './file-source.ts';
import {
  chunkKinds,
  chunksAt,
  decodePrelude,
  encodeFooter,
  encodePrefix,
  encodeTail,
  mostRaw,
  preludeLength,
} from './layout.ts';
import { archiveRoot, leafOf } from './merkle.ts';
import { idBytes, readFront } from './open-header.ts';

const failure = (code: string) => expect.objectContaining({ code });
const open = (bytes: Uint8Array) => ArchiveReader.open(bytesSource(bytes));
const id = idBytes(headerOf().id);
const seal = plainSeal(id);

/** Bytes of memory that work takes beyond what there was. */
async function memoryOf(work: () => unknown): Promise<number> {
  const before = process.memoryUsage.rss();
  await work();
  return process.memoryUsage.rss() - before;
}

describe('a bomb', () => {
  const zeros = zstdCompressSync(Buffer.alloc(200_000_000));
  const prefix = (raw: number, stored: number) =>
    encodePrefix({
      kind: chunkKinds.bytes,
      compression: 1,
      stream: 0,
      chunk: 1,
      no: 1,
      rows: 0,
      raw,
      stored,
    });

  test('unpacks no further than it declares', async () => {
    const raw = zeros.length + 1;
    const head = prefix(raw, zeros.length + tagLength);
    const { content, tag } = seal.seal(1, head, zeros);
    const chunk = Buffer.concat([head, content, tag]);
    const taken = await memoryOf(() =>
      expect(() => openChunk(seal, chunk)).toThrow(failure('ARCHIVE_CORRUPT')),
    );
    expect(taken).toBeLessThan(64 * 1024 * 1024);
  });

  test('that declares more than any chunk may have is not unpacked', () => {
    const head = prefix(mostRaw + 1, zeros.length + tagLength);
    expect(() => openChunk(seal, Buffer.concat([head, zeros, Buffer.alloc(tagLength)]))).toThrow(
      failure('ARCHIVE_LIMIT'),
    );
  });

  test('that asks for a large window is refused', () => {
    // A frame of 1,000 equal bytes, which wants 128 MiB to look back in.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x43, 0x1f, 0x00, 0x07]);
    expect(() => decompress(frame, 1, 1000)).toThrow(failure('ARCHIVE_CORRUPT'));
    frame[5] = 0x50;
    expect(decompress(frame, 1, 1000)).toEqual(Buffer.alloc(1000, 7));
  });

  test.each([0, 1, 2])('whose way of compression %i gives another length is refused', (as) => {
    expect(() => decompress(Buffer.from('anything'), as, 5)).toThrow(failure('ARCHIVE_CORRUPT'));
    expect(() => decompress(Buffer.alloc(0), 3, 0)).toThrow(failure('ARCHIVE_CORRUPT'));
  });
});

/** The first bytes with a field changed, and their checksum mended. */
async function prelude(change: (bytes: Buffer) => void): Promise<Buffer> {
  const { bytes } = await smallArchive();
  change(bytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, preludeLength - 4)), preludeLength - 4);
  return bytes;
}

describe('the first bytes', () => {
  test.each<[string, (bytes: Buffer) => void, string]>([
    ['a newer version', (bytes) => bytes.writeUInt16LE(2, 8), 'ARCHIVE_NEWER'],
    ['a critical flag that is not known', (bytes) => bytes.writeUInt32LE(1 << 30, 12), 'ARCHIVE_NEWER'],
    ['version 0', (bytes) => bytes.writeUInt16LE(0, 8), 'ARCHIVE_CORRUPT'],
    ['a header of 4 GiB', (bytes) => bytes.writeUInt32LE(2 ** 32 - 1, 20), 'ARCHIVE_LIMIT'],
    ['slots of 4 GiB', (bytes) => bytes.writeUInt32LE(2 ** 32 - 1, 24), 'ARCHIVE_LIMIT'],
    ['a header longer than the file', (bytes) => bytes.writeUInt32LE(1_000_000, 20), 'ARCHIVE_TRUNCATED'],
    ['slots in a plain archive', (bytes) => bytes.writeUInt32LE(100, 24), 'ARCHIVE_CORRUPT'],
    ['another beginning', (bytes) => bytes.write('PK'), 'ARCHIVE_FOREIGN'],
  ])('with %s are refused', async (_, change, code) => {
    const bytes = await prelude(change);
    await expect(open(bytes)).rejects.toThrow(failure(code));
    await expect(verifyArchive(bytesSource(bytes), { depth: 'stored' })).rejects.toThrow(failure(code));
  });

  test('with an optional flag that is not known are read', async () => {
    const { bytes } = await smallArchive();
    const { headerLength } = decodePrelude(bytes.subarray(0, preludeLength));
    bytes.writeUInt32LE(5, 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, preludeLength - 4)), preludeLength - 4);
    const end = preludeLength + headerLength;
    const leaf = leafOf(bytes.subarray(0, end + 32));
    leaf.copy(bytes, end + 32);
    expect((await readFront(bytesSource(bytes))).header.id).toBe(headerOf().id);
  });

  test.each([Buffer.alloc(0), Buffer.from('SMA'), Buffer.from('{"sma_version":"2026.1"}'.repeat(9))])(
    'of something else are no archive',
    async (bytes) => {
      await expect(open(bytes)).rejects.toThrow(expect.objectContaining({ exit: 5 }));
    },
  );
});

/** An archive whose index says something else, every hash of it mended. */
async function withIndex(change: (raw: Buffer) => Buffer): Promise<Buffer> {
  const { bytes, result } = await smallArchive();
  const index = chunksIn(bytes).at(-1)!;
  const { prefix, raw } = openChunk(seal, bytes.subarray(index.at, index.end));
  const front = await readFront(bytesSource(bytes));
  const chunk = sealChunk(seal, prefix, pack(change(Buffer.from(raw)), 'zstd'));
  const roots = [...result.tables, ...result.entries].sort((a, b) => a.no - b.no);
  const root = archiveRoot(
    front.leaf,
    roots.map((each) => Buffer.from(each.root, 'hex')),
    leafOf(chunk),
  );
  const footer = encodeFooter(
    {
      indexOffset: index.at,
      indexLength: chunk.length,
      chunks: result.chunks,
      rows: result.rows,
      streams: roots.length,
      header: front.leaf,
      root,
    },
    () => Buffer.alloc(32),
    leafOf,
  );
  return Buffer.concat([
    bytes.subarray(0, index.at),
    chunk,
    footer,
    encodeTail(index.at + chunk.length, root),
  ]);
}

describe('an index', () => {
  const documentEnd = (raw: Buffer): number => 4 + raw.readUInt32LE(0);
  const document = (raw: Buffer, change: (text: string) => string): Buffer => {
    const text = Buffer.from(change(raw.toString('utf8', 4, documentEnd(raw))));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    return Buffer.concat([length, text, raw.subarray(documentEnd(raw))]);
  };
  /** Of the first chunk of the second stream that has rows. */
  const record = (raw: Buffer): number => documentEnd(raw) + 3 * recordLength;

  test('that is as it was is read', async () => {
    const reader = await open(await withIndex((raw) => raw));
    expect(reader.tables).toHaveLength(4);
  });

  test.each<[string, (raw: Buffer) => Buffer]>([
    ['is empty', () => Buffer.alloc(0)],
    ['has a document longer than itself', (raw) => Buffer.concat([Buffer.alloc(4, 255), raw.subarray(4)])],
    ['is no JSON', (raw) => document(raw, (text) => text.replace('{', '['))],
    [
      'says that a stream has very many chunks',
      (raw) => document(raw, (text) => text.replace(/"chunks":\d+/, '"chunks":9007199254740991')),
    ],
    [
      'says that keys are long',
      (raw) => document(raw, (text) => text.replace(/"keyBytes":\d+/, '"keyBytes":4294967296')),
    ],
    ['counts other rows', (raw) => document(raw, (text) => text.replace(/"rows":25/, '"rows":26'))],
    [
      'has a column of no kind',
      (raw) => document(raw, (text) => text.replace('"kind":"instant"', '"kind":"moment"')),
    ],
    [
      'has a key that is no column',
      (raw) => document(raw, (text) => text.replace('"key":["id"]', '"key":["xx"]')),
    ],
    ['has the root of other chunks', (raw) => document(raw, (text) => text.replace(/"root":"./, '"root":"'))],
    ['has bytes too many', (raw) => Buffer.concat([raw, Buffer.alloc(1)])],
  ])('that %s is refused', async (_, change) => {
    await expect(withIndex(change).then(open)).rejects.toThrow(failure('ARCHIVE_CORRUPT'));
  });

  test.each<[string, (raw: Buffer, at: number) => void]>([
    ['beyond the end', (raw, at) => raw.writeBigUInt64LE(2n ** 40n, at)],
    ['where no number reaches', (raw, at) => raw.writeBigUInt64LE(2n ** 64n - 1n, at)],
    ['that are very long', (raw, at) => raw.writeUInt32LE(2 ** 32 - 1, at + 16)],
    ['that are empty', (raw, at) => raw.writeUInt32LE(0, at + 16)],
    ['under another number', (raw, at) => raw.writeBigUInt64LE(77n, at + 8)],
    ['with other rows', (raw, at) => raw.writeUInt32LE(11, at + 24)],
  ])('with chunks %s is refused before they are read', async (_, change) => {
    const bytes = await withIndex((raw) => {
      change(raw, record(raw));
      return raw;
    });
    const reader = await open(bytes);
    const batches = reader.rows({ table: 'device' });
    const taken = await memoryOf(() =>
      expect(batches.next()).rejects.toThrow(/^(the archive|bytes of a chunk)/),
    );
    expect(taken).toBeLessThan(64 * 1024 * 1024);
  });

  test('with the digest of other rows is read, and not verified', async () => {
    const bytes = await withIndex((raw) =>
      document(raw, (text) => text.replace(/"digest":"[0-9a-f]{4}/, '"digest":"0000')),
    );
    const source = bytesSource(bytes);
    expect((await verifyArchive(source, { depth: 'stored' })).streams).toBe(6);
    await expect(verifyArchive(source, { depth: 'decoded' })).rejects.toThrow(/do not have their digest/);
  });

  test('with another length of an entry is not verified', async () => {
    const bytes = await withIndex((raw) =>
      document(raw, (text) => text.replace('"length":14', '"length":15')),
    );
    await expect(verifyArchive(bytesSource(bytes), { depth: 'decoded' })).rejects.toThrow(
      /entry secrets has 14/,
    );
  });

  test('with keys that are none is refused where they are asked for', async () => {
    const reader = await open(
      await withIndex((raw) => {
        raw.fill(0xee, raw.length - 20);
        return raw;
      }),
    );
    const names = reader.tables.map(({ table, kind }) => ({ table, kind }));
    expect(() => names.map((name) => reader.chunksOf(name))).toThrow(failure('ARCHIVE_CORRUPT'));
  });
});

test('a footer and a tail that point elsewhere are refused', async () => {
  const { bytes } = await smallArchive();
  const front = await readFront(bytesSource(bytes));
  const least = chunksAt(front.prelude);
  const root = Buffer.alloc(32);
  for (const [indexOffset, indexLength] of [
    [2 ** 50, 10],
    [0, bytes.length],
    [least, 2 ** 50],
    [least, 0],
  ] as const) {
    const figures = { indexOffset, indexLength, chunks: 1, rows: 0, streams: 0, header: front.leaf, root };
    const footer = encodeFooter(figures, () => Buffer.alloc(32), leafOf);
    const body = bytes.subarray(0, least);
    const forged = Buffer.concat([body, footer, encodeTail(body.length, root)]);
    await expect(open(forged)).rejects.toThrow(failure('ARCHIVE_CORRUPT'));
    await expect(verifyArchive(bytesSource(forged), { depth: 'stored' })).rejects.toThrow(
      failure('ARCHIVE_CORRUPT'),
    );
  }
});

test('declarations that are long, alone or together, are refused', async () => {
  const long = (no: number) => ({
    kind: 'rows' as const,
    table: `t${no}`,
    columns: [{ name: 'a', kind: 'int' as const }],
    key: [],
    metadata: { text: 'x'.repeat(3_500_000) },
  });
  const writer = await ArchiveWriter.open(new MemorySink(), { header: headerOf(), schema: {} });
  await expect(writer.table({ ...long(0), metadata: { text: 'x'.repeat(4_500_000) } })).rejects.toThrow(
    failure('ARCHIVE_LIMIT'),
  );
  for (let no = 0; no < 4; no++) await writer.table(long(no));
  await expect(writer.table(long(4))).rejects.toThrow(failure('ARCHIVE_LIMIT'));
  const index = await withIndex((raw) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(20_000_000);
    return Buffer.concat([length, Buffer.alloc(20_000_000, ' '), raw]);
  });
  await expect(open(index)).rejects.toThrow(failure('ARCHIVE_LIMIT'));
});

test('a value that is larger than a chunk may be is refused by the writer', async () => {
  const writer = await ArchiveWriter.open(new MemorySink(), {
    header: headerOf(),
    schema: {},
    compression: 'none',
    digests: false,
  });
  const rows = await writer.table({
    kind: 'rows',
    table: 'a',
    columns: [{ name: 'b', kind: 'bytes' }],
    key: [],
  });
  const large = Buffer.alloc(mostRaw);
  await rows.writeRows([[large]]);
  await expect(rows.end()).rejects.toThrow(failure('ARCHIVE_LIMIT'));
});

test('keys of rows that are long are left out of the index', async () => {
  const sink = new MemorySink();
  const writer = await ArchiveWriter.open(sink, { header: headerOf(), schema: {}, chunkRows: 1 });
  const rows = await writer.table({
    kind: 'rows',
    table: 'a',
    columns: [{ name: 'k', kind: 'text' }],
    key: ['k'],
  });
  await rows.writeRows([['x'.repeat(2000)], ['y'], [null], ['z'.repeat(700)]]);
  await writer.finish();
  const keys = (await open(sink.bytes)).chunksOf({ table: 'a' }).map(({ firstKey }) => firstKey);
  expect(keys).toEqual([[], ['y'], [null], []]);
});

test('bytes of a batch are not read beyond their end', () => {
  const writer = new ByteWriter(1);
  for (const value of [0, 127, 128, 2 ** 40]) writer.varint(value);
  expect(writer.length).toBe(1 + 1 + 2 + 6);
});
