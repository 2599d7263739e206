// What takes the place of a database knows the archives that this one has: the register in an archive ends before itself.

import type { Store } from '../../store/open-store.ts';
import { archiveCopies, archives, knownTargets } from '../../system/tables.ts';

/** Archives as `living` has them now; copies where `restored` has their target. */
export async function carryArchives(living: Store, restored: Store): Promise<void> {
  const targets = new Set<string>();
  for await (const rows of restored.repository(knownTargets).stream())
    for (const { name } of rows) targets.add(name);
  for await (const rows of living.repository(archives).stream())
    await restored.repository(archives).upsertMany(rows);
  for await (const rows of living.repository(archiveCopies).stream())
    await restored.repository(archiveCopies).upsertMany(rows.filter(({ target }) => targets.has(target)));
}
