// What a file is, found out before anything opens it for writing.

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '../../errors.ts';
import { translate } from './errors.ts';

/** `PRAGMA application_id` of a Holdfast database: "Hold". */
export const applicationId = 0x486f6c64;
/** `PRAGMA user_version`: raised only when an older Holdfast could no longer read the file safely. */
export const formatVersion = 1;

const headerBytes = 100;

/**
 * Looks at the file without changing it.
 * @returns false when there is no database yet
 * @throws DATABASE_NOT_FOUND, DATABASE_FOREIGN, DATABASE_NEWER, DATABASE_READ_ONLY, DATABASE_CORRUPT
 */
export function preflight(path: string, adopt: boolean): boolean {
  if (!existsSync(dirname(path)))
    throw new HoldfastError('DATABASE_NOT_FOUND', `${dirname(path)} is no folder, so ${path} cannot be made`);
  if (!existsSync(path)) return false;
  if (!statSync(path).isFile()) throw new HoldfastError('DATABASE_FOREIGN', `${path} is no file`);
  const header = readHeader(path);
  if (header.length === 0) return false;
  if (header.length < headerBytes)
    throw new HoldfastError(
      'DATABASE_FOREIGN',
      `${path} is not an SQLite database: it is shorter than a header`,
    );
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0')
    throw new HoldfastError('DATABASE_FOREIGN', `${path} is not an SQLite database`);
  checkVersion(path, header.readUInt32BE(68), header.readUInt32BE(60), adopt);
  // An unclean stop leaves the newest header in the log; only SQLite itself can read that one.
  if (existsSync(`${path}-wal`)) checkThroughSqlite(path, adopt);
  return true;
}

export const foreign = (path: string): HoldfastError =>
  new HoldfastError('DATABASE_FOREIGN', `${path} is an SQLite database, but not one of Holdfast's`);

function checkVersion(path: string, application: number, format: number, adopt: boolean): void {
  if (application !== applicationId && !adopt) throw foreign(path);
  if (application === applicationId && format > formatVersion)
    throw new HoldfastError(
      'DATABASE_NEWER',
      `${path} has format ${format}; this Holdfast knows up to ${formatVersion}`,
    );
}

function checkThroughSqlite(path: string, adopt: boolean): void {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    const read = (name: string): number =>
      Number(Object.values(db!.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    checkVersion(path, read('application_id'), read('user_version'), adopt);
  } catch (error) {
    throw translate(error, path);
  } finally {
    db?.close();
  }
}

/** As much of the header as there is. Another process may be making the file just now: its size is not asked. */
function readHeader(path: string): Buffer {
  const header = Buffer.alloc(headerBytes);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return header.subarray(0, readSync(file, header, 0, headerBytes, 0));
  } catch (error) {
    throw new HoldfastError('DATABASE_UNREACHABLE', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
