// Where the database is, once it has moved: a file in the data folder, which may hold a password. While a move is under way
// another file tells where to, so that whoever comes after a crash can bring it to its end.

import { readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, syncFolder } from '@holdfast/core';

const settled = 'database.json';
const underWay = 'database.next.json';

/** The URL of the database that belongs to the data folder; undefined: the file in it. @throws SETTING_INVALID */
export const movedDatabase = (folder: string): string | undefined => read(join(folder, settled));

/** Where a move that is under way, or was broken off, leads to. @throws SETTING_INVALID */
export const databaseUnderWay = (folder: string): string | undefined => read(join(folder, underWay));

export async function depart(folder: string, url: string): Promise<void> {
  const path = join(folder, underWay);
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ url }, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(folder);
}

/** Called again, it does nothing. */
export async function settle(folder: string): Promise<void> {
  try {
    await rename(join(folder, underWay), join(folder, settled));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await syncFolder(folder);
}

export const stay = (folder: string): Promise<void> => rm(join(folder, underWay), { force: true });

/** The old database is the one again that belongs to the data folder. @param url undefined: the file in it */
export async function settleBack(folder: string, url: string | undefined): Promise<void> {
  if (url === undefined) await rm(join(folder, settled), { force: true });
  else {
    await depart(folder, url);
    await settle(folder);
  }
}

function read(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unsound(path, (error as Error).message);
  }
  try {
    const { url } = JSON.parse(text) as { url?: unknown };
    if (typeof url === 'string') return url;
  } catch {
    // Told below.
  }
  throw unsound(path, 'it has no url');
}

const unsound = (path: string, why: string): HoldfastError =>
  new HoldfastError('SETTING_INVALID', `${path} cannot be read: ${why}`, {
    hint: `Write {"url": "postgres://…"} into it, or name the database with --database`,
  });
