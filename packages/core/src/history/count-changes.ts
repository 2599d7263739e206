// How much has changed since an instant, counted by the database.

import type { Resource } from '../schema/domain.ts';
import type { Instant } from '../schema/instant.ts';
import { journalOps } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import { Parameters } from '../store/where.ts';
import { counts, historyTable } from './history-table.ts';
import { seqRange } from './seq-range.ts';

export interface ChangeCounts {
  readonly created: number;
  /** Records that a sweep found gone among them: they are kept. */
  readonly updated: number;
  readonly deleted: number;
}

/** @throws HISTORY_NONE */
export async function countChanges(
  store: Store,
  resources: readonly Resource[],
  from: Instant,
): Promise<ChangeCounts> {
  const sums = { 1: 0, 2: 0, 3: 0 };
  for (const { table } of resources) {
    const history = historyTable(store, table);
    const { codec } = history;
    const { first, last } = await seqRange(store, history, from, undefined);
    const parameters = new Parameters(codec.syntax);
    const range = `h.journal_seq BETWEEN ${parameters.add(first)} AND ${parameters.add(last)}`;
    const since = `h.journal_at >= ${parameters.add(codec.instant(from))}`;
    const sql = `SELECT h.journal_op, count(*) FROM ${history.history} AS h WHERE ${counts('h')} AND ${range} AND ${since} GROUP BY h.journal_op`;
    const rows = await store.engine.read((session) => session.all({ sql, bigints: true }, parameters.values));
    for (const [op, count] of rows) sums[Number(op) as keyof typeof sums] += Number(count);
  }
  return {
    created: sums[journalOps.insert],
    updated: sums[journalOps.update],
    deleted: sums[journalOps.delete],
  };
}
