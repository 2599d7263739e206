// Where archives are kept: the one shape that a folder, an S3-compatible store and an SFTP server have.

import type { Instant } from '../../schema/instant.ts';

/** An archive that is complete. Unfinished ones are never listed. */
export interface StoredFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was stored, by the target's clock: no more exact than that. */
  readonly modifiedAt: Instant;
}

/** An upload that was never finished: its process died, or it goes on right now. */
export interface UnfinishedUpload {
  readonly name: string;
  /** The target's own name for it. */
  readonly id: string;
  /** Its last sign of life. */
  readonly modifiedAt: Instant;
}

/** Bytes that can be read again from any place, as a file can. */
export interface Source {
  /** Bytes. */
  readonly size: number;
  /** Exactly the bytes from `start` to before `end`. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface WriteOptions {
  /** What is going to be written, so that an earlier, broken-off upload of the same bytes is gone on with. */
  readonly resume?: Source;
  /** Bytes that will come, where known: large archives need larger parts. */
  readonly size?: number;
}

/** An archive that is being written. Its name is not listed before `finish` has returned. */
export interface Upload {
  readonly name: string;
  /** Bytes that were there already: writing starts behind them. */
  readonly offset: number;
  /** Keeps at most two parts in memory. One call at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /** Durable and whole under its name when it returns. @throws TARGET_EXISTS, TARGET_TAKEN, TARGET_CORRUPT */
  finish(): Promise<StoredFile>;
  /** Stops here; what is durable stays for one that resumes. */
  suspend(): Promise<void>;
  /** Stops here, and takes away what was written. */
  discard(): Promise<void>;
}

/**
 * A place for archives. Names are those of `checkName`. Every failure is a TARGET_… error that names the target.
 * Methods may be called at the same time, but for those of one upload.
 */
export interface Target {
  readonly kind: 'folder' | 's3' | 'sftp';
  /** For messages; without credentials. */
  readonly place: string;
  /** Signs in and sees that it is the right one and is there. */
  check(): Promise<void>;
  /** In the order of their names. */
  list(): AsyncIterable<StoredFile>;
  /** Undefined where it is not there, or not complete. */
  stat(name: string): Promise<StoredFile | undefined>;
  /** All of the range or an error; without one, the whole archive. @throws TARGET_NOT_FOUND, TARGET_CORRUPT */
  read(name: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** @throws TARGET_EXISTS: archives are never overwritten */
  write(name: string, options?: WriteOptions): Promise<Upload>;
  /** Gone when it returns; one that is not there is no failure. */
  delete(name: string): Promise<void>;
  listUnfinished(): AsyncIterable<UnfinishedUpload>;
  /** @param before those without a sign of life since then; what goes on now is newer */
  removeUnfinished(before: Instant): Promise<readonly UnfinishedUpload[]>;
  close(): Promise<void>;
}
