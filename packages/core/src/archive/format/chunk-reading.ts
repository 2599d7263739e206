// Chunks of one stream, one after the other: read ahead by one, verified, opened, and only then given out.

import type { ColumnBatch } from '../../engine/column-batch.ts';
import { giveBack, giveBackOutput } from '../../engine/give-back.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import { Arrays } from '../columns/arrays.ts';
import { decodeBatch, decodeColumns, toRows } from '../columns/batch.ts';
import { sameBytes } from '../crypto/archive-keys.ts';
import type { ChunkSeal } from '../crypto/seal.ts';
import { openChunk } from './chunk.ts';
import type { ArchiveSource } from './endpoints.ts';
import { beyondLimit, corrupt } from './failures.ts';
import type { IndexedStream } from './index-chunk.ts';
import { type ChunkKind, chunkKinds, mostRaw, prefixLength } from './layout.ts';
import { leafOf } from './merkle.ts';
import { readAt, readAtInto } from './open-header.ts';
import type { Batch, ReadOptions } from './reading.ts';

/** More than any chunk that is within its limits. */
const mostStored = mostRaw + 1024;

interface Opened {
  /** In a buffer that is for whoever takes it. */
  readonly raw: Uint8Array;
  readonly rows: number;
  readonly chunk: number;
}

export async function* readBatches(
  source: ArchiveSource,
  seal: ChunkSeal,
  stream: IndexedStream,
  options: ReadOptions,
): AsyncGenerator<Batch, void, undefined> {
  const { declaration } = stream;
  const width = declaration.kind === 'entry' ? 0 : declaration.columns.length;
  for await (const { raw, rows, chunk } of read(source, seal, stream, chunkKinds.rows, options)) {
    const { rowCount, columns } = decodeBatch(raw, width);
    giveBackOutput(raw);
    if (rowCount !== rows) throw corrupt(`chunk ${chunk} has ${rowCount} rows of ${rows}`);
    yield { rowCount, chunk, columns, rows: () => toRows(columns, rowCount) };
  }
}

/** The same as columns. Each is valid until the next one is asked for. */
export async function* readColumns(
  source: ArchiveSource,
  seal: ChunkSeal,
  stream: IndexedStream,
  options: ReadOptions,
): AsyncGenerator<ColumnBatch, void, undefined> {
  const { declaration } = stream;
  const specs = declaration.kind === 'entry' ? [] : declaration.columns;
  const arrays = new Arrays();
  for await (const { raw, rows, chunk } of read(source, seal, stream, chunkKinds.rows, options)) {
    const batch = decodeColumns(raw, specs, arrays);
    if (batch.rows !== rows) throw corrupt(`chunk ${chunk} has ${batch.rows} rows of ${rows}`);
    yield batch;
    giveBackOutput(raw);
  }
  arrays.giveBack();
}

export async function* readBytes(
  source: ArchiveSource,
  seal: ChunkSeal,
  stream: IndexedStream,
  options: ReadOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { raw } of read(source, seal, stream, chunkKinds.bytes, options)) yield raw;
}

async function* read(
  source: ArchiveSource,
  seal: ChunkSeal,
  stream: IndexedStream,
  kind: ChunkKind,
  { signal, chunks }: ReadOptions,
): AsyncGenerator<Opened, void, undefined> {
  const wanted = chunks ?? Array.from({ length: stream.chunks.count - 1 }, (_, chunk) => chunk);
  // One is opened while the other is filled.
  let [filled, spare] = [Buffer.alloc(0), Buffer.alloc(0)];
  const readInto = (offset: number, length: number): Promise<Buffer> => {
    [filled, spare] = [spare, filled];
    if (filled.length < length) {
      giveBack(filled);
      filled = Buffer.allocUnsafeSlow(length);
    }
    return readAtInto(source, offset, filled.subarray(0, length));
  };
  const fetch = (place: number): Promise<Buffer> | undefined => {
    const chunk = wanted[place];
    if (chunk === undefined) return undefined;
    const { offset, stored } = stream.chunks.at(chunk + 1);
    if (stored > mostStored) throw beyondLimit('bytes of a chunk', stored, mostStored);
    const bytes = source.readInto === undefined ? readAt(source, offset, stored) : readInto(offset, stored);
    // Whoever comes to it is told; until then it must not count as a failure that nobody handles.
    bytes.catch(() => {});
    return bytes;
  };
  let next = fetch(0);
  for (const [place, chunk] of wanted.entries()) {
    throwIfAborted(signal);
    const bytes = await next!;
    next = fetch(place + 1);
    yield open(seal, stream, kind, chunk, bytes);
  }
  for (const buffer of [filled, spare]) giveBack(buffer);
}

function open(seal: ChunkSeal, stream: IndexedStream, kind: ChunkKind, chunk: number, bytes: Buffer): Opened {
  const { info, chunks } = stream;
  const name = info.kind === 'entry' ? `entry ${info.name}` : `${info.kind} of ${info.table}`;
  const record = chunks.at(chunk + 1);
  if (bytes.length < prefixLength || !sameBytes(leafOf(bytes), record.leaf))
    throw corrupt(`chunk ${chunk} of ${name} does not have its hash`);
  const { prefix, raw } = openChunk(seal, bytes);
  // What is neither sealed nor compressed is where it was read.
  const own = raw.buffer === bytes.buffer ? Uint8Array.from(raw) : raw;
  if (
    prefix.kind !== kind ||
    prefix.stream !== info.no ||
    prefix.chunk !== chunk + 1 ||
    prefix.no !== record.no ||
    prefix.rows !== record.rows
  )
    throw corrupt(`chunk ${chunk} of ${name} is another one`);
  return { raw: own, rows: prefix.rows, chunk };
}
