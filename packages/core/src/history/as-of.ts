// What a record, or all records of a table, were at an instant. The first change after it holds the record as it was
// before that change; where there is none, the living record is the answer.

import { HoldfastError } from '../errors.ts';
import type { StoredRow } from '../schema/codec.ts';
import type { Instant } from '../schema/instant.ts';
import { journalOps } from '../schema/spec.ts';
import type { AnyTable, Key, Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import type { ListOptions, Page } from '../store/repository.ts';
import { selectPage } from '../store/select-page.ts';
import { Parameters } from '../store/where.ts';
import { type HistoryTable, historyTable } from './history-table.ts';
import { later, type Moment, momentOf } from './moment.ts';

/**
 * One record as it was; its gauges are null.
 * @returns undefined where there was none
 * @throws MOMENT_INVALID, HISTORY_NONE
 */
export async function recordAsOf<T extends AnyTable>(
  store: Store,
  table: T,
  key: Key<T>,
  at: Instant,
): Promise<Row<T> | undefined> {
  const history = historyTable(store, table);
  const [version] = await versionsAt(store, history, key, [await momentOf(store, at, [history])]);
  return version as Row<T> | undefined;
}

/** The same for moments that are known, by one statement, so that all parts see the same state. */
export async function versionsAt(
  store: Store,
  history: HistoryTable,
  key: Readonly<Record<string, unknown>>,
  moments: readonly Moment[],
): Promise<(Record<string, unknown> | undefined)[]> {
  const { codec } = history;
  const keyValues = codec.keyFields.map(({ property }) => codec.column(property).encode(key[property]));
  const parameters = new Parameters(codec.syntax);
  const keyIs = (alias: string): string => {
    const from = parameters.values.length + 1;
    for (const value of keyValues) parameters.add(value);
    return history.keyIs(alias, from);
  };
  const change = (moment: Moment): string =>
    `${keyIs('h')} AND ${later(history, moment, 'h', (value) => parameters.add(value))}`;
  // By its number, a change is read once and put aside nowhere.
  const changes = moments.map(
    (moment, index) =>
      `SELECT ${index}, c.journal_op, ${history.of('c')} FROM ${history.history} AS c WHERE c.journal_seq =
      (SELECT h.journal_seq FROM ${history.history} AS h WHERE ${change(moment)} ORDER BY h.journal_at, h.journal_seq LIMIT 1)`,
  );
  const living = `SELECT -1, 0, ${history.of('t')} FROM ${history.living} AS t WHERE ${keyIs('t')}`;
  const statement = codec.statement([...changes, living].join(' UNION ALL '));
  const rows = await store.engine.read((session) => session.all(statement, parameters.values));
  const rowOf = (place: number): StoredRow | undefined => rows.find(([own]) => Number(own) === place);
  return moments.map((_, index) => {
    const found = rowOf(index) ?? rowOf(-1);
    return found === undefined || Number(found[1]) === journalOps.insert
      ? undefined
      : history.decode(found.slice(2));
  });
}

/**
 * One page of a table's records as they were, filtered and ordered like those of today; their gauges are null.
 * @throws MOMENT_INVALID, HISTORY_NONE, QUERY_INVALID, also for a filter on gauges
 */
export async function listAsOf<T extends AnyTable>(
  store: Store,
  table: T,
  at: Instant,
  options: ListOptions<T> = {},
): Promise<Page<Row<T>>> {
  const history = historyTable(store, table);
  return listAt(store, history, await momentOf(store, at, [history]), options) as Promise<Page<Row<T>>>;
}

/** The same for a moment that is known. */
export async function listAt(
  store: Store,
  history: HistoryTable,
  moment: Moment,
  // biome-ignore lint/suspicious/noExplicitAny: options over a table of any shape.
  options: ListOptions<any> = {},
): Promise<Page<Record<string, unknown>>> {
  const { codec } = history;
  refuseGauges(history, options);
  return store.engine.read(async (session) => {
    const page = (gone: boolean): Promise<Page<Record<string, unknown>>> => {
      const parameters = new Parameters(codec.syntax);
      const from = (state: string): string => `SELECT ${history.of('r')} FROM (${state}) AS r`;
      const kept = keptSql(history, moment, parameters);
      const unlessGone = (): string =>
        `NOT EXISTS (SELECT 1 FROM ${history.history} AS g WHERE ${deletedSql(history, moment, parameters)})`;
      return selectPage((work) => work(session), codec, {
        ...options,
        select: from(gone ? kept : `${kept} AND ${unlessGone()}`),
        parameters,
        ...(gone ? { beside: (all) => from(goneSql(history, moment, all)) } : {}),
        decode: history.decodeWhole,
      });
    };
    // Mostly nothing was deleted since. The statement that reads the records knows it, and finds none otherwise.
    const found = await page(false);
    return found.items.length > 0 ? found : page(true);
  });
}

/** All records of a moment, as a query. */
export const stateSql = (history: HistoryTable, moment: Moment, parameters: Parameters): string =>
  `${keptSql(history, moment, parameters)} UNION ALL ${goneSql(history, moment, parameters)}`;

/** Those of the records of today that were there, as they were. */
function keptSql(history: HistoryTable, moment: Moment, parameters: Parameters): string {
  const { living, key, columns, codec } = history;
  // The key is the living one's: then its index gives the order of pages.
  const then = columns.map((column) =>
    key.includes(column)
      ? `t.${column} AS ${column}`
      : `CASE WHEN h.journal_seq IS NULL THEN t.${column} ELSE h.${column} END AS ${column}`,
  );
  const first = (columns: string): string => firstSql(history, moment, parameters, 't', columns);
  // A bare subquery MariaDB runs three times for each record.
  const change = codec.syntax.lateral
    ? `LATERAL ${first('s.*')} AS h ON true`
    : `${history.history} AS h ON h.journal_seq = ${first('s.journal_seq')} + 0`;
  return `SELECT ${then.join(', ')} FROM ${living} AS t LEFT JOIN ${change}
      WHERE (h.journal_seq IS NULL OR h.journal_op > ${journalOps.insert})`;
}

/** Those that were deleted since, and are not there again. */
const goneSql = (history: HistoryTable, moment: Moment, parameters: Parameters): string =>
  `SELECT ${history.of('h')} FROM (SELECT DISTINCT ${firstSql(history, moment, parameters, 'g', 's.journal_seq')} AS seq
      FROM ${history.history} AS g WHERE ${deletedSql(history, moment, parameters)}) AS f
      JOIN ${history.history} AS h ON h.journal_seq = f.seq
      WHERE h.journal_op > ${journalOps.insert} AND NOT EXISTS (SELECT 1 FROM ${history.living} AS t WHERE ${history.same('t', 'h')})`;

/** The condition that `g` is a deletion after the moment. */
const deletedSql = (history: HistoryTable, moment: Moment, parameters: Parameters): string =>
  `g.journal_op = ${journalOps.delete} AND ${later(history, moment, 'g', (value) => parameters.add(value))}`;

/** The first change after the moment of an alias's record. */
const firstSql = (
  history: HistoryTable,
  moment: Moment,
  parameters: Parameters,
  of: string,
  columns: string,
): string =>
  `(SELECT ${columns} FROM ${history.history} AS s
      WHERE ${history.same('s', of)} AND ${later(history, moment, 's', (value) => parameters.add(value))}
      ORDER BY s.journal_at, s.journal_seq LIMIT 1)`;

function refuseGauges({ codec }: HistoryTable, options: object): void {
  const { where = {}, orderBy = [] } = options as {
    where?: object;
    orderBy?: readonly (readonly [string])[];
  };
  const named = [...propertiesOf(where), ...orderBy.map(([property]) => property)];
  const gauge = named.find((property) => codec.metrics.some((field) => field.property === property));
  if (gauge !== undefined)
    throw new HoldfastError(
      'QUERY_INVALID',
      `${gauge} is a gauge: what it was is in its series, not in the history`,
    );
}

function propertiesOf(where: object): string[] {
  return Object.entries(where).flatMap(([name, condition]) => {
    if (name === 'not') return propertiesOf(condition as object);
    return name === 'and' || name === 'or' ? (condition as object[]).flatMap(propertiesOf) : [name];
  });
}
