// What a reader of archives takes and gives.

import type { Value } from '../columns/value.ts';
import type { SlotInfo, UnlockKey } from '../crypto/keys.ts';
import type { ArchiveHeader } from './header.ts';

export interface ArchiveReaderOptions {
  /**
   * Tried in turn; one that fits is enough. An archive that is not encrypted opens whatever is given: whoever relies on
   * its key looks at `header.algorithms.encryption`. @default []
   */
  readonly keys?: readonly UnlockKey[];
}

/** A decoded chunk. */
export interface Batch {
  readonly rowCount: number;
  /** Number of the chunk in its stream, from 0. */
  readonly chunk: number;
  /** Values column by column, as they are stored; the fastest form. */
  readonly columns: readonly (readonly Value[])[];
  /** The same as rows, made when asked for. */
  rows(): Value[][];
}

/** What can be said of an archive without a key. */
export interface ArchiveOutline {
  readonly header: ArchiveHeader;
  /** Which keys open it; empty where it is not encrypted. */
  readonly slots: readonly SlotInfo[];
  readonly root: string;
  readonly rows: number;
  readonly chunks: number;
  readonly streams: number;
  readonly bytes: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Numbers of the chunks to read, as `chunksOf` gave them. @default all */
  readonly chunks?: readonly number[];
}

/** A chunk as the index lists it. */
export interface ChunkInfo {
  readonly no: number;
  readonly offset: number;
  readonly stored: number;
  readonly raw: number;
  readonly rows: number;
  /** SHA-256 of its stored bytes behind a zero byte, in hex: its leaf of the Merkle tree. */
  readonly sha256: string;
  /** Values of the key columns in its first and its last row; empty where the stream has no key. */
  readonly firstKey: readonly Value[];
  readonly lastKey: readonly Value[];
}
