// A small archive with every kind of stream, and helpers to take it apart; for tests.

import { type ColumnSpec, type Kind, kinds } from '../schema/spec.ts';
import type { Value, ValueRow } from './columns/value.ts';
import type { LockKey } from './crypto/keys.ts';
import { ArchiveWriter } from './format/archive-writer.ts';
import type { ArchiveSink, ArchiveSource } from './format/endpoints.ts';
import type { NewArchiveHeader } from './format/header.ts';
import {
  type ChunkPrefix,
  chunksAt,
  decodePrefix,
  decodePrelude,
  footerLength,
  prefixLength,
  preludeLength,
  tailLength,
} from './format/layout.ts';
import type { RowStream } from './format/stream.ts';
import type { ArchiveResult, ArchiveWriterOptions } from './format/writing.ts';

/** Keeps what was written. */
export class MemorySink implements ArchiveSink {
  readonly parts: Buffer[] = [];

  async write(bytes: Uint8Array): Promise<void> {
    this.parts.push(Buffer.from(bytes));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

export const columnOf = (kind: Kind): ColumnSpec => ({
  name: `a_${kind}`,
  kind,
  nullable: true,
  ...(kind === 'decimal' ? { precision: 20, scale: 4 } : {}),
});
export const everyKind: readonly ColumnSpec[] = kinds.map(columnOf);

/** What engines, drivers and encodings are known to get wrong. */
export const torture: Readonly<Record<Kind, readonly Value[]>> = {
  text: [
    '',
    ' ',
    'a\0b',
    '\u{1f600}',
    'é',
    'e\u0301',
    '\ud800',
    'x\udc00',
    '\u2028',
    "'; --",
    'ß'.repeat(300),
  ],
  int: [0, 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 31, -(2 ** 31), 2 ** 32],
  bigint: [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 64n - 1n],
  real: [0, -0, 0.1, Number.NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, 1e15 + 0.3, -1.25],
  decimal: ['0.0000', '-0.0000', '1.5', '12345678901234567890.1234', '-1'],
  bool: [true, false],
  instant: [0, -1, 1_700_000_000_123_456, -9_000_000_000_000_000],
  date: ['1970-01-01', '9999-12-31', '0001-01-01', '-0044-03-15'],
  json: ['{}', '[]', '{"b":1.0,"a":[1e2,12345678901234567890]}', '"\\ud800"', 'not json', '{"a":1,"a":2}'],
  bytes: [new Uint8Array(0), Uint8Array.of(0, 255, 10, 13), new Uint8Array(1000).fill(7)],
  uuid: ['00000000-0000-0000-0000-000000000000', '018f3c1e-7b2a-7cc0-8000-0123456789ab', 'NOT-A-UUID'],
  enum: ['on', 'off'],
};

/** A row for every torturous value, and of every kind one that is of another. */
export function tortureRows(): ValueRow[] {
  const strangers: Value[] = ['text', 1.5, 12n, -0, true, Uint8Array.of(1), 2n ** 70n, '\udfff', null];
  const most = Math.max(...kinds.map((kind) => torture[kind].length));
  return [
    kinds.map(() => null),
    ...Array.from({ length: most }, (_, row) => kinds.map((kind) => torture[kind][row] ?? null)),
    ...strangers.map((value) => kinds.map(() => value)),
  ];
}

export const headerOf = (id = '018f3c1e-7b2a-7cc0-8000-0123456789ab'): NewArchiveHeader => ({
  id,
  type: 'full',
  timeline: 'a-timeline',
  createdAt: '2026-03-01T12:00:00Z',
  engine: { name: 'sqlite', version: '3.53.4' },
  schema: 'fingerprint',
  counts: { tables: 2 },
  metadata: { backup_type: 'full', source_database: 'sqlite' },
});

export const smallColumns: readonly ColumnSpec[] = [
  { name: 'id', kind: 'int' },
  { name: 'name', kind: 'text' },
  { name: 'seen_at', kind: 'instant', nullable: true },
];
export const smallRows = (count: number, from = 0): ValueRow[] =>
  Array.from({ length: count }, (_, index) => [
    from + index,
    `device-${(from + index) * 7919}`,
    index % 3 === 0 ? null : 1_700_000_000_000_000 + index * 1_000_000,
  ]);

export const streamOf = (kind: RowStream['kind'], table: string, columns = smallColumns): RowStream => ({
  kind,
  table,
  columns,
  key: [columns[0]!.name],
});

/** Writes an archive of a few kilobytes: rows in several chunks, each other kind of stream, and entries. */
export async function writeSmall(
  sink: ArchiveSink,
  keys: readonly LockKey[],
  options: Partial<ArchiveWriterOptions> = {},
): Promise<ArchiveResult> {
  const writer = await ArchiveWriter.open(sink, {
    header: headerOf(),
    schema: { tables: ['device', 'gone'], migrations: 3 },
    keys,
    chunkRows: 10,
    ...options,
  });
  const rows = await writer.table(streamOf('rows', 'device'));
  const torturing = await writer.table({ ...streamOf('upserts', 'torture', everyKind), key: [] });
  await rows.writeRows(smallRows(25));
  await torturing.writeRows(tortureRows());
  const deletes = await writer.table(streamOf('deletes', 'gone', [{ name: 'id', kind: 'int' }]));
  await deletes.writeRows([[1], [2], [3]]);
  await writer.table(streamOf('history', 'empty'));
  await writer.entry('secrets', Buffer.from('entry of bytes'));
  return writer.finish();
}

export async function smallArchive(
  keys: readonly LockKey[] = [],
  options: Partial<ArchiveWriterOptions> = {},
): Promise<{ bytes: Buffer; result: ArchiveResult }> {
  const sink = new MemorySink();
  const result = await writeSmall(sink, keys, options);
  return { bytes: sink.bytes, result };
}

/** The least that has every kind of chunk, and two of rows: for what goes over every bit. */
export async function tinyArchive(keys: readonly LockKey[]): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = await ArchiveWriter.open(sink, { header: headerOf(), schema: {}, keys, chunkRows: 2 });
  const rows = await writer.table(streamOf('rows', 'device'));
  await rows.writeRows(smallRows(3));
  await writer.finish();
  return sink.bytes;
}

/** Counts what is read. */
export function countingSource(bytes: Uint8Array): ArchiveSource & { reads: number; length: number } {
  const source = {
    size: bytes.length,
    reads: 0,
    length: 0,
    read: async (offset: number, length: number): Promise<Uint8Array> => {
      source.reads++;
      source.length += length;
      return bytes.subarray(offset, offset + length);
    },
  };
  return source;
}

export interface PlacedChunk {
  readonly at: number;
  readonly end: number;
  readonly prefix: ChunkPrefix;
}

/** The chunks of an archive, its index included. */
export function chunksIn(bytes: Buffer): PlacedChunk[] {
  const found: PlacedChunk[] = [];
  const end = bytes.length - footerLength - tailLength;
  for (let at = chunksAt(decodePrelude(bytes.subarray(0, preludeLength))); at < end; at = found.at(-1)!.end) {
    const prefix = decodePrefix(bytes.subarray(at, at + prefixLength));
    found.push({ at, end: at + prefixLength + prefix.stored, prefix });
  }
  return found;
}

/** The archive with other bytes in place of some chunks, which are given in their order. */
export function replaced(bytes: Buffer, by: readonly (readonly [PlacedChunk, Buffer])[]): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const [{ at, end }, other] of by) {
    parts.push(bytes.subarray(from, at), other);
    from = end;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}
