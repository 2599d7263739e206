// Old changes made fewer: of each record and day the first one stays, which holds the record as the day began. Creations
// and deletions all stay.

import type { Instant } from '../schema/instant.ts';
import { journalOps } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import { Parameters } from '../store/where.ts';
import { trackedTables } from '../system/tables.ts';
import { counts, decodeInstant, type HistoryTable } from './history-table.ts';

const day = 86_400_000_000;
/** Rows read at once, and deleted in one transaction. */
const [chunkRows, batch] = [2_000, 500];

/**
 * 1. Notes that before the horizon (the start of its day, UTC) answers are exact at the start of each day only; in between
 *    they show how the day ended.
 * 2. Reads changes in the order of records, and deletes the later updates of each day in batches. Killed here: the rest
 *    goes next time.
 * @returns changes deleted
 */
export async function compactTable(store: Store, history: HistoryTable, before: Instant): Promise<number> {
  const horizon = Math.floor(before / day) * day;
  const since = await detailedFrom(store, history, horizon);
  if (since === undefined) return 0;
  const { name } = history.table;
  await store.repository(trackedTables).update({ tableName: name }, { detailedSince: horizon });
  let waiting: number[] = [];
  let deleted = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    deleted += await remove(store, history, waiting);
    waiting = [];
  };
  for await (const seqs of laterUpdates(store, history, since, horizon)) {
    waiting.push(...seqs);
    while (waiting.length > batch * 20) await flush();
  }
  await flush();
  return deleted;
}

/** What `compactTable` would delete. @param dropped changes before it are gone by then, creations apart */
export async function countCompactable(
  store: Store,
  history: HistoryTable,
  before: Instant,
  dropped: Instant | undefined,
): Promise<number> {
  const horizon = Math.floor(before / day) * day;
  const since = await detailedFrom(store, history, horizon, dropped);
  if (since === undefined) return 0;
  let count = 0;
  for await (const seqs of laterUpdates(store, history, since, horizon, dropped)) count += seqs.length;
  return count;
}

/** From where on changes are still kept one by one; undefined: nothing is to be made fewer. */
async function detailedFrom(
  store: Store,
  { table }: HistoryTable,
  horizon: Instant,
  dropped = 0,
): Promise<Instant | undefined> {
  const known = await store.repository(trackedTables).get({ tableName: table.name });
  const since = known?.detailedSince ?? 0;
  if (known === undefined || horizon <= Math.max(since, known.since, dropped)) return undefined;
  return since;
}

/** Of each record and day all updates but the one that comes first, in the order of records. */
async function* laterUpdates(
  store: Store,
  history: HistoryTable,
  since: Instant,
  horizon: Instant,
  dropped?: Instant,
): AsyncGenerator<number[]> {
  const { codec } = history;
  const parameters = new Parameters(codec.syntax);
  const key = history.key.map((column) => `h.${column}`).join(', ');
  const from = parameters.add(codec.instant(since));
  const to = parameters.add(codec.instant(horizon));
  const there =
    dropped === undefined
      ? ''
      : ` AND (h.journal_at >= ${parameters.add(codec.instant(dropped))} OR h.journal_op = ${journalOps.insert})`;
  const sql = `SELECT h.journal_seq, h.journal_at, h.journal_op, ${key} FROM ${history.history} AS h
    WHERE h.journal_at >= ${from} AND h.journal_at < ${to}${there} AND ${counts('h')} ORDER BY ${key}, h.journal_at, h.journal_seq`;
  const session = await store.engine.read(async (reader) => reader);
  let last = '';
  for await (const rows of session.stream({ sql, bigints: true }, parameters.values, chunkRows)) {
    const seqs: number[] = [];
    for (const [seq, at, op, ...values] of rows) {
      const place = JSON.stringify([Math.floor(decodeInstant(store, at!) / day), ...values.map(String)]);
      if (place === last && Number(op) === journalOps.update) seqs.push(Number(seq));
      last = place;
    }
    yield seqs;
  }
}

async function remove(store: Store, history: HistoryTable, seqs: readonly number[]): Promise<number> {
  let deleted = 0;
  for (let start = 0; start < seqs.length; start += batch) {
    const parameters = new Parameters(history.codec.syntax);
    const some = seqs.slice(start, start + batch).map((seq) => parameters.add(seq));
    const sql = `DELETE FROM ${history.history} WHERE journal_seq IN (${some.join(', ')})`;
    deleted += await store.transaction(({ session }) => session.run({ sql }, parameters.values));
  }
  return deleted;
}
