// What a record, or all records of a table, were at an instant. The first change after it holds the record as it was
// before that change; where there is none, the living record is the answer.

import { HoldfastError } from '../errors.ts';
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
  return (await versionAt(store, history, key, await momentOf(store, at, [history]))) as Row<T> | undefined;
}

/** The same for a moment that is known. */
export async function versionAt(
  store: Store,
  history: HistoryTable,
  key: Readonly<Record<string, unknown>>,
  moment: Moment,
): Promise<Record<string, unknown> | undefined> {
  const { codec } = history;
  const keyValues = codec.keyFields.map(({ property }) => codec.column(property).encode(key[property]));
  const parameters = new Parameters(codec.syntax);
  const keyIs = (alias: string): string => {
    const from = parameters.values.length + 1;
    for (const value of keyValues) parameters.add(value);
    return history.keyIs(alias, from);
  };
  const change = `${keyIs('h')} AND ${later(history, moment, 'h', (value) => parameters.add(value))}`;
  // One statement, so that both parts see the same state.
  const sql = `SELECT * FROM (SELECT h.journal_op, ${history.of('h')} FROM ${history.history} AS h
      WHERE ${change} ORDER BY h.journal_at, h.journal_seq LIMIT 1) AS c
    UNION ALL SELECT 0, ${history.of('t')} FROM ${history.living} AS t WHERE ${keyIs('t')}`;
  const rows = await store.engine.read((session) => session.all(codec.statement(sql), parameters.values));
  const changed = rows.find(([op]) => Number(op) > 0);
  if (changed !== undefined)
    return Number(changed[0]) === journalOps.insert ? undefined : history.decode(changed.slice(1));
  return rows[0] === undefined ? undefined : history.decode(rows[0].slice(1));
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
      const state = stateSql(history, moment, parameters, gone);
      const select = `SELECT ${history.of('r')} FROM (${state}) AS r`;
      return selectPage((work) => work(session), codec, {
        ...options,
        select,
        parameters,
        decode: history.decodeWhole,
      });
    };
    const found = await page(false);
    return found.items.length > 0 ? found : page(true);
  });
}

/**
 * All records of a moment, as a query.
 * @param gone whether those that were deleted since are looked for. Without them, the records of today are all there are,
 * and the answer is empty where any was deleted: which of both holds is then told by the one statement that reads them
 */
export function stateSql(
  history: HistoryTable,
  moment: Moment,
  parameters: Parameters,
  gone: boolean,
): string {
  const { living, key, columns } = history;
  const add = (value: Parameters['values'][number]): string => parameters.add(value);
  const first = (of: string, columns: string): string =>
    `(SELECT ${columns} FROM ${history.history} AS s WHERE ${history.same('s', of)} AND ${later(history, moment, 's', add)}
      ORDER BY s.journal_at, s.journal_seq LIMIT 1)`;
  /** Joins, as `h`, the first change of each record after the moment. A bare subquery MariaDB runs three times. */
  const joinFirst = (of: string): string =>
    history.codec.syntax.lateral
      ? `JOIN LATERAL ${first(of, 's.*')} AS h ON true`
      : `JOIN ${history.history} AS h ON h.journal_seq = ${first(of, 's.journal_seq')} + 0`;
  // The key is the living one's: then its index gives the order of pages.
  const then = columns.map((column) =>
    key.includes(column)
      ? `t.${column} AS ${column}`
      : `CASE WHEN h.journal_seq IS NULL THEN t.${column} ELSE h.${column} END AS ${column}`,
  );
  const keyOf = (alias: string): string => key.map((column) => `${alias}.${column}`).join(', ');
  const kept = `SELECT ${then.join(', ')} FROM ${living} AS t
      LEFT ${joinFirst('t')}
      WHERE (h.journal_seq IS NULL OR h.journal_op > ${journalOps.insert})`;
  const deleted = (): string => `g.journal_op = ${journalOps.delete} AND ${later(history, moment, 'g', add)}`;
  if (!gone) return `${kept} AND NOT EXISTS (SELECT 1 FROM ${history.history} AS g WHERE ${deleted()})`;
  return `${kept}
    UNION ALL SELECT ${history.of('h')} FROM (SELECT DISTINCT ${keyOf('g')} FROM ${history.history} AS g
      WHERE ${deleted()}) AS d
      ${joinFirst('d')}
      WHERE h.journal_op > ${journalOps.insert} AND NOT EXISTS (SELECT 1 FROM ${living} AS t WHERE ${history.same('t', 'd')})`;
}

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
