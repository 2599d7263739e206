// An archive by the path of its file, or by an id that the database has registered.

import { existsSync } from 'node:fs';
import { HoldfastError, isHoldfastError, type Store } from '@holdfast/core';
import { type FileSource, openFileSource, requireArchive } from '@holdfast/core/archive';
import type { Invocation } from './invocation.ts';

export interface NamedArchive {
  readonly path: string;
  readonly source: FileSource;
}

/** Opens it, and closes it after `work`. @throws ARCHIVE_NOT_FOUND */
export async function withArchive<T>(
  invocation: Invocation,
  named: string,
  work: (archive: NamedArchive) => Promise<T>,
): Promise<T> {
  const path = existsSync(named) ? named : await registeredPath(invocation, named);
  const source = await openFileSource(path);
  try {
    return await work({ path, source });
  } finally {
    await source.close();
  }
}

async function registeredPath(invocation: Invocation, id: string): Promise<string> {
  const path = /^[0-9a-f-]{4,36}$/.test(id)
    ? await withStoreIfAny(invocation, async (store) => (await requireArchive(store, id)).path)
    : undefined;
  if (path === undefined)
    throw new HoldfastError(
      'ARCHIVE_NOT_FOUND',
      `there is no file ${id}, and no archive of this id is registered`,
    );
  return path;
}

/** Work on the store where there is one: archives are read just as well without. */
export async function withStoreIfAny<T>(
  invocation: Invocation,
  work: (store: Store) => Promise<T>,
): Promise<T | undefined> {
  let store: Store;
  try {
    store = await invocation.open({ create: false });
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'DATABASE_NOT_FOUND') return undefined;
    throw error;
  }
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
