// A file as a source, read by parts and, for the change of its key slots, written in place.

import { type FileHandle, open } from 'node:fs/promises';
import { HoldfastError } from '../../errors.ts';
import { isOpenDatabase } from '../../files/open-database.ts';
import type { ArchiveSource } from './endpoints.ts';
import { truncated } from './failures.ts';

export interface FileSource extends ArchiveSource {
  close(): Promise<void>;
}

/** @throws ARCHIVE_NOT_FOUND, ARCHIVE_FOREIGN for a database that this process has open */
export async function openFileSource(path: string): Promise<FileSource> {
  const file = await openFile(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    read: (offset, length) => readFully(file, offset, length),
    readInto: (offset, into) => fill(file, offset, into),
    close: () => file.close(),
  };
}

/** @throws ARCHIVE_NOT_FOUND, ARCHIVE_FOREIGN for a database that this process has open */
export async function openFile(path: string, flags: 'r' | 'r+'): Promise<FileHandle> {
  if (isOpenDatabase(path))
    throw new HoldfastError('ARCHIVE_FOREIGN', `${path} is a database that is in use, and no archive`);
  try {
    const file = await open(path, flags);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new HoldfastError('ARCHIVE_NOT_FOUND', `the archive ${path} cannot be opened: ${code}`, { cause });
  }
  throw new HoldfastError('ARCHIVE_NOT_FOUND', `${path} is no file`);
}

export async function readFully(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  await fill(file, offset, bytes);
  return bytes;
}

async function fill(file: FileHandle, offset: number, into: Uint8Array): Promise<void> {
  for (let at = 0; at < into.length; ) {
    const { bytesRead } = await file.read(into, at, into.length - at, offset + at);
    if (bytesRead === 0) throw truncated(`it ends at ${offset + at}`);
    at += bytesRead;
  }
}

/** An archive in memory. */
export const bytesSource = (bytes: Uint8Array): ArchiveSource => ({
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
