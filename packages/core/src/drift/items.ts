// Differences over time: each one from when it was first seen until it is seen no more.

import type { Insert, Row } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Repositories, Repository } from '../store/repository.ts';
import { driftItems } from '../system/tables.ts';
import type { CheckedRecord } from './check.ts';
import { type DriftDifference, describe, suggest } from './difference.ts';
import type { DriftRun } from './hook.ts';
import { pathSegments } from './path.ts';
import type { Subject } from './subject.ts';

export type DriftItem = Row<typeof driftItems>;

/**
 * Brings the differences of these records up to what a run found; call it in a transaction. Of records of which
 * nobody can tell how they are, what was open stays open.
 */
export async function storeItems(
  repositories: Repositories,
  { id: runId, at }: Pick<DriftRun, 'id' | 'at'>,
  resource: string,
  records: readonly CheckedRecord[],
): Promise<void> {
  const told = records.filter(({ status }) => status !== 'unknown' && status !== 'errored');
  if (told.length === 0) return;
  const repository = repositories.repository(driftItems);
  const ids = told.map(({ id }) => id);
  const open = Map.groupBy(await openItems(repository, resource, ids), ({ recordId }) => recordId);
  const rows: Insert<typeof driftItems>[] = [];
  for (const record of told) {
    const known = new Map((open.get(record.id) ?? []).map((item) => [item.path, item]));
    for (const difference of record.differences) {
      const before = known.get(difference.path);
      known.delete(difference.path);
      const { path, type, expected, actual, secret, category, severity, acknowledged } = difference;
      rows.push({
        ...{ resource, recordId: record.id, source: record.source },
        ...{ path, type, expected, actual, secret, category, severity, runId, lastSeen: at },
        id: before?.id ?? uuid7(at / 1000),
        state: acknowledged ? 'acknowledged' : 'open',
        firstSeen: before?.firstSeen ?? at,
        occurrences: (before?.occurrences ?? 0) + 1,
        resolvedAt: null,
      });
    }
    for (const gone of known.values()) rows.push({ ...gone, state: 'resolved', resolvedAt: at });
  }
  await repository.upsertMany(rows);
}

async function openItems(
  repository: Repository<typeof driftItems>,
  resource: string,
  ids: readonly string[],
): Promise<DriftItem[]> {
  const items: DriftItem[] = [];
  const where = { resource, recordId: { in: ids }, state: { ne: 'resolved' as const } };
  for await (const rows of repository.stream({ where })) items.push(...rows);
  return items;
}

/** A stored difference with its words. */
export function itemDifference(subject: Subject, item: DriftItem): DriftDifference {
  const { path, type, expected, actual, secret, category, severity } = item;
  const { note } = subject.classify({ segments: pathSegments(path), type, expected, actual });
  const told = { path, type, expected, actual, secret };
  return { ...told, category, severity, description: describe(told), suggestion: suggest(told, note) };
}
