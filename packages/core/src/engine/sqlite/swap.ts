// Another file in the place of the database: everything before one rename is "before", everything after it "after".

import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '../../errors.ts';
import { now } from '../../schema/instant.ts';
import { type SwapOptions, type Swapped, stampOf } from '../scratch.ts';
import { checkFile } from './check-file.ts';
import type { SqliteConnections } from './connections.ts';
import { isBusy, translate } from './errors.ts';
import { fileId } from './open-files.ts';
import { removeFiles } from './scratch.ts';

interface Intent {
  readonly from: string;
  readonly kept: string;
}

const intentOf = (path: string): string => `${path}.swap`;
const draftOf = (path: string): string => `${intentOf(path)}.new`;

/** What a killed process had not written to its end. Whoever writes one has the database for himself: while it is open, nobody. */
export const forgetDraft = (path: string): void => rmSync(draftOf(path), { force: true });

/** Names in the folder are on disk. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Puts the file `from` in the place of the database, which stays as `NAME.before-restore-…`; the connections are closed
 * then, and the database is to be opened again.
 * 1. Looks through `from`: pages, indexes, references. Has it on disk, without a log.
 * 2. Takes the database for itself, its log folded in and taken away: refused while another process has it open.
 * 3. Writes down what is to happen. Killed from here to step 5, the next opening takes it back.
 * 4. Gives the database its second name.
 * 5. Renames `from` to it. Killed from here on, the next opening finishes.
 * 6. Forgets what was written down.
 * Whoever has the old file open without having used it yet is refused by SQLite when he writes: it has been moved.
 * Room: none.
 * @throws DATABASE_BUSY, DATABASE_CORRUPT, REFERENCE_MISSING
 */
export async function swap(
  connections: SqliteConnections,
  path: string,
  from: string,
  prepare: (path: string) => DatabaseSync,
  { onStep, onKept, at = now() }: SwapOptions = {},
): Promise<Swapped> {
  if (path === ':memory:')
    throw new HoldfastError('USAGE', 'a database in memory has no place to put another in');
  const kept = `${path}.before-restore-${stampOf(at)}`;
  await onStep?.('verify');
  await verify(from, prepare);
  await onStep?.('lock');
  const { session, release } = await connections.takeOver();
  let swapped = false;
  try {
    lock(session.db, path);
    await onKept?.(kept);
    await onStep?.('intent');
    writeFileSync(draftOf(path), JSON.stringify({ from, kept } satisfies Intent), { flush: true });
    renameSync(draftOf(path), intentOf(path));
    syncFolder(path);
    await onStep?.('keep');
    keep(path, kept);
    await onStep?.('rename');
    renameSync(from, path);
    swapped = true;
    syncFolder(path);
    await onStep?.('finish');
    rmSync(intentOf(path));
    syncFolder(path);
  } finally {
    try {
      if (!swapped) bringToEnd(path);
      if (session.db.isTransaction) session.db.exec('ROLLBACK');
      if (!swapped)
        session.db.exec('PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL; PRAGMA user_version');
    } finally {
      release();
      if (swapped) await connections.close();
    }
  }
  return { kept };
}

/** The file is whole, of one piece, and on disk. */
async function verify(from: string, prepare: (path: string) => DatabaseSync): Promise<void> {
  let db: DatabaseSync | undefined;
  try {
    const [first] = await checkFile({ path: from, busyTimeoutMs: 0 });
    if (first !== undefined)
      throw new HoldfastError(
        first.code === 'REFERENCE_MISSING' ? 'REFERENCE_MISSING' : 'DATABASE_CORRUPT',
        `${from}: ${first.where} ${first.what}`,
      );
    db = prepare(from);
    // Folded in, so that it is one file; opening it brings the log back.
    const [mode] = Object.values(db.prepare('PRAGMA journal_mode=DELETE').get()!);
    if (mode !== 'delete') throw busy(from);
  } catch (error) {
    throw isBusy(error) ? busy(from) : translate(error, from);
  } finally {
    db?.close();
  }
  syncFile(from);
}

const busy = (path: string): HoldfastError =>
  new HoldfastError(
    'DATABASE_BUSY',
    `${path} is open in another process, which would go on in the old file`,
    {
      hint: 'Stop every process that uses the database, then repeat',
    },
  );

/** A database with a log is left by all but one before it can be without: whoever has it open shows. */
function lock(db: DatabaseSync, path: string): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const [mode] = Object.values(db.prepare('PRAGMA journal_mode=DELETE').get()!);
    if (mode !== 'delete') throw busy(path);
    db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    throw isBusy(error) ? busy(path) : translate(error, path);
  }
  for (const suffix of ['-wal', '-shm'])
    if (existsSync(`${path}${suffix}`))
      throw new HoldfastError('DATABASE_BUSY', `${path}${suffix} is still there`);
}

/** A second name, so that there is a database at every moment; where the disk knows no such names, a new one. */
function keep(path: string, kept: string): void {
  try {
    linkSync(path, kept);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    renameSync(path, kept);
  }
  syncFolder(path);
}

/** @returns what was done, undefined where there was nothing */
function bringToEnd(path: string): string | undefined {
  if (!existsSync(intentOf(path))) return undefined;
  const { from, kept } = JSON.parse(readFileSync(intentOf(path), 'utf8')) as Intent;
  const [own, old] = [fileId(path), fileId(kept)];
  const finished = own !== undefined && old !== undefined && own !== old;
  if (own === undefined && old !== undefined) renameSync(kept, path);
  else if (!finished) rmSync(kept, { force: true });
  syncFolder(path);
  rmSync(intentOf(path));
  syncFolder(path);
  if (finished) {
    removeFiles(from);
    return `a restore that was broken off is complete; what it replaced is ${basename(kept)}`;
  }
  return `a restore that was broken off was taken back: ${basename(path)} is as it was`;
}

/**
 * Brings a swap to its end that was broken off: taken back until the database was renamed, finished from there on.
 * @returns what was done, undefined where there was nothing
 * @throws DATABASE_BUSY while the process that swaps is at work
 */
export function recover(path: string): string | undefined {
  if (path === ':memory:' || !existsSync(intentOf(path))) return undefined;
  const { kept } = JSON.parse(readFileSync(intentOf(path), 'utf8')) as Intent;
  // Whoever swaps has locked the old file, whatever its name is just now.
  const old = [kept, path].find((each) => existsSync(each));
  let db: DatabaseSync | undefined;
  try {
    if (old !== undefined) {
      db = new DatabaseSync(old, { timeout: 0 });
      db.exec('BEGIN EXCLUSIVE');
    }
    return bringToEnd(path);
  } catch (error) {
    throw translate(error, path);
  } finally {
    db?.close();
  }
}

/** @returns what refuses a file that is no longer the one at this path */
export const placeOf = (path: string): (() => void) => {
  const opened = path === ':memory:' ? undefined : fileId(path);
  return () => {
    if (opened === undefined || fileId(path) === opened) return;
    const cause = Object.assign(new Error('another file has this name now'), { errcode: 5 });
    throw new HoldfastError('DATABASE_BUSY', `${path} was replaced while it was opened`, { cause });
  };
};
