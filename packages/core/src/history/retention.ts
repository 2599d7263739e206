// What of the past is kept. Dropped are changes before a horizon; what was valid at it stays, and so does the creation
// of each record.

import { z } from 'zod';
import { type Instant, now } from '../schema/instant.ts';
import { historySpec, journalOps, type TableSpec } from '../schema/spec.ts';
import type { AnyTable } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import type { Transaction } from '../store/transaction.ts';
import { Parameters } from '../store/where.ts';
import type { Setting } from '../system/settings.ts';
import { getSetting } from '../system/settings.ts';
import { journal, runScopes, runs, trackedTables } from '../system/tables.ts';
import { compactTable, countCompactable } from './compact-history.ts';
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
  const { kept, detailed, runsFrom } = await horizons(store, at);
  let [changes, compacted, transactions] = [0, 0, 0];
  for (const table of trackedOf(store)) {
    if (kept !== undefined) changes += await pruneTable(store, table.spec, kept);
    if (table.spec.history === 'versions' && detailed !== undefined)
      compacted += await compactTable(store, historyTable(store, table), detailed);
  }
  const oldest = Math.max(...[kept, detailed].map((each) => each ?? Number.NEGATIVE_INFINITY));
  if (Number.isFinite(oldest)) transactions = await pruneJournal(store, oldest);
  const swept =
    runsFrom === undefined ? 0 : await store.repository(runs).deleteMany(await oldRuns(store, runsFrom));
  return { changes, compacted, transactions, runs: swept };
}

/** What `pruneHistory` would drop, beside journal rows whose changes go with it. Writes nothing. */
export async function previewHistoryPrune(
  store: Store,
  at: Instant = now(),
): Promise<Omit<Pruned, 'transactions'>> {
  const { kept, detailed, runsFrom } = await horizons(store, at);
  let [changes, compacted] = [0, 0];
  for (const table of trackedOf(store)) {
    if (kept !== undefined) changes += await countOld(store, table.spec, kept);
    if (table.spec.history === 'versions' && detailed !== undefined)
      compacted += await countCompactable(store, historyTable(store, table), detailed, kept);
  }
  const swept =
    runsFrom === undefined ? 0 : await store.repository(runs).count(await oldRuns(store, runsFrom));
  return { changes, compacted, runs: swept };
}

/** Before which instants something is dropped; undefined: nothing is. */
async function horizons(store: Store, at: Instant) {
  const before = (days: number | null): Instant | undefined => (days === null ? undefined : at - days * day);
  return {
    kept: before(await getSetting(store, historyDays)),
    detailed: before(await getSetting(store, historyDetailDays)),
    runsFrom: before(await getSetting(store, runDays)),
  };
}

const trackedOf = (store: Store): AnyTable[] =>
  store.domains.flatMap(({ tables }) => tables.filter(({ spec }) => spec.history !== undefined));

async function countOld(store: Store, spec: TableSpec, horizon: Instant): Promise<number> {
  const { syntax } = store.engine;
  const parameters = new Parameters(syntax);
  const instant = parameters.add(store.codec(trackedTables).instant(horizon));
  const sql = `SELECT count(*) FROM ${syntax.quote(historySpec(spec)!.name)} WHERE journal_at < ${instant} AND journal_op <> ${journalOps.insert}`;
  const [count] = (await store.engine.read((session) => session.get({ sql }, parameters.values)))!;
  return Number(count);
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
  const kept = new Set<bigint>();
  for (const { spec } of trackedOf(store)) {
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

/** Which sweeps go. */
async function oldRuns(store: Store, horizon: Instant) {
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
  return { startedAt: { lt: horizon }, id: { notIn: [...ends] } };
}
