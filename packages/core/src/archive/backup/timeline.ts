// The timeline of a database: a random id that every restore replaces, so that no chain of archives ever forks.

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { formatInstant, now } from '../../schema/instant.ts';
import type { Store } from '../../store/open-store.ts';
import type { Repositories } from '../../store/repository.ts';
import { getSetting, type Setting } from '../../system/settings.ts';
import { settings } from '../../system/tables.ts';

const timelineSchema = z.object({
  id: z.uuid(),
  since: z.string(),
  /** Of a restored database: the archive it comes from, and who brought it back. */
  from: z.object({ archive: z.uuid(), timeline: z.string(), at: z.string(), by: z.string() }).optional(),
});

export type Timeline = z.infer<typeof timelineSchema>;

/** Of this database alone: no other may have it. */
export const timelineSetting: Setting<Timeline | null> = {
  name: 'backup.timeline',
  schema: timelineSchema.nullable(),
  default: null,
};

/** The timeline of the database; null where nothing was backed up yet. */
export const currentTimeline = (store: Store): Promise<Timeline | null> => getSetting(store, timelineSetting);

/** The timeline of the database, begun where it has none. */
export async function requireTimeline(store: Store): Promise<Timeline> {
  const found = await getSetting(store, timelineSetting);
  if (found !== null) return found;
  return store.transaction(async (transaction) => {
    // Another backup may have been first.
    const meanwhile = await getSetting(transaction, timelineSetting);
    return meanwhile ?? beginTimeline(transaction);
  });
}

/** Begins a timeline in the transaction of what it begins with. */
export async function beginTimeline(
  repositories: Repositories,
  from?: NonNullable<Timeline['from']>,
): Promise<Timeline> {
  const value: Timeline = {
    id: randomUUID(),
    since: formatInstant(now()),
    ...(from === undefined ? {} : { from }),
  };
  const updatedBy = from?.by ?? null;
  await repositories.repository(settings).upsert({ name: timelineSetting.name, value, updatedBy });
  return value;
}
