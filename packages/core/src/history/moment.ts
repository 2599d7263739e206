// A moment: what counts as later than an instant.

import { HoldfastError } from '../errors.ts';
import type { StoredValue } from '../schema/codec.ts';
import type { Resource } from '../schema/domain.ts';
import { formatInstant, type Instant, now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import type { OrderBy } from '../store/order.ts';
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
  const tracked = await store
    .repository(trackedTables)
    .list({ where: { tableName: { in: names } }, limit: 10_000 });
  const late = tracked.items.filter(({ since }) => since > at);
  if (late.length > 0) {
    const since = Math.max(...late.map((each) => each.since));
    throw new HoldfastError(
      'MOMENT_INVALID',
      `the history of ${late[0]!.tableName} begins at ${formatInstant(since)}, after ${formatInstant(at)}`,
      { hint: `Ask for ${formatInstant(since)} or later` },
    );
  }
  const open = await openAt(store, at);
  return {
    at,
    open: open.map(({ txn }) => txn),
    from: Math.min(at, ...open.map(({ startedAt }) => startedAt)),
  };
}

/** The transactions that had begun and not ended. */
async function openAt(store: Store, at: Instant): Promise<Row<typeof journal>[]> {
  const rows = store.repository(journal);
  if (!store.engine.capabilities.concurrentWriters) {
    // One after another, numbered by their beginning: it can only be the last that had begun.
    const where = { txn: { lte: BigInt(at) } };
    const [last] = (await rows.list({ where, orderBy: lastFirst(store), limit: 1 })).items;
    if (last !== undefined && last.txn === BigInt(last.startedAt)) return last.at > at ? [last] : [];
    // What was moved here from a server has other numbers, and comes before all that was done here.
  }
  const where = { at: { gt: at, lte: at + longest }, startedAt: { lte: at } };
  return (await rows.list({ where, orderBy: [['at', 'asc']], limit: 1_000 })).items;
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
