// What a folder of files can do, here or behind SFTP: as little as keeping archives in one needs.

import type { Instant } from '../../../schema/instant.ts';

export interface FileStat {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Instant;
}

export interface OpenFile {
  /** As many bytes as there are, at most `length`. */
  read(position: number, length: number): Promise<Uint8Array>;
  write(position: number, bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** On the disk when it returns, where the other side can say so. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** One folder. Failures are TARGET_… errors; a file that is not there is TARGET_NOT_FOUND but for `stat`. */
export interface Files {
  readonly kind: 'folder' | 'sftp';
  readonly place: string;
  /** Whether the folder itself is there. */
  exists(): Promise<boolean>;
  /** Plain files only: links and folders are no archives. */
  list(): Promise<readonly FileStat[]>;
  stat(name: string): Promise<FileStat | undefined>;
  /** `create` makes a new file, readable by its owner only, and fails where there is one. */
  open(name: string, mode: 'read' | 'create' | 'update'): Promise<OpenFile>;
  /** Of several that rename the same file one succeeds. @throws TARGET_NOT_FOUND for the others */
  rename(from: string, to: string): Promise<void>;
  /** Atomic, and on the disk when it returns. @throws TARGET_EXISTS rather than replacing a file */
  publish(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}
