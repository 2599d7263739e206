// Where a restore works: for a file, a new one beside it that takes its name in the end; for a server, the database itself.

import { constants } from 'node:fs';
import { access, link, open, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { ownedName, removeFiles, removeLeftovers, restoringPurpose } from '../../engine/sqlite/scratch.ts';
import { parseSqliteUrl } from '../../engine/sqlite/settings.ts';
import { HoldfastError, isHoldfastError } from '../../errors.ts';
import { syncFolder } from '../../files/sync-folder.ts';
import type { Domain } from '../../schema/domain.ts';
import type { TableSpec } from '../../schema/spec.ts';
import { systemDomain } from '../../system/domain.ts';
import { specsOf } from '../backup/content.ts';
import { checkEmpty, dropTables } from './target-tables.ts';

export interface RestorePlace {
  /** What is to be loaded into. */
  readonly url: string;
  /** Puts what was restored in its place. It is closed by then. */
  settle(): Promise<void>;
  /** Takes away what was begun. It is closed by then. */
  abandon(): Promise<void>;
}

/**
 * Looks at the target, and says where to work.
 * @param specs tables that may be there
 * @param dryRun nothing is written, not even beside the target
 * @throws RESTORE_NOT_EMPTY, DATABASE_BUSY, DATABASE_NOT_FOUND without the folder, DATABASE_UNREACHABLE, USAGE for a database in memory, and every error of opening it
 */
export async function placeFor(
  url: string,
  specs: readonly TableSpec[],
  dryRun: boolean,
): Promise<RestorePlace> {
  if (!/^(sqlite|file):/i.test(url)) return serverPlace(url, specs, dryRun);
  const { path } = parseSqliteUrl(url);
  if (path === ':memory:')
    throw new HoldfastError('USAGE', 'a database in memory is gone when the restore ends');
  await requireFolder(path);
  const there = await exists(path);
  if (there) await withEngine(url, { mustExist: true }, (engine) => checkEmpty(engine, specs));
  if (there && (await exists(`${path}-wal`)))
    throw new HoldfastError('DATABASE_BUSY', `another process has ${path} open`, {
      hint: 'Stop it, then repeat',
    });
  const nothing = async (): Promise<void> => {};
  if (dryRun) return { url: 'sqlite::memory:', settle: nothing, abandon: nothing };
  removeLeftovers(path, restoringPurpose);
  const beside = ownedName(path, restoringPurpose);
  await tryToMake(beside, path);
  return {
    url: `sqlite:${beside}`,
    settle: () => giveName(beside, path, there),
    abandon: async () => removeFiles(beside),
  };
}

/** @throws DATABASE_NOT_FOUND */
async function requireFolder(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory())
    throw new HoldfastError('DATABASE_NOT_FOUND', `${dirname(path)} is no folder, so ${path} cannot be made`);
}

/** What cannot be made is told by the name that was given, not by the one that it has until it is whole. */
async function tryToMake(beside: string, path: string): Promise<void> {
  try {
    await (await open(beside, 'wx', 0o600)).close();
    await unlink(beside);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code;
    throw new HoldfastError('DATABASE_UNREACHABLE', `${path} cannot be made: ${why}`, {
      cause,
      hint: 'Name a folder that this account may write to',
    });
  }
}

/** Whether a database is there, and a restore into it would be one into records that live. */
export async function holdsRecordsAt(url: string, domains: readonly Domain[]): Promise<boolean> {
  if (/^(sqlite|file):/i.test(url) && !(await exists(parseSqliteUrl(url).path))) return false;
  try {
    await withEngine(url, {}, (engine) => checkEmpty(engine, specsOf([systemDomain, ...domains])));
    return false;
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'RESTORE_NOT_EMPTY') return true;
    throw error;
  }
}

async function serverPlace(url: string, specs: readonly TableSpec[], dryRun: boolean): Promise<RestorePlace> {
  await withEngine(url, {}, async (engine) => {
    await checkEmpty(engine, specs);
    if (!dryRun) await dropTables(engine, specs);
  });
  return {
    url,
    settle: async () => {},
    abandon: () => withEngine(url, {}, (engine) => dropTables(engine, specs)),
  };
}

async function withEngine(
  url: string,
  options: Parameters<typeof openEngine>[1],
  work: (engine: Engine) => Promise<void>,
): Promise<void> {
  const engine = await openEngine(url, options);
  try {
    await work(engine);
  } finally {
    await engine.close();
  }
}

/** A database that somebody has made there meanwhile stays; an empty one that was looked at gives way. */
async function giveName(from: string, path: string, replace: boolean): Promise<void> {
  if (await exists(`${from}-wal`)) throw new Error(`${from} was not closed`);
  if (replace) await rename(from, path);
  else {
    // A log without its database would be taken for one of the new file.
    if (!(await exists(path)))
      for (const suffix of ['-wal', '-shm']) await rm(`${path}${suffix}`, { force: true });
    try {
      await link(from, path);
      await unlink(from);
    } catch (cause) {
      if (await exists(path))
        throw new HoldfastError('RESTORE_NOT_EMPTY', `${path} has appeared meanwhile`, { cause });
      await rename(from, path);
    }
  }
  await syncFolder(dirname(path));
}

const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
