// The database at its new place begins: what was said of the old one alone is forgotten.

import { beginTimeline } from '../archive/backup/timeline.ts';
import { now } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { type Actor, appendAudit } from '../system/audit.ts';
import { trackedTables } from '../system/tables.ts';
import { migrationsTable } from '../update/migrations-table.ts';
import { restoreMark } from '../update/restore-mark.ts';

/**
 * In one transaction: a new timeline, since positions in the old database mean nothing in this one, an audit entry, and
 * the mark of the unfinished move taken away. Its history has no gap. Called again, it does nothing.
 */
export function arrive(store: Store, from: string, by: Actor): Promise<void> {
  return store.transaction(async (transaction) => {
    const { domain, id } = restoreMark;
    if (!(await transaction.repository(migrationsTable).delete({ domain, id }))) return;
    const forgotten = { identity: null, digest: null, digestAt: null, soundAt: now() };
    await transaction.repository(trackedTables).updateMany({}, forgotten);
    const { id: timeline } = await beginTimeline(transaction);
    await appendAudit(transaction, by, {
      ...{ action: 'move', entity: 'database', entityId: timeline },
      details: { from },
    });
  });
}
