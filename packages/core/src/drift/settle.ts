// Stores what a page of records came to: differences, acknowledgements that are over, what the domain makes of it.

import { driftItems, driftRules } from '../system/tables.ts';
import type { CheckedRecord, DriftStatus } from './check.ts';
import { acknowledgedOf, type DriftRuleRecord } from './drift-rules.ts';
import { type DriftItem, storeItems } from './items.ts';
import type { Looked, LookedPage, ResourceRun } from './look.ts';
import { pageSize, recordsById, wishesById } from './records.ts';

/** In one transaction: all of a page, or nothing. */
export const settlePage = (
  { store, run, resource, signal }: ResourceRun,
  { looked, released }: LookedPage,
): Promise<CheckedRecord[]> =>
  store.transaction(
    async (transaction) => {
      if (released.length > 0)
        await transaction
          .repository(driftItems)
          .updateMany(
            { resource: resource.name, recordId: { in: released }, state: { ne: 'resolved' } },
            { state: 'resolved', resolvedAt: run.at },
          );
      if (looked.length === 0) return [];
      const rules = transaction.repository(driftRules);
      const ids = looked.map(({ id }) => id);
      const known: DriftRuleRecord[] = [];
      for await (const rows of rules.stream({
        where: { kind: 'acknowledge', resource: resource.name, recordId: { in: ids } },
      }))
        known.push(...rows);
      const byRecord = Map.groupBy(known, ({ recordId }) => recordId);
      const over: string[] = [];
      const records = looked.map((each) => {
        if (each.status !== undefined) return checked(each, each.status, []);
        const { differences, over: ended } = acknowledgedOf(byRecord.get(each.id) ?? [], each.found, run.at);
        over.push(...ended);
        const open = differences.some(({ acknowledged }) => !acknowledged);
        const status = differences.length === 0 ? 'in_sync' : open ? 'drifted' : 'acknowledged';
        return checked(each, status, differences);
      });
      if (over.length > 0) await rules.deleteMany({ id: { in: over } });
      await storeItems(transaction, run, resource.name, records);
      await resource.drift?.hook?.stored?.(transaction, run, records);
      return records;
    },
    { ...(signal === undefined ? {} : { signal }) },
  );

const checked = (
  { found: _found, ...rest }: Looked,
  status: DriftStatus,
  differences: CheckedRecord['differences'],
): CheckedRecord => ({ ...rest, status, differences });

/** Differences of records that are gone, and of which nothing is wanted any more: nothing else would end them. */
export async function settleLeftovers({
  store,
  run,
  resource,
  subject,
  accepts,
}: ResourceRun): Promise<void> {
  if (run.recordId !== undefined || accepts !== undefined) return;
  const items = store.repository(driftItems);
  const where = {
    ...{ resource: resource.name, state: { ne: 'resolved' as const }, runId: { ne: run.id } },
    ...(run.source === undefined ? {} : { source: run.source }),
  };
  let after: string | null = null;
  do {
    const page: { items: DriftItem[]; next: string | null } = await items.list({
      where,
      limit: pageSize,
      after,
    });
    after = page.next;
    const ids = [...new Set(page.items.map(({ recordId }) => recordId))];
    const wishes = await wishesById(store, resource.name, ids);
    const there = await recordsById(store, resource, ids, subject.idOf);
    const left = ids.filter(
      (id) => !wishes.has(id) && !(there.has(id) && resource.drift?.desired !== undefined),
    );
    if (left.length > 0)
      await items.updateMany(
        { resource: resource.name, recordId: { in: left }, state: { ne: 'resolved' } },
        { state: 'resolved', resolvedAt: run.at },
      );
  } while (after !== null);
}
