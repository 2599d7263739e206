// From rows, as their engine has them, to the bytes of a chunk before it is sealed: the long part, in whatever thread.

import type { ColumnBatch } from '../../engine/column-batch.ts';
import { trimmed } from '../../engine/give-back.ts';
import { type BatchLimit, type RawRows, readerOf } from '../../engine/raw-rows.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import { encodeBatch } from '../columns/batch.ts';
import { ByteWriter } from '../columns/bytes.ts';
import { sumOf } from '../digest/batch-digest.ts';
import { type Compression, type Packed, pack } from '../format/compression.ts';
import { effortFor } from './choose-effort.ts';

/** What becomes a chunk; what does not fit into one comes back as `rest`. */
export interface ChunkWork {
  readonly columns: readonly ColumnSpec[];
  readonly compression: Compression;
  readonly digests: boolean;
  readonly limit: BatchLimit;
  /** The batch, or the module that makes one of what is given. */
  readonly source: ColumnBatch | { readonly module: string; readonly given: RawRows['given'] };
}

export interface EncodedChunk extends Packed {
  /** None where nothing was in the work. */
  readonly rows: number;
  /** In a buffer of their own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the digests of the rows. */
  readonly sum: bigint | undefined;
  readonly rest: RawRows['given'] | undefined;
}

/** To a thread. */
export interface GivenWork {
  readonly work: ChunkWork;
  /** Buffers of the work, which are of no use afterwards. */
  readonly owned: readonly ArrayBuffer[];
}

/** Of most chunks: what is outgrown would stay until garbage is collected. */
const usualRoom = 2 * 1024 * 1024;

const scratch = new ByteWriter(usualRoom);

/** @throws ARCHIVE_LIMIT, and what reading throws */
export async function encodeChunk(work: ChunkWork): Promise<EncodedChunk> {
  const { columns, compression, digests, limit, source } = work;
  const readBatch = 'module' in source ? await readerOf(source.module) : undefined;
  // From here on nothing waits: what is shared is used by one work at a time.
  const { batch, rest } =
    'module' in source ? readBatch!(columns, source.given, limit) : { batch: source, rest: undefined };
  const raw = encodeBatch(batch, scratch);
  const sum = digests ? sumOf(batch) : undefined;
  const { bytes, ...packed } = pack(raw, compression, effortFor(batch, raw.length));
  return {
    ...{ ...packed, rows: batch.rows, sum, rest },
    // What is not shorter is where the next one will be written.
    bytes: bytes === raw ? Uint8Array.from(raw) : trimmed(bytes),
  };
}
