// One page of records: filtered, ordered, and where the next one starts.

import { HoldfastError } from '../errors.ts';
import type { Decode } from '../schema/codec.ts';
import { decodeCursor, encodeCursor, queryHash } from './cursor.ts';
import type { Executor } from './executor.ts';
import { afterSql, orderSql, orderTerms } from './order.ts';
import type { ListOptions, Page } from './repository.ts';
import type { TableCodec } from './table-codec.ts';
import { type Parameters, whereSql } from './where.ts';

const maxLimit = 10_000;

// biome-ignore lint/suspicious/noExplicitAny: options over a table of any shape.
export interface PageQuery extends ListOptions<any> {
  /** `SELECT … FROM …` with all columns of the codec; the record is `r`, its gauges `m`. */
  readonly select: string;
  /** Those of `select`, to which those of filter and cursor are added. */
  readonly parameters: Parameters;
  /** The same of further records. Each finds its own page, and the page is the first of both. */
  readonly beside?: (parameters: Parameters) => string;
  /** For a `select` that leaves something out. @default that of the codec */
  readonly decode?: Decode;
}

/** @throws QUERY_INVALID, CURSOR_INVALID */
export async function selectPage(
  read: Executor['read'],
  codec: TableCodec,
  {
    select,
    parameters,
    beside,
    decode = codec.decode,
    where = {},
    orderBy = [],
    limit = 50,
    after,
  }: PageQuery,
): Promise<Page<Record<string, unknown>>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw new HoldfastError('QUERY_INVALID', `limit is ${limit}: it takes 1 to ${maxLimit}`);
  const terms = orderTerms(orderBy, codec);
  const hash = (): string => queryHash(codec.table.name, where, orderBy);
  const place =
    after &&
    decodeCursor(
      after,
      hash(),
      terms.map(({ column }) => column),
    );
  const limited = (sql: string): string => `${sql}${orderSql(terms)} LIMIT ${limit + 1}`;
  const pageOf = (from: string): string => {
    const conditions = [whereSql(where, codec, codec.syntax, parameters)];
    if (place) conditions.push(afterSql(terms, place, parameters));
    return limited(`${from}${whereClause(conditions)}`);
  };
  const own = pageOf(select);
  const statement = codec.statement(
    beside === undefined
      ? own
      : limited(
          `SELECT * FROM (SELECT * FROM (${own}) AS one UNION ALL SELECT * FROM (${pageOf(beside(parameters))}) AS other) AS r`,
        ),
  );
  const rows = await read((session) => session.all(statement, parameters.values));
  const more = rows.length > limit;
  if (more) rows.length = limit;
  const items = rows.map(decode);
  const last = items.at(-1);
  if (!more || last === undefined) return { items, next: null };
  return {
    items,
    next: encodeCursor(
      hash(),
      terms.map(({ property }) => last[property]),
    ),
  };
}

export function whereClause(conditions: readonly string[]): string {
  const terms = conditions.filter((condition) => condition !== '');
  return terms.length === 0 ? '' : ` WHERE ${terms.join(' AND ')}`;
}
