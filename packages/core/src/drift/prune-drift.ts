// How long drift runs, and differences that are no more, are kept.

import { z } from 'zod';
import { type Instant, now } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { getSetting, type Setting } from '../system/settings.ts';
import { driftItems, driftRuns } from '../system/tables.ts';

/** Days of drift runs and of resolved differences; null for all of them. */
export const driftDays: Setting<number | null> = {
  name: 'drift.days',
  schema: z.number().int().min(1).nullable(),
  default: 90,
};

export interface PrunedDrift {
  readonly driftRuns: number;
  /** Resolved ones. */
  readonly differences: number;
}

const day = 86_400_000_000;
/** Runs deleted in one statement. */
const batch = 1_000;

/**
 * Drops, in batches, resolved differences and runs that are older than the setting says. Kept whatever their age are
 * differences that are open or acknowledged, the runs that saw those last, and the newest run of what each was about.
 */
export async function pruneDrift(store: Store, at: Instant = now()): Promise<PrunedDrift> {
  const horizon = await horizonAt(store, at);
  if (horizon === undefined) return { driftRuns: 0, differences: 0 };
  const items = store.repository(driftItems);
  let differences = 0;
  for await (const rows of items.stream({ where: resolvedBefore(horizon) }))
    differences += await items.deleteMany({ id: { in: rows.map(({ id }) => id) }, state: 'resolved' });
  const gone = await oldRuns(store, horizon);
  const runs = store.repository(driftRuns);
  for (let from = 0; from < gone.length; from += batch)
    await runs.deleteMany({ id: { in: gone.slice(from, from + batch) } });
  return { driftRuns: gone.length, differences };
}

/** What `pruneDrift` would drop. Writes nothing. */
export async function previewDriftPrune(store: Store, at: Instant = now()): Promise<PrunedDrift> {
  const horizon = await horizonAt(store, at);
  if (horizon === undefined) return { driftRuns: 0, differences: 0 };
  const differences = await store.repository(driftItems).count(resolvedBefore(horizon));
  return { driftRuns: (await oldRuns(store, horizon)).length, differences };
}

async function horizonAt(store: Store, at: Instant): Promise<Instant | undefined> {
  const days = await getSetting(store, driftDays);
  return days === null ? undefined : at - days * day;
}

const resolvedBefore = (horizon: Instant) => ({ state: 'resolved', resolvedAt: { lt: horizon } }) as const;

/** Ids of the runs that go. */
async function oldRuns(store: Store, horizon: Instant): Promise<string[]> {
  const items = store.repository(driftItems);
  const kept = new Set<string>();
  for await (const rows of items.stream({ where: { state: { ne: 'resolved' }, lastSeen: { lt: horizon } } }))
    for (const { runId } of rows) kept.add(runId);
  const runs = store.repository(driftRuns);
  const newest = new Map<string, { readonly id: string; readonly startedAt: Instant }>();
  const old: string[] = [];
  for await (const rows of runs.stream())
    for (const { id, startedAt, resource, recordId, source, schedule } of rows) {
      const about = JSON.stringify([resource, recordId === null, source, schedule]);
      const before = newest.get(about);
      if (before === undefined || before.startedAt < startedAt) newest.set(about, { id, startedAt });
      if (startedAt < horizon) old.push(id);
    }
  for (const { id } of newest.values()) kept.add(id);
  return old.filter((id) => !kept.has(id));
}
