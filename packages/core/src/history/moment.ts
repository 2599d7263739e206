// A moment: what counts as later than an instant.

import { HoldfastError } from '../errors.ts';
import type { StoredRow, StoredValue } from '../schema/codec.ts';
import type { Resource } from '../schema/domain.ts';
import { formatInstant, type Instant, now } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import type { OrderBy } from '../store/order.ts';
import { Parameters } from '../store/where.ts';
import { historyGaps, journal, trackedTables } from '../system/tables.ts';
import { counts, decodeInstant, type HistoryTable } from './history-table.ts';

/** Transactions that take longer are cut where their changes were made, not where they were committed. */
const longest = 3_600_000_000;

export interface Moment {
  readonly at: Instant;
  /** Transactions that had begun and not ended: nobody saw a part of them. */
  readonly open: readonly bigint[];
  /** Before it, no change belongs to one of those. */
  readonly from: Instant;
}

/** A stretch of time in which changes of a table may have gone unseen. */
export interface Gap {
  readonly table: string;
  readonly from: Instant;
  /** Null while it lasts. */
  readonly until: Instant | null;
  readonly cause: string;
}

/**
 * What is later than an instant for these tables, so that no transaction is cut in two.
 * @throws MOMENT_INVALID for an instant to come, or one before a table was tracked
 */
export async function momentOf(store: Store, at: Instant, tables: readonly HistoryTable[]): Promise<Moment> {
  if (at > now() + 1_000 && !(await isReached(store, at, tables)))
    throw new HoldfastError('MOMENT_INVALID', `${formatInstant(at)} is still to come`, {
      hint: `It is ${formatInstant(now())} now`,
    });
  const names = tables.map(({ table }) => table.name);
  const { tracked, open } = await lookUp(store, at, names);
  const late = tracked.filter(({ since }) => since > at);
  if (late.length > 0) {
    const since = Math.max(...late.map((each) => each.since));
    throw new HoldfastError(
      'MOMENT_INVALID',
      `the history of ${late[0]!.table} begins at ${formatInstant(since)}, after ${formatInstant(at)}`,
      { hint: `Ask for ${formatInstant(since)} or later` },
    );
  }
  return {
    at,
    open: open.map(({ txn }) => txn),
    from: Math.min(at, ...open.map(({ startedAt }) => startedAt)),
  };
}

interface Ended {
  readonly txn: bigint;
  readonly startedAt: Instant;
  readonly at: Instant;
}

/** Since when tables are tracked, and which transactions had begun and not ended, by one statement: each is a way to the server. */
async function lookUp(
  store: Store,
  at: Instant,
  names: readonly string[],
): Promise<{
  readonly tracked: { readonly table: string; readonly since: Instant }[];
  readonly open: Ended[];
}> {
  const { concurrentWriters } = store.engine.capabilities;
  const read = async (ended: (add: Parameters['add']) => string): Promise<StoredRow[]> => {
    const parameters = new Parameters(store.engine.syntax);
    const places = names.map((name) => parameters.add(name));
    const sql = `SELECT table_name AS name, since AS one, NULL AS other, NULL AS txn FROM ${trackedTables.name}
      WHERE table_name IN (${places.join(', ')})
      UNION ALL SELECT NULL, o.started_at, o.at, o.txn
      FROM (SELECT started_at, at, txn FROM ${journal.name} WHERE ${ended((value) => parameters.add(value))}) AS o`;
    return store.engine.read((session) => session.all({ sql, bigints: true }, parameters.values));
  };
  const instant = (value: StoredRow[number]): Instant => decodeInstant(store, value!);
  const endedOf = (rows: readonly StoredRow[]): Ended[] =>
    rows
      .filter(([name]) => name === null)
      .map(([, one, other, txn]) => ({
        txn: BigInt(txn as bigint),
        startedAt: instant(one!),
        at: instant(other!),
      }));
  const stored = store.codec(journal).instant(at);
  const last = store.codec(journal).instant(at + longest);
  const overlapping = () =>
    read(
      (add) =>
        `at > ${add(stored)} AND at <= ${add(last)} AND started_at <= ${add(stored)} ORDER BY at LIMIT 1000`,
    );
  // One after another, numbered by their beginning: it can only be the last that had begun.
  const rows = concurrentWriters
    ? await overlapping()
    : await read((add) => `txn <= ${add(BigInt(at))} ORDER BY txn DESC LIMIT 1`);
  const tracked = rows
    .filter(([name]) => name !== null)
    .map(([name, since]) => ({ table: String(name), since: instant(since!) }));
  const found = endedOf(rows);
  if (concurrentWriters) return { tracked, open: found };
  const [newest] = found;
  if (newest !== undefined && newest.txn === BigInt(newest.startedAt))
    return { tracked, open: newest.at > at ? [newest] : [] };
  // What was moved here from a server has other numbers, and comes before all that was done here.
  return { tracked, open: endedOf(await overlapping()) };
}

/** Where one writes after another, numbers of transactions are in the order of time. */
const lastFirst = ({ engine }: Store): OrderBy<typeof journal> => [
  [engine.capabilities.concurrentWriters ? 'at' : 'txn', 'desc'],
];

/** Whether there is something that late: then the clock was ahead, and has been set back since. */
async function isReached(store: Store, at: Instant, tables: readonly HistoryTable[]): Promise<boolean> {
  const { items } = await store.repository(journal).list({ orderBy: lastFirst(store), limit: 1 });
  if (items.some((last) => last.at >= at)) return true;
  for (const { history } of tables) {
    const sql = `SELECT h.journal_at FROM ${history} AS h WHERE ${counts('h')} ORDER BY h.journal_seq DESC LIMIT 1`;
    const row = await store.engine.read((session) => session.get({ sql, bigints: true }, []));
    if (row !== undefined && decodeInstant(store, row[0]!) >= at) return true;
  }
  return false;
}

/** The condition that a change of `alias` came after the moment. @param add takes a parameter, gives its placeholder */
export function later(
  { codec }: HistoryTable,
  { at, open, from }: Moment,
  alias: string,
  add: (value: StoredValue) => string,
): string {
  const after = (instant: Instant): string => `${alias}.journal_at > ${add(codec.instant(instant))}`;
  if (open.length === 0) return after(at);
  const early = `${alias}.journal_at >= ${add(codec.instant(from))}`;
  return `${early} AND (${after(at)} OR ${alias}.journal_txn IN (${open.map(add).join(', ')}))`;
}

/** Gaps of these resources that lie, even partly, between two instants: answers across them may be wrong. */
export async function gapsOf(
  store: Store,
  resources: readonly Resource[],
  from: Instant,
  to: Instant,
): Promise<Gap[]> {
  const { items } = await store.repository(historyGaps).list({
    where: {
      tableName: { in: resources.map(({ table }) => table.name) },
      from: { lte: to },
      or: [{ until: { isNull: true } }, { until: { gte: from } }],
    },
    orderBy: [['from', 'asc']],
    limit: 1_000,
  });
  const compacted = await store.repository(trackedTables).list({
    where: { tableName: { in: resources.map(({ table }) => table.name) }, detailedSince: { gt: from } },
    limit: 1_000,
  });
  const merged = compacted.items.map(({ tableName: table, since, detailedSince: until }) => ({
    ...{ table, from: since, until, cause: 'COMPACTED' },
  }));
  const gaps = items.map(({ tableName: table, from: start, until, cause }) => ({
    table,
    from: start,
    until,
    cause,
  }));
  return [...merged, ...gaps];
}
