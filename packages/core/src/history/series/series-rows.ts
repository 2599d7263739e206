// The rows that one record's series lies in, polls and chunks read as one snapshot: compaction moves samples between.

import type { StoredRow } from '../../schema/codec.ts';
import type { Instant } from '../../schema/instant.ts';
import type { AnyTable } from '../../schema/table.ts';
import type { Store } from '../../store/open-store.ts';
import { Parameters, whereSql } from '../../store/where.ts';
import { samples, series } from '../../system/tables.ts';
import { type Tier, tiers } from './tiers.ts';

/** Where a record's samples can be. */
export interface SeriesPlace {
  readonly tableName: string;
  readonly source: string;
  readonly record: string;
  /** Parts of polls. */
  readonly parts: readonly number[];
}

export interface Range {
  readonly from: Instant;
  /** Excluded. */
  readonly to: Instant;
}

/** A poll, or a chunk. */
export interface SeriesRow {
  readonly poll: boolean;
  /** Of a chunk, that of its first sample. */
  readonly at: Instant;
  readonly data: Uint8Array;
}

const pollsWhere = ({ tableName, source, parts }: SeriesPlace, { from, to }: Range): object => ({
  tableName,
  source,
  part: { in: parts },
  at: { gte: from, lt: to },
});

const chunksWhere = ({ tableName, record, source }: SeriesPlace, { from, to }: Range): object => ({
  tableName,
  record,
  source,
  windowStart: { lt: to },
  lastAt: { gte: from },
});

/** What there is of a record in a range. */
export interface Outline {
  /** Rows by tier, about: a chunk that the range cuts counts as its share of it. */
  readonly rows: Readonly<Record<Tier, number>>;
  /** The first and the last of them; `from` is after `to` where there are none. */
  readonly from: Instant;
  readonly to: Instant;
}

export async function outlineOf(store: Store, place: SeriesPlace, range: Range): Promise<Outline> {
  const codec = store.codec(series);
  const ask = (table: AnyTable, properties: readonly string[], where: object): Promise<StoredRow[]> => {
    const parameters = new Parameters(codec.syntax);
    const asked = store.codec(table);
    const columns = properties.map((property) => asked.column(property).sql);
    const condition = whereSql(where, asked, asked.syntax, parameters);
    const sql = `SELECT ${columns.join(', ')} FROM ${asked.fromRecord} WHERE ${condition}`;
    return store.engine.read((session) => session.all({ sql }, parameters.values));
  };
  const instantOf = instantsOf(store, series);
  const rows = Object.fromEntries(tiers.map((tier) => [tier, 0])) as Record<Tier, number>;
  let from = range.to;
  let to = range.from;
  const add = (tier: Tier, first: Instant, last: Instant, count: number): void => {
    const [begin, end] = [Math.max(first, range.from), Math.min(last, range.to - 1)];
    const share = last === first ? 1 : Math.max(0, end - begin) / (last - first);
    rows[tier] += Math.ceil(count * share);
    from = Math.min(from, begin);
    to = Math.max(to, end);
  };
  const chunks = await ask(series, ['tier', 'firstAt', 'lastAt', 'samples'], chunksWhere(place, range));
  for (const [tier, first, last, count] of chunks)
    add(tier as Tier, instantOf(first), instantOf(last), Number(count));
  for (const [at] of await ask(samples, ['at'], pollsWhere(place, range)))
    add('raw', instantOf(at), instantOf(at), 1);
  return { rows, from, to };
}

/** The polls and chunks of some tiers that touch a range, oldest first, polls last; from one snapshot. */
export async function rowsIn(
  store: Store,
  place: SeriesPlace,
  some: readonly Tier[],
  range: Range,
): Promise<SeriesRow[]> {
  const [polls, chunks] = [store.codec(samples), store.codec(series)];
  const parameters = new Parameters(polls.syntax);
  const part = (codec: typeof polls, kind: number, at: string, where: object): string => {
    const columns = [at, 'id', 'data'].map((property) => codec.column(property).sql);
    const condition = whereSql(where, codec, codec.syntax, parameters);
    return `SELECT ${kind} AS kind, ${columns.join(', ')} FROM ${codec.fromRecord} WHERE ${condition}`;
  };
  const sql = [
    part(chunks, 0, 'firstAt', { ...chunksWhere(place, range), tier: { in: some } }),
    part(polls, 1, 'at', pollsWhere(place, range)),
  ].join(' UNION ALL ');
  const rows = await store.engine.read((session) => session.all({ sql }, parameters.values));
  const instantOf = instantsOf(store, series);
  const found = rows.map(([kind, at, id, data]) => ({
    poll: Number(kind) === 1,
    at: instantOf(at),
    id: String(id),
    data: data as Uint8Array,
  }));
  return found.sort((a, b) => Number(a.poll) - Number(b.poll) || a.at - b.at || (a.id < b.id ? -1 : 1));
}

/** A stored instant of a select of our own. */
function instantsOf(store: Store, table: AnyTable): (stored: unknown) => Instant {
  const decode = store.codec(table).context.forms.instant?.decode;
  return (stored) => (typeof decode === 'function' ? Number(decode(stored as never)) : Number(stored));
}
