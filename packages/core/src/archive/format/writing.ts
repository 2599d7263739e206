// What a writer of archives takes and gives.

import type { RawRows } from '../../engine/raw-rows.ts';
import type { ValueRow } from '../columns/value.ts';
import type { LockKey } from '../crypto/keys.ts';
import type { Compression } from './compression.ts';
import type { NewArchiveHeader } from './header.ts';
import type { EntryInfo, RowStreamInfo } from './stream.ts';

export interface ArchiveWriterOptions {
  readonly header: NewArchiveHeader;
  /** The schema document: tables, migrations applied, sequences, foreign keys. JSON, kept as the entry `schema`. */
  readonly schema: unknown;
  /** Any one of them opens the archive. Without any, it is not encrypted. @default [] */
  readonly keys?: readonly LockKey[];
  /** @default 'zstd' */
  readonly compression?: Compression;
  /** Rows of a chunk, at most; 1 to 65,536. @default 8000 */
  readonly chunkRows?: number;
  /** Raw bytes of a chunk, about: a single larger row makes a larger chunk; 1 to 16 MiB. @default 1048576 */
  readonly chunkBytes?: number;
  /** Whether the index gets the digest of every stream of rows. @default true */
  readonly digests?: boolean;
  /** Stops the writer with CANCELLED between two chunks. */
  readonly signal?: AbortSignal;
}

/** Takes the rows of one stream. Several may be open at once; their chunks then alternate. */
export interface RowWriter {
  /**
   * Takes rows, each with a value for every column, in order of the key where there is one. They are not copied before
   * their chunk is full: do not change them. @throws RECORD_INVALID for a row of another width,
   * ARCHIVE_LIMIT for one of more than 256 MiB, CONFLICT once the stream was ended, CANCELLED, what the sink throws
   */
  writeRows(rows: readonly ValueRow[]): Promise<void>;
  /** Takes rows as their engine has them, of a stream without a key; the columns are those of the stream. */
  writeRaw(rows: RawRows): Promise<void>;
  /** Writes what is left. Streams that were not ended are ended by `finish`. */
  end(): Promise<void>;
}

export interface ArchiveResult {
  readonly id: string;
  /** Merkle root, in hex: it names the content of the archive, whatever its key slots. */
  readonly root: string;
  readonly rows: number;
  /** Of the whole file. */
  readonly bytes: number;
  /** Without the index. */
  readonly chunks: number;
  readonly tables: readonly RowStreamInfo[];
  readonly entries: readonly EntryInfo[];
}
