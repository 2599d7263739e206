// Queries of records as they come in a URL.

import {
  formatInstant,
  HoldfastError,
  type Instant,
  jsonEncoder,
  now,
  type Resource,
  recordId,
  type Store,
} from '@holdfast/core';
import { gapsOf, listAsOf } from '@holdfast/core/history';
import { parseConditions, parseOrder } from '../cli/conditions.ts';
import { gapJson } from '../shapes/changes.ts';

export interface RecordQuery {
  readonly where: readonly string[];
  readonly order: readonly string[];
  readonly q?: string | undefined;
  readonly present: boolean;
  readonly asOf?: Instant | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly total: boolean;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Columns in which a text is looked for. */
export const textColumns = ({ table }: Resource): string[] =>
  table.properties.filter((_: string, index: number) => {
    const { kind, secret } = table.spec.columns[index]!;
    return (kind === 'text' || kind === 'enum') && !secret;
  });

/** One page of records, as `list --json` has it. @throws QUERY_INVALID, CURSOR_INVALID, MOMENT_INVALID, HISTORY_NONE */
export async function recordPage(store: Store, resource: Resource, query: RecordQuery) {
  const { table } = resource;
  const { q, asOf, columns, limit, after } = query;
  const searched =
    q === undefined || q === ''
      ? undefined
      : textColumns(resource).map((column) => ({ [column]: { contains: q } }));
  const where = {
    ...parseConditions(table, query.where),
    ...(query.present && 'absentSince' in table.columns ? { absentSince: null } : {}),
    ...(searched === undefined ? {} : { or: searched }),
  };
  const options = { where, orderBy: parseOrder(table, query.order), limit, after };
  const repository = store.repository(table);
  const page =
    asOf === undefined ? await repository.list(options) : await listAsOf(store, table, asOf, options);
  const encode = shownColumns(resource, columns);
  const items = page.items.map((row) =>
    encode(row, { resource: resource.name, id: recordId(resource, row) }),
  );
  const total = query.total && asOf === undefined ? { total: await repository.count(where) } : {};
  if (asOf === undefined) return { items, next: page.next, ...total };
  const gaps = (await gapsOf(store, [resource], asOf, now())).map(gapJson);
  return { items, next: page.next, asOf: formatInstant(asOf), gaps };
}

/** @throws QUERY_INVALID for a column that is none */
function shownColumns({ table, name }: Resource, columns: readonly string[] | undefined) {
  const encode = jsonEncoder(table);
  if (columns === undefined) return encode;
  const known = new Set([...table.properties, ...table.metricProperties, 'metricsAt']);
  for (const column of columns)
    if (!known.has(column))
      throw new HoldfastError('QUERY_INVALID', `${name} has no column ${JSON.stringify(column)}`);
  return (row: Readonly<Record<string, unknown>>, into: Record<string, unknown>) =>
    encode(Object.fromEntries(columns.map((column) => [column, row[column]])), into);
}
