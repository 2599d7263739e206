// Archives as `backup list` shows them.

import { existsSync } from 'node:fs';
import { formatInstant, type Store } from '@holdfast/core';
import type { ArchiveRecord } from '@holdfast/core/archive';
import { archiveCopies } from '@holdfast/core/system';
import type { ArchiveCopy } from '@holdfast/core/targets';

export const archivesJson = async (store: Store, archives: readonly ArchiveRecord[]) => {
  const copies = await copiesOf(store, archives);
  return archives.map((each) => archiveJson(each, copies.get(each.id) ?? []));
};

export type ArchiveJson = ReturnType<typeof archiveJson>;

/** The contract of an archive in `backup list --json`. */
const archiveJson = (archive: ArchiveRecord, copies: readonly ArchiveCopy[]) => ({
  ...{ id: archive.id, type: archive.type, base: archive.base, timeline: archive.timeline },
  createdAt: formatInstant(archive.takenAt),
  path: archive.path,
  /** Whether the file is where it was written to. */
  there: existsSync(archive.path),
  ...{ rows: archive.rowCount, bytes: archive.sizeBytes, root: archive.root, engine: archive.engine },
  ...{ compression: archive.compression, encryption: archive.encryption, keyId: archive.keyId },
  proven: archive.proof === 'proven',
  proof: archive.proof,
  provenAt: archive.provenAt === null ? null : formatInstant(archive.provenAt),
  ...{ selection: archive.selection, pinned: archive.pinned, durationMs: archive.durationMs },
  /** Copies that were read back from their target; `stored` is false while one waits to get there. */
  copies: copies.map(({ target, file, storedAt, verifiedAt }) => ({
    ...{ target, file, stored: storedAt !== null },
    verifiedAt: verifiedAt === null ? null : formatInstant(verifiedAt),
  })),
});

async function copiesOf(
  store: Store,
  items: readonly ArchiveRecord[],
): Promise<ReadonlyMap<string, readonly ArchiveCopy[]>> {
  const found: ArchiveCopy[] = [];
  const archiveId = { in: items.map(({ id }) => id) };
  if (items.length > 0)
    for await (const rows of store.repository(archiveCopies).stream({ where: { archiveId } }))
      found.push(...rows);
  return Map.groupBy(found, (copy) => copy.archiveId);
}
