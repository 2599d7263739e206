// A registered archive from wherever it is: its local file, or a copy on a target.

import { existsSync } from 'node:fs';
import { type HoldfastError as Failure, HoldfastError, isHoldfastError } from '../../errors.ts';
import type { Store } from '../../store/open-store.ts';
import type { ArchiveRecord } from '../backup/register.ts';
import type { UnlockKey } from '../crypto/keys.ts';
import { ArchiveReader } from '../format/archive-reader.ts';
import { type FileSource, openFileSource } from '../format/file-source.ts';
import { chainTo } from '../retention/chain.ts';
import { targetSource } from '../targets/target-source.ts';
import { factsOf } from './archive-facts.ts';
import { listCopies } from './copies.ts';
import { openNamedTarget } from './named-targets.ts';

/** Closes the target with the source. @throws TARGET_UNKNOWN, TARGET_NOT_FOUND */
export async function openOnTarget(store: Store, target: string, file: string): Promise<FileSource> {
  const place = await openNamedTarget(store, target);
  try {
    return await targetSource(place, file);
  } catch (error) {
    await place.close();
    throw error;
  }
}

export interface PlacedArchive {
  /** A path, or `TARGET:FILE`. */
  readonly place: string;
  readonly source: FileSource;
}

/** The local file where it is there, else the first copy that answers. @throws ARCHIVE_NOT_FOUND, or why no copy answered */
export async function openRegistered(
  store: Store,
  { id, path }: Pick<ArchiveRecord, 'id' | 'path'>,
): Promise<PlacedArchive> {
  if (existsSync(path)) return { place: path, source: await openFileSource(path) };
  let failure: Failure | undefined;
  for (const { target, file } of await listCopies(store, { archive: id, stored: true })) {
    try {
      return { place: `${target}:${file}`, source: await openOnTarget(store, target, file) };
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      failure ??= error;
    }
  }
  throw (
    failure ??
    new HoldfastError('ARCHIVE_NOT_FOUND', `the archive ${id} is no longer at ${path}, nor on any target`)
  );
}

/** Opens a registered archive with all that it goes back to, and closes it after `work`. @throws CHAIN_BROKEN */
export async function withRegisteredChain<T>(
  store: Store,
  id: string,
  keys: readonly UnlockKey[],
  work: (chain: readonly ArchiveReader[]) => Promise<T>,
): Promise<T> {
  const facts = await factsOf(store);
  const sources: FileSource[] = [];
  try {
    const chain: ArchiveReader[] = [];
    for (const part of chainTo(facts, id)) {
      const { source } = await openRegistered(store, part);
      sources.push(source);
      chain.push(await ArchiveReader.open(source, { keys }));
    }
    return await work(chain);
  } finally {
    for (const source of sources) await source.close();
  }
}
