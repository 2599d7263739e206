// What is different between two instants, record by record.

import { HoldfastError } from '../errors.ts';
import { type Resource, recordId } from '../schema/domain.ts';
import { formatInstant, type Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { afterSql, orderSql, orderTerms } from '../store/order.ts';
import type { Page } from '../store/repository.ts';
import { Parameters } from '../store/where.ts';
import { versionsAt } from './as-of.ts';
import { changedPart, differences, type FieldChange } from './differences.ts';
import { type HistoryTable, historyTable } from './history-table.ts';
import { later, type Moment, momentOf } from './moment.ts';

export interface DiffItem {
  readonly resource: Resource;
  readonly id: string;
  readonly change: 'created' | 'updated' | 'deleted';
  /** Of an update the properties that differ, else the record; null where there was none. */
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly fields: readonly FieldChange[];
}

export interface DiffQuery {
  readonly resources: readonly Resource[];
  /** Key of one record, of the only resource. */
  readonly key?: Readonly<Record<string, unknown>> | undefined;
  readonly from: Instant;
  readonly to: Instant;
  /** Items of one page, 1 to 10,000. @default 50 */
  readonly limit?: number;
  readonly after?: string | null | undefined;
}

/**
 * One page of records that are not at `to` as they were at `from`: resource by resource, in the order of their keys.
 * @throws MOMENT_INVALID, also for a `from` after `to`; QUERY_INVALID, HISTORY_NONE, CURSOR_INVALID
 */
export async function listDiff(store: Store, query: DiffQuery): Promise<Page<DiffItem>> {
  const { resources, key, from, to, limit = 50, after } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new HoldfastError('QUERY_INVALID', `limit is ${limit}: it takes 1 to 10000`);
  if (from > to)
    throw new HoldfastError('MOMENT_INVALID', `${formatInstant(from)} is after ${formatInstant(to)}`, {
      hint: `--from ${formatInstant(to)} --to ${formatInstant(from)}`,
    });
  const tables = resources.map(({ table }) => historyTable(store, table));
  const [earlier, present] = [await momentOf(store, from, tables), await momentOf(store, to, tables)];
  const compare = async (index: number, of: Record<string, unknown>): Promise<DiffItem | undefined> => {
    const [before, after] = await versionsAt(store, tables[index]!, of, [earlier, present]);
    return toItem(resources[index]!, before, after);
  };
  if (key !== undefined) {
    const item = await compare(0, key);
    return { items: item === undefined ? [] : [item], next: null };
  }
  let place = after ? decodePlace(after) : { resource: resources[0]?.name ?? '' };
  const items: DiffItem[] = [];
  for (;;) {
    const index = resources.findIndex(({ name }) => name === place.resource);
    if (index < 0) return { items, next: null };
    const wanted = limit - items.length;
    const keys = await changedKeys(store, tables[index]!, earlier, present, place.key, wanted);
    for (const each of keys) {
      const item = await compare(index, each);
      if (item !== undefined) items.push(item);
    }
    place =
      keys.length < wanted
        ? { resource: resources[index + 1]?.name ?? '' }
        : { resource: place.resource, key: keyValues(tables[index]!, keys.at(-1)!) };
    if (items.length >= limit) return { items, next: place.resource === '' ? null : encodePlace(place) };
  }
}

/** Keys of records that changed after one moment and not after the other, in order. */
async function changedKeys(
  store: Store,
  history: HistoryTable,
  from: Moment,
  to: Moment,
  after: readonly unknown[] | undefined,
  limit: number,
): Promise<Record<string, unknown>[]> {
  const { codec } = history;
  const parameters = new Parameters(codec.syntax);
  const add = (value: Parameters['values'][number]): string => parameters.add(value);
  const terms = orderTerms([], codec);
  const columns = terms.map(({ column }) => column.sql).join(', ');
  const conditions = [later(history, from, 'r', add), `NOT (${later(history, to, 'r', add)})`];
  if (after !== undefined)
    conditions.push(
      afterSql(
        terms,
        terms.map(({ column }, index) => column.encode(after[index])),
        parameters,
      ),
    );
  const sql = `SELECT DISTINCT ${columns} FROM ${history.history} AS r WHERE ${conditions.join(' AND ')}${orderSql(terms)} LIMIT ${limit}`;
  const rows = await store.engine.read((session) => session.all(codec.statement(sql), parameters.values));
  const decode = decoderOfKey(history);
  return rows.map(decode);
}

/** The key alone, as a record has it. */
function decoderOfKey(history: HistoryTable): (row: readonly unknown[]) => Record<string, unknown> {
  const { codec } = history;
  const places = codec.keyFields.map((field) => codec.fields.indexOf(field));
  return (row) => {
    const full = new Array(codec.fields.length).fill(null);
    for (const [index, place] of places.entries()) full[place] = row[index];
    const record = history.decode(full);
    return Object.fromEntries(codec.keyFields.map(({ property }) => [property, record[property]]));
  };
}

function toItem(
  resource: Resource,
  before: Record<string, unknown> | undefined,
  after: Record<string, unknown> | undefined,
): DiffItem | undefined {
  const [was, is] = [before, after].map((row) =>
    row !== undefined && (row['absentSince'] ?? null) === null ? row : null,
  );
  if (was === null && is === null) return undefined;
  const id = recordId(resource, (is ?? was)!);
  if (was === null || is === null)
    return {
      resource,
      id,
      change: was === null ? 'created' : 'deleted',
      before: was!,
      after: is!,
      fields: [],
    };
  const fields = differences(resource.table, was!, is!);
  if (fields.length === 0) return undefined;
  return {
    resource,
    id,
    change: 'updated',
    before: changedPart(was!, fields),
    after: changedPart(is!, fields),
    fields,
  };
}

interface Place {
  readonly resource: string;
  readonly key?: readonly unknown[];
}

const keyValues = (history: HistoryTable, key: Readonly<Record<string, unknown>>): unknown[] =>
  history.codec.keyFields.map(({ property }) => key[property]);

const encodePlace = ({ resource, key }: Place): string =>
  Buffer.from(
    JSON.stringify([
      resource,
      ...(key ?? []).map((value) => (typeof value === 'bigint' ? { n: String(value) } : value)),
    ]),
  ).toString('base64url');

function decodePlace(cursor: string): Place {
  try {
    const [resource, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [
      string,
      ...unknown[],
    ];
    const plain = key.map((value) =>
      value !== null && typeof value === 'object' ? BigInt((value as { n: string }).n) : value,
    );
    if (typeof resource === 'string') return { resource, ...(plain.length === 0 ? {} : { key: plain }) };
  } catch {
    // Falls through to the one error.
  }
  throw new HoldfastError('CURSOR_INVALID', 'the cursor does not belong to this query');
}
