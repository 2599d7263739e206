// Copies of archives on targets: wanted in the register first, then brought there, read back, and noted as whole.

import { existsSync } from 'node:fs';
import { HoldfastError, isHoldfastError } from '../../errors.ts';
import { now } from '../../schema/instant.ts';
import type { Row } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import { archiveCopies, archives } from '../../system/tables.ts';
import type { ArchiveRecord } from '../backup/register.ts';
import type { Target } from '../targets/target.ts';
import { targetSource } from '../targets/target-source.ts';
import { fileSource, type UploadProgress, uploadArchive } from '../targets/upload.ts';
import { verifyArchive } from '../verify.ts';
import { openNamedTarget, requireTarget } from './named-targets.ts';
import { enterCopies } from './wanted-copies.ts';

export type ArchiveCopy = Row<typeof archiveCopies>;

/** The id in the name of a copy; undefined where somebody else named it. */
export const idInName = (file: string): string | undefined =>
  /-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.sma$/.exec(file)?.[1];

/** Says that an archive is to be on these targets; killed afterwards, `bringCopies` goes on. @throws TARGET_UNKNOWN */
export async function wantCopies(
  store: Store,
  archive: ArchiveRecord,
  targets: readonly string[],
): Promise<void> {
  for (const target of targets) await requireTarget(store, target);
  await store.transaction((transaction) => enterCopies(transaction, archive, targets));
}

export interface CopyQuery {
  readonly archive?: string | undefined;
  readonly target?: string;
  /** Only those that are there, or only those that are not yet. */
  readonly stored?: boolean;
}

export async function listCopies(
  store: Store,
  { archive, target, stored }: CopyQuery = {},
): Promise<ArchiveCopy[]> {
  const where = {
    ...(archive === undefined ? {} : { archiveId: archive }),
    ...(target === undefined ? {} : { target }),
    ...(stored === undefined ? {} : { storedAt: { isNull: !stored } }),
  };
  const found: ArchiveCopy[] = [];
  for await (const rows of store.repository(archiveCopies).stream({ where })) found.push(...rows);
  return found;
}

export interface BroughtCopy {
  readonly archive: string;
  readonly target: string;
  readonly file: string;
  /** Bytes that an upload that broke off before had brought. */
  readonly resumed: number;
  /** Why it is not there yet. The copy stays wanted. */
  readonly error?: HoldfastError;
}

export interface BringOptions {
  /** Only copies of this archive. */
  readonly archive?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (target: string, progress: UploadProgress) => void;
}

/**
 * For every copy that is wanted and not there yet:
 * 1. Uploads the local file, going on where an earlier upload broke off; it is listed there when it is whole.
 * 2. Reads it back and compares every stored byte with its checksum, and the whole with the register.
 * 3. Notes it as stored and verified. Killed before, the next call finds it there and goes on with step 2.
 * One that fails is told, stays wanted, and does not keep the others. @throws CANCELLED
 */
export async function bringCopies(store: Store, options: BringOptions = {}): Promise<BroughtCopy[]> {
  const { archive, signal, onProgress } = options;
  const wanted = await listCopies(store, { archive, stored: false });
  const brought: BroughtCopy[] = [];
  for (const { archiveId, target, file } of wanted) {
    const record = await store.repository(archives).get({ id: archiveId });
    if (record === undefined) continue;
    const copy = { archive: archiveId, target, file };
    let resumed = 0;
    try {
      const place = await openNamedTarget(store, target);
      try {
        await bring(place, record, file, signal, (progress) => {
          resumed = progress.resumed;
          onProgress?.(target, progress);
        });
        await verifyCopy(place, record, file, signal);
      } finally {
        await place.close();
      }
      const at = now();
      await store.repository(archiveCopies).update({ archiveId, target }, { storedAt: at, verifiedAt: at });
      brought.push({ ...copy, resumed });
    } catch (error) {
      if (signal?.aborted) throw new HoldfastError('CANCELLED', 'the upload was cancelled');
      if (!isHoldfastError(error) || error.code === 'CANCELLED') throw error;
      brought.push({ ...copy, resumed, error });
    }
  }
  return brought;
}

async function bring(
  place: Target,
  { path, id }: ArchiveRecord,
  file: string,
  signal: AbortSignal | undefined,
  onProgress: (progress: UploadProgress) => void,
): Promise<void> {
  // It may have got there before its process died.
  if ((await place.stat(file)) !== undefined) return;
  if (!existsSync(path))
    throw new HoldfastError(
      'ARCHIVE_NOT_FOUND',
      `the archive ${id} is no longer at ${path}: there is nothing to upload`,
    );
  await using source = await fileSource(path);
  await uploadArchive(place, file, source, { onProgress, ...(signal === undefined ? {} : { signal }) });
}

/** Every stored byte as the target gives it. @throws TARGET_CORRUPT where it is another archive, and what verifying throws */
export async function verifyCopy(
  place: Target,
  { id, root }: Pick<ArchiveRecord, 'id' | 'root'>,
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  // Not closed: that would close the target.
  const source = await targetSource(place, file);
  const found = await verifyArchive(source, {
    depth: 'stored',
    ...(signal === undefined ? {} : { signal }),
  });
  if (found.id !== id || found.root !== root)
    throw new HoldfastError('TARGET_CORRUPT', `${place.place}: ${file} is another archive than ${id}`);
}
