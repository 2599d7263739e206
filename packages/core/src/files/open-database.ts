// Files that a person names, and that are a database which this process has open: a handle of our own on one could not be
// closed again, since that takes away the locks that SQLite holds on it.

import { readSync } from 'node:fs';
import { fileId, handleOf } from '../engine/sqlite/open-files.ts';

const magic = Buffer.from('SQLite format 3\0');

/** Whether a file is a database that is open here, or its log or index of one; it is not opened for the answer. */
export function isOpenDatabase(path: string): boolean {
  const id = fileId(path);
  const handle = id === undefined ? undefined : handleOf(id);
  if (handle === undefined) return false;
  if (/-(wal|shm|journal)$/.test(path)) return true;
  const head = Buffer.alloc(magic.length);
  try {
    return readSync(handle, head, 0, head.length, 0) === 0 || head.equals(magic);
  } catch {
    // Open for writing only, as SQLite never does.
    return false;
  }
}
