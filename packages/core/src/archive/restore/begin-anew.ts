// The last step of a restore: the database is marked as one that was restored, and let go.

import { formatInstant, type Instant, now } from '../../schema/instant.ts';
import { uuid7 } from '../../schema/uuid7.ts';
import type { Store } from '../../store/open-store.ts';
import { appendAudit } from '../../system/audit.ts';
import { historyGaps, trackedTables } from '../../system/tables.ts';
import { migrationsTable } from '../../update/migrations-table.ts';
import { restoreMark } from '../../update/restore-mark.ts';
import { hasHistories } from '../backup/base-archive.ts';
import { beginTimeline } from '../backup/timeline.ts';
import type { ArchiveHeader } from '../format/header.ts';

export interface RestoredFrom {
  readonly header: ArchiveHeader;
  /** The instant whose state it is. */
  readonly at: Instant;
  /** Who restored it, and by which way. */
  readonly by: { readonly name: string; readonly via: string };
}

/**
 * In one transaction: a new timeline, a gap in every history from the archive's instant until now, an audit entry, and the
 * mark of the unfinished restore taken away.
 * @returns the id of the timeline
 */
export function beginAnew(store: Store, { header, at, by }: RestoredFrom): Promise<string> {
  const { id: archive, timeline } = header;
  const from = { archive, timeline, at: formatInstant(at), by: by.name };
  return store.transaction(async (transaction) => {
    const instant = now();
    const tracked = transaction.repository(trackedTables);
    // What the engine knows tables by was said of others, and so were digests that watch over them.
    const forgotten = { identity: null, digest: null, digestAt: null, soundAt: instant };
    // What the archive left out is not there: the past begins with it.
    const begins = hasHistories(header) ? {} : { since: at, detailedSince: null };
    await tracked.updateMany({}, { ...forgotten, ...begins });
    const { items } = await tracked.list({ limit: 10_000 });
    await transaction.repository(historyGaps).insertMany(
      items.map(({ tableName }) => ({
        ...{ id: uuid7(instant / 1000), tableName, from: Math.min(at, instant), until: instant },
        ...{ cause: 'RESTORED', details: `from the archive ${archive}` },
      })),
    );
    const begun = await beginTimeline(transaction, from);
    await appendAudit(transaction, by, {
      ...{ action: 'restore', entity: 'archive', entityId: archive },
      details: { timeline: begun.id, from: timeline },
    });
    const { domain, id } = restoreMark;
    await transaction.repository(migrationsTable).delete({ domain, id });
    return begun.id;
  });
}
