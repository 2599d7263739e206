// What a file is, found out before anything opens it for writing.

import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { HoldfastError } from '../../errors.ts';
import { translate } from './errors.ts';

/** `PRAGMA application_id` of a Holdfast database: "Hold". */
export const applicationId = 0x486f6c64;
/** `PRAGMA user_version`: raised only when an older Holdfast could no longer read the file safely. */
export const formatVersion = 1;

/**
 * Looks at the file without changing it.
 * @returns false when there is no database yet
 * @throws DATABASE_NOT_FOUND, DATABASE_FOREIGN, DATABASE_NEWER, DATABASE_READ_ONLY, DATABASE_CORRUPT
 */
export function preflight(path: string, adopt: boolean): boolean {
  if (!existsSync(dirname(path)))
    throw new HoldfastError('DATABASE_NOT_FOUND', `${dirname(path)} is no folder, so ${path} cannot be made`);
  if (!existsSync(path)) return false;
  const found = statSync(path);
  if (!found.isFile()) throw new HoldfastError('DATABASE_FOREIGN', `${path} is no file`);
  // As it stands in the file, without its locks or its log; by SQLite, for the same reason as in `open-files.ts`.
  const asIs = pathToFileURL(path);
  asIs.searchParams.set('immutable', '1');
  if (!checkThroughSqlite(asIs, path, adopt)) {
    // Another process may be making it just now: only what was there before is no database.
    if (found.size > 0) throw new HoldfastError('DATABASE_FOREIGN', `${path} is not an SQLite database`);
    return false;
  }
  // An unclean stop leaves the newest header in the log.
  if (existsSync(`${path}-wal`)) checkThroughSqlite(path, path, adopt);
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

/** @returns false where there is not a page */
function checkThroughSqlite(place: string | URL, path: string, adopt: boolean): boolean {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(place, { readOnly: true });
    const read = (name: string): number =>
      Number(Object.values(db!.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    if (read('page_count') === 0) return false;
    checkVersion(path, read('application_id'), read('user_version'), adopt);
    return true;
  } catch (error) {
    throw translate(error, path);
  } finally {
    db?.close();
  }
}
