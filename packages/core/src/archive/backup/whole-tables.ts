// Which tables an increment must hold whole: those of which it cannot be known, row by row, what has changed.

import { watchCapture } from '../../history/watch.ts';
import type { Instant } from '../../schema/instant.ts';
import type { TableSpec } from '../../schema/spec.ts';
import type { Store } from '../../store/open-store.ts';
import { historyGaps, trackedTables } from '../../system/tables.ts';
import { declarationOf } from './base-archive.ts';

/**
 * Declared tables without a history, those whose declaration is another one than in the archive that is gone on from, those
 * whose changes may have gone unseen since, and those whose history no longer reaches back to it.
 * @param before tables of that archive, with the fingerprint of their declaration
 * @param since its instant
 */
export async function wholeTables(
  store: Store,
  content: readonly TableSpec[],
  before: ReadonlyMap<string, string>,
  since: Instant,
): Promise<ReadonlySet<string>> {
  // Notes what it finds as gaps.
  const faults = new Set((await watchCapture(store)).map(({ table }) => table));
  const broken = new Set(faults);
  for await (const gaps of store
    .repository(historyGaps)
    .stream({ where: { or: [{ until: { isNull: true } }, { until: { gt: since } }] } }))
    for (const { tableName } of gaps) broken.add(tableName);
  const tracked = new Set<string>();
  for await (const rows of store.repository(trackedTables).stream())
    for (const { tableName, since: kept, detailedSince } of rows)
      if (kept <= since && (detailedSince ?? kept) <= since) tracked.add(tableName);
  return new Set(
    content
      .filter(
        (spec) =>
          spec.history === undefined ||
          before.get(spec.name) !== declarationOf(spec) ||
          broken.has(spec.name) ||
          !tracked.has(spec.name),
      )
      .map(({ name }) => name),
  );
}
