// Changes of one table as they were logged, newest first, and the version that each of them left behind.

import type { StoredRow, StoredValue } from '../schema/codec.ts';
import type { Instant } from '../schema/instant.ts';
import { journalOps } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import { Parameters } from '../store/where.ts';
import { changeColumns, counts, decodeInstant, type HistoryTable } from './history-table.ts';
import { type SeqRange, seqRange } from './seq-range.ts';

/** One logged change. */
export interface LoggedChange {
  readonly seq: number;
  readonly at: Instant;
  readonly op: number;
  /** Undefined for what was written past every store. */
  readonly txn: bigint | undefined;
  readonly key: StoredRow;
  /** Stored columns of the record before; of an insert only the key. */
  readonly image: StoredRow;
}

export interface ChangeFilter {
  /** Stored key values of one record. */
  readonly key?: readonly StoredValue[] | undefined;
  /** Changes before this one only. */
  readonly beforeSeq?: number | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly txns?: readonly bigint[] | undefined;
  /** Numbers between the two instants, where they are known. */
  readonly range?: SeqRange | undefined;
}

/** @returns at most `limit` changes, the last one logged first */
export async function readChanges(
  store: Store,
  history: HistoryTable,
  { key, beforeSeq, from, to, txns, range }: ChangeFilter,
  limit: number,
): Promise<LoggedChange[]> {
  const { codec } = history;
  const parameters = new Parameters(codec.syntax);
  const conditions: string[] = [counts('h')];
  if (key !== undefined) {
    const position = parameters.values.length + 1;
    for (const value of key) parameters.add(value);
    conditions.push(history.keyIs('h', position));
  }
  if (key === undefined && (from !== undefined || to !== undefined)) {
    const { first, last } = range ?? (await seqRange(store, history, from, to));
    conditions.push(`h.journal_seq BETWEEN ${parameters.add(first)} AND ${parameters.add(last)}`);
  }
  if (beforeSeq !== undefined) conditions.push(`h.journal_seq < ${parameters.add(beforeSeq)}`);
  if (from !== undefined) conditions.push(`h.journal_at >= ${parameters.add(codec.instant(from))}`);
  if (to !== undefined) conditions.push(`h.journal_at <= ${parameters.add(codec.instant(to))}`);
  if (txns !== undefined)
    conditions.push(
      txns.length === 0 ? '1 = 0' : `h.journal_txn IN (${txns.map((txn) => parameters.add(txn)).join(', ')})`,
    );
  const own = changeColumns.map((column) => `h.${column}`).join(', ');
  // By its number the index of the key is left alone where no key is asked for.
  const order = key === undefined ? 'h.journal_seq DESC' : 'h.journal_at DESC, h.journal_seq DESC';
  const sql = `SELECT ${own}, ${history.of('h')} FROM ${history.history} AS h WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${limit}`;
  const rows = await store.engine.read((session) => session.all({ sql, bigints: true }, parameters.values));
  return rows.map((row) => toChange(store, history, row));
}

function toChange(store: Store, history: HistoryTable, row: StoredRow): LoggedChange {
  const [seq, at, op, txn] = row;
  const image = row.slice(changeColumns.length);
  const narrow = history.codec.bigints
    ? image
    : image.map((value) => (typeof value === 'bigint' ? Number(value) : value));
  return {
    seq: Number(seq),
    at: decodeInstant(store, at!),
    op: Number(op),
    txn: txn === null ? undefined : BigInt(txn as bigint),
    key: history.keyOf(narrow),
    image: narrow,
  };
}

/** The record after a change, undefined where it is gone. */
export async function versionAfter(
  store: Store,
  history: HistoryTable,
  { seq, at, key }: LoggedChange,
): Promise<Record<string, unknown> | undefined> {
  const { codec } = history;
  const parameters = new Parameters(codec.syntax);
  const keyIs = (alias: string): string => {
    const position = parameters.values.length + 1;
    for (const value of key) parameters.add(value);
    return history.keyIs(alias, position);
  };
  const since = codec.instant(at);
  const next = `${keyIs('h')} AND ${counts('h')} AND h.journal_at >= ${parameters.add(since)} AND h.journal_seq > ${parameters.add(seq)}`;
  const sql = `SELECT * FROM (SELECT h.journal_op, ${history.of('h')} FROM ${history.history} AS h WHERE ${next}
      ORDER BY h.journal_at, h.journal_seq LIMIT 1) AS c
    UNION ALL SELECT 0, ${history.of('t')} FROM ${history.living} AS t WHERE ${keyIs('t')}`;
  const rows = await store.engine.read((session) => session.all(codec.statement(sql), parameters.values));
  const changed = rows.find(([op]) => Number(op) > 0);
  if (changed !== undefined)
    return Number(changed[0]) === journalOps.insert ? undefined : history.decode(changed.slice(1));
  return rows[0] === undefined ? undefined : history.decode(rows[0].slice(1));
}
