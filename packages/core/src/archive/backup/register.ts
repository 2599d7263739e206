// The register of archives that this database was backed up to.

import { HoldfastError } from '../../errors.ts';
import { type Instant, now } from '../../schema/instant.ts';
import type { Row } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import { archives } from '../../system/tables.ts';
import { outlineArchive } from '../format/archive-reader.ts';
import { openFileSource } from '../format/file-source.ts';
import { enterCopies } from '../places/wanted-copies.ts';
import { requireTimeline } from './timeline.ts';

export type ArchiveRecord = Row<typeof archives>;

export interface Registration {
  readonly path: string;
  readonly takenAt: Instant;
  readonly schemaVersions: Record<string, string>;
  readonly selection: readonly string[] | undefined;
  readonly durationMs: number;
  /** Targets that it is to be on. */
  readonly copyTo?: readonly string[] | undefined;
}

/** Enters an archive as it is read back from its file, with the copies that are wanted of it. @throws what reading its header and end does */
export async function registerArchive(store: Store, registration: Registration): Promise<void> {
  const { path, takenAt, schemaVersions, selection, durationMs, copyTo = [] } = registration;
  const source = await openFileSource(path);
  const { header, slots, root, rows, bytes } = await outlineArchive(source).finally(() => source.close());
  const { encryption, compression } = header.algorithms;
  const entered = {
    ...{ id: header.id, type: header.type, timeline: header.timeline },
    base: header.parent ?? header.base ?? null,
    ...{ target: 'file', path, takenAt },
    ...{ engine: header.engine.name, holdfastVersion: header.holdfast },
    ...{ schemaVersions, selection: selection === undefined ? null : [...selection] },
    ...{ rowCount: rows, sizeBytes: bytes, durationMs, root, compression },
    encryption: encryption === 'none' ? null : encryption,
    keyId: slots[0]?.id ?? null,
  };
  await store.transaction(async (transaction) => {
    await transaction.repository(archives).insert(entered);
    await enterCopies(transaction, entered, copyTo);
  });
}

/** The registered archive of an id, or of the only id that begins so. @throws ARCHIVE_NOT_FOUND */
export async function requireArchive(store: Store, id: string): Promise<ArchiveRecord> {
  const found: ArchiveRecord[] = [];
  for await (const rows of store.repository(archives).stream())
    found.push(...rows.filter((row) => row.id.startsWith(id)));
  if (found.length === 1) return found[0]!;
  throw new HoldfastError(
    'ARCHIVE_NOT_FOUND',
    found.length === 0
      ? `there is no archive ${id}`
      : `${found.length} archives have an id that begins with ${id}`,
  );
}

export interface ContinueOptions {
  /** Whether the increment is: a chain is so throughout. */
  readonly encrypted: boolean;
  /** Archives that are locked with the key of this id, which the caller cannot open, are passed over. */
  readonly exceptKey?: string | undefined;
}

/**
 * What the next increment goes on from: the newest archive of everything in the timeline of the database that is no
 * segment, of a differential one the newest full archive. @returns undefined where there is none
 * @throws ARCHIVE_KEY_MISSING, USAGE where all that there are have a key and the increment none, or the other way round
 */
export async function archiveToContinue(
  store: Store,
  type: 'incremental' | 'differential',
  { encrypted, exceptKey }: ContinueOptions,
): Promise<ArchiveRecord | undefined> {
  const { id: timeline } = await requireTimeline(store);
  const newest = async (locked: boolean): Promise<ArchiveRecord | undefined> => {
    const { items } = await store.repository(archives).list({
      where: {
        ...{ timeline, selection: { isNull: true }, prunedAt: null, encryption: { isNull: !locked } },
        type: type === 'differential' ? 'full' : { ne: 'segment' },
        ...(locked && exceptKey !== undefined ? { keyId: { ne: exceptKey } } : {}),
      },
      orderBy: [['takenAt', 'desc']],
      limit: 1,
    });
    return items[0];
  };
  const found = await newest(encrypted);
  const other = found ?? (await newest(!encrypted));
  if (found !== undefined || other === undefined) return found;
  const { id } = other;
  if (encrypted)
    throw new HoldfastError('USAGE', `the archive ${id} is not encrypted: a chain is so throughout`, {
      hint: 'holdfast backup create --type full with the key begins an encrypted chain',
    });
  throw new HoldfastError(
    'ARCHIVE_KEY_MISSING',
    `the archive ${id} is encrypted, and what goes on from it is so, too: a chain is so throughout`,
    {
      hint: 'Name its key (--key-file or --passphrase-file); or begin a chain without one: holdfast backup create --type full',
    },
  );
}

/** Notes what a test restore has shown. Archives that are registered nowhere are left alone. */
export async function recordProof(store: Store, id: string, proven: boolean): Promise<void> {
  await store
    .repository(archives)
    .update({ id }, proven ? { proof: 'proven', provenAt: now() } : { proof: 'failed', provenAt: null });
}
