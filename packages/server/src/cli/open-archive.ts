// An archive by the path of its file, by a target and its name there, or by an id that the database has registered.

import { existsSync } from 'node:fs';
import { HoldfastError, isHoldfastError, type Store } from '@holdfast/core';
import { type FileSource, openFileSource, requireArchive } from '@holdfast/core/archive';
import { openOnTarget, openRegistered } from '@holdfast/core/targets';
import type { Invocation } from './invocation.ts';

export interface NamedArchive {
  /** Of its file, or `TARGET:FILE`. */
  readonly path: string;
  readonly source: FileSource;
}

/** `TARGET:FILE` in its two parts; undefined for what is none. */
export function onTarget(named: string): { readonly target: string; readonly file: string } | undefined {
  const [, target, file] =
    /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}):([A-Za-z0-9][A-Za-z0-9._-]*)$/.exec(named) ?? [];
  return target === undefined || file === undefined ? undefined : { target, file };
}

/** Opens it, and closes it after `work`. @throws ARCHIVE_NOT_FOUND, TARGET_UNKNOWN, TARGET_NOT_FOUND */
export async function withArchive<T>(
  invocation: Invocation,
  named: string,
  work: (archive: NamedArchive) => Promise<T>,
): Promise<T> {
  const { path, source } = existsSync(named)
    ? { path: named, source: await openFileSource(named) }
    : await openElsewhere(invocation, named);
  try {
    return await work({ path, source });
  } finally {
    await source.close();
  }
}

async function openElsewhere(invocation: Invocation, named: string): Promise<NamedArchive> {
  const there = onTarget(named);
  const found = await withStoreIfAny(invocation, async (store): Promise<NamedArchive | undefined> => {
    if (there !== undefined)
      return { path: named, source: await openOnTarget(store, there.target, there.file) };
    if (!/^[0-9a-f-]{4,36}$/.test(named)) return undefined;
    const { place, source } = await openRegistered(store, await requireArchive(store, named));
    return { path: place, source };
  });
  if (found !== undefined) return found;
  throw new HoldfastError(
    'ARCHIVE_NOT_FOUND',
    `there is no file ${named}, and no archive of this id is registered`,
  );
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
