// What of the past is kept. Dropped are changes before a horizon; what was valid at it stays, and so does the creation
// of each record.

import { z } from 'zod';
import { type Instant, now } from '../schema/instant.ts';
import { historySpec, journalOps, type TableSpec } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import type { Transaction } from '../store/transaction.ts';
import { Parameters } from '../store/where.ts';
import type { Setting } from '../system/settings.ts';
import { getSetting } from '../system/settings.ts';
import { journal, runScopes, runs, trackedTables } from '../system/tables.ts';
import { compactTable } from './compact-history.ts';
import { historyTable } from './history-table.ts';

/** Days of history; null for all of it. */
export const historyDays: Setting<number | null> = {
  name: 'history.days',
  schema: z.number().int().min(1).nullable(),
  default: null,
};

/** Days in which each change is kept by itself; before them one of each record and day. Null for all of them. */
export const historyDetailDays: Setting<number | null> = {
  name: 'history.detailDays',
  schema: z.number().int().min(1).nullable(),
  default: null,
};

/** Days of sweeps' results; the first and the last sweep of each source are always kept. */
export const runDays: Setting<number | null> = {
  name: 'runs.days',
  schema: z.number().int().min(1).nullable(),
  default: 90,
};

export interface Pruned {
  readonly changes: number;
  /** Changes that became one with the others of their record and day. */
  readonly compacted: number;
  readonly transactions: number;
  readonly runs: number;
}

/** Changes deleted in one transaction: others get their turn between two. */
const batch = 5_000;
const day = 86_400_000_000;

/**
 * Drops what the settings no longer keep.
 * 1. Moves the beginning of each table's history to the horizon: what lies before is refused from then on.
 * 2. Deletes, in batches, changes before it: creations stay, and whatever tells what was valid at the horizon came
 *    after it. Killed here: the rest goes next time.
 * 3. Makes one of the changes of a record and day, where the settings say so: see `compactTable`.
 * 4. Deletes journal rows whose changes are gone, then old sweeps.
 * Room: none but the log of a batch.
 */
export async function pruneHistory(store: Store, at: Instant = now()): Promise<Pruned> {
  const days = await getSetting(store, historyDays);
  const detailed = await getSetting(store, historyDetailDays);
  const daysOfRuns = await getSetting(store, runDays);
  let [changes, compacted, transactions] = [0, 0, 0];
  const tables = store.domains.flatMap((domain) => [...domain.tables]);
  for (const table of tables) {
    if (table.spec.history !== undefined && days !== null)
      changes += await pruneTable(store, table.spec, at - days * day);
    if (table.spec.history === 'versions' && detailed !== null)
      compacted += await compactTable(store, historyTable(store, table), at - detailed * day);
  }
  const oldest = Math.max(
    ...[days, detailed].map((each) => (each === null ? Number.NEGATIVE_INFINITY : at - each * day)),
  );
  if (Number.isFinite(oldest)) transactions = await pruneJournal(store, oldest);
  const swept = daysOfRuns === null ? 0 : await pruneRuns(store, at - daysOfRuns * day);
  return { changes, compacted, transactions, runs: swept };
}

async function pruneTable(store: Store, spec: TableSpec, horizon: Instant): Promise<number> {
  const { syntax } = store.engine;
  const history = syntax.quote(historySpec(spec)!.name);
  const instant = store.codec(trackedTables).instant(horizon);
  await store
    .repository(trackedTables)
    .updateMany({ tableName: spec.name, since: { lt: horizon } }, { since: horizon });
  let pruned = 0;
  for (;;) {
    const step = await store.transaction(async ({ session }: Transaction) => {
      const parameters = new Parameters(syntax);
      const old = `h.journal_at < ${parameters.add(instant)} AND h.journal_op <> ${journalOps.insert}`;
      const rows = await session.all(
        {
          sql: `SELECT h.journal_seq FROM ${history} AS h WHERE ${old} ORDER BY h.journal_seq LIMIT ${batch}`,
          bigints: true,
        },
        parameters.values,
      );
      if (rows.length === 0) return 0;
      const [first, last] = [rows[0]![0]!, rows.at(-1)![0]!];
      const between = new Parameters(syntax);
      const sql = `DELETE FROM ${history} WHERE journal_seq BETWEEN ${between.add(first)} AND ${between.add(last)} AND journal_at < ${between.add(instant)} AND journal_op <> ${journalOps.insert}`;
      return session.run({ sql }, between.values);
    });
    if (step === 0) return pruned;
    pruned += step;
  }
}

/** Of transactions before the horizon those that still stand behind a creation are kept. */
async function pruneJournal(store: Store, horizon: Instant): Promise<number> {
  const { syntax } = store.engine;
  const tracked = store.domains
    .flatMap(({ tables }) => tables.map(({ spec }) => spec))
    .filter(({ history }) => history);
  const kept = new Set<bigint>();
  for (const spec of tracked) {
    const name = syntax.quote(historySpec(spec)!.name);
    const instant = store.codec(trackedTables).instant(horizon);
    const sql = `SELECT DISTINCT h.journal_txn FROM ${name} AS h WHERE h.journal_at < ${syntax.placeholder(1)} AND h.journal_txn IS NOT NULL`;
    const rows = await store.engine.read((session) => session.all({ sql, bigints: true }, [instant]));
    for (const [txn] of rows) kept.add(BigInt(txn as bigint));
  }
  let pruned = 0;
  for await (const rows of store.repository(journal).stream({ where: { at: { lt: horizon } } })) {
    const gone = rows.map(({ txn }) => txn).filter((txn) => !kept.has(txn));
    if (gone.length > 0) pruned += await store.repository(journal).deleteMany({ txn: { in: gone } });
  }
  return pruned;
}

async function pruneRuns(store: Store, horizon: Instant): Promise<number> {
  const ends = new Set<string>();
  for (const direction of ['asc', 'desc'] as const) {
    const seen = new Set<string>();
    const { items } = await store
      .repository(runScopes)
      .list({ orderBy: [['runId', direction]], limit: 10_000 });
    for (const { source, runId } of items) {
      if (!seen.has(source)) ends.add(runId);
      seen.add(source);
    }
  }
  return store.repository(runs).deleteMany({ startedAt: { lt: horizon }, id: { notIn: [...ends] } });
}
