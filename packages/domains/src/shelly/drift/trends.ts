// Differences of devices over time, in the domain's own table.

import { createHash } from 'node:crypto';
import type { Insert, Repositories } from '@holdfast/core';
import type { CheckedRecord, DriftRun } from '@holdfast/core/drift';
import { uuid7 } from '@holdfast/core/sync';
import { driftTrends } from '../tables.ts';

/** Call it in a transaction, with records of which a run could tell how they are. */
export async function storeTrends(
  repositories: Repositories,
  { at }: DriftRun,
  records: readonly CheckedRecord[],
): Promise<void> {
  const trends = repositories.repository(driftTrends);
  const rows: Insert<typeof driftTrends>[] = [];
  for (const [source, own] of Map.groupBy(records, (record) => record.source ?? '')) {
    const macs = own.map(({ row }) => String(row!['mac']));
    const open = new Map<string, Insert<typeof driftTrends>>();
    for await (const found of trends.stream({ where: { source, mac: { in: macs }, resolved: false } }))
      for (const trend of found) open.set(`${trend.mac} ${trend.path}`, trend);
    for (const { row, differences } of own) {
      const mac = String(row!['mac']);
      for (const { path: full, category, severity } of differences) {
        const path = trendPath(full);
        const before = open.get(`${mac} ${path}`);
        open.delete(`${mac} ${path}`);
        rows.push({
          ...{ source, mac, path, category, severity, lastSeen: at, resolved: false, resolvedAt: null },
          id: before?.id ?? uuid7(at / 1000),
          firstSeen: before?.firstSeen ?? at,
          occurrences: (before?.occurrences ?? 0) + 1,
        });
      }
    }
    for (const { updatedAt: _, ...gone } of open.values())
      rows.push({ ...gone, resolved: true, resolvedAt: at });
  }
  await trends.upsertMany(rows);
}

const longest = 255;

/** Within the configuration; what is too long for its column ends in a digest of the whole. */
function trendPath(path: string): string {
  const inner = path.replace(/^config\./, '');
  if (inner.length <= longest) return inner;
  return `${inner.slice(0, 200).toWellFormed()}…${createHash('sha1').update(inner).digest('hex')}`;
}
