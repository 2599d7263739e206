// An archive that no retention removes.

import type { Store } from '@holdfast/core';
import { requireArchive } from '@holdfast/core/archive';
import { archives } from '@holdfast/core/system';

/** @throws ARCHIVE_NOT_FOUND */
export async function pinArchive(store: Store, archive: string, pinned: boolean) {
  const { id } = await requireArchive(store, archive);
  await store.repository(archives).update({ id }, { pinned });
  return { id, pinned };
}
