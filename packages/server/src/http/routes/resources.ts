// Records of every declared resource: lists, one of them, now or as it was, and its series.

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
import { findRecord } from '@holdfast/core/drift';
import { recordAsOf } from '@holdfast/core/history';
import { readSeries, type SeriesValue } from '@holdfast/core/series';
import { lastConfirmed } from '@holdfast/core/system';
import { z } from 'zod';
import { requireResource, resources } from '../../cli/domains.ts';
import { findKey } from '../../cli/find-record.ts';
import { etagOf } from '../etag.ts';
import { recordPage, textColumns } from '../record-query.ts';
import {
  anyObject,
  cursor,
  flag,
  limitOf,
  moment,
  pageOf,
  points,
  repeated,
  wellFormed,
} from '../request-parts.ts';
import { resourceJson, resourceShape } from '../resource-shape.ts';
import { type Route, route } from '../route.ts';

const record = z.looseObject({ resource: z.string(), id: z.string() });
const commaList = z
  .string()
  .max(4_000)
  .transform((text) => text.split(',').map((each) => each.trim()));

/** One record with when it was last confirmed. @throws RECORD_NOT_FOUND, MOMENT_INVALID, HISTORY_NONE */
export async function shownRecord(store: Store, resource: Resource, id: string, asOf?: Instant | undefined) {
  const row =
    asOf === undefined
      ? (await findRecord(store, resource, id)).row
      : await recordThen(store, resource, id, asOf);
  const source = row['source'];
  const scope = resource.scopeOf?.(row);
  const confirmed =
    scope === undefined || typeof source !== 'string' || asOf !== undefined
      ? undefined
      : await lastConfirmed(store, source, scope);
  return {
    row,
    record: {
      ...{ resource: resource.name, id: recordId(resource, row) },
      lastConfirmedAt: confirmed === undefined ? null : formatInstant(confirmed),
      scope: scope ?? null,
      // After them: a column of that name is the record's own.
      ...jsonEncoder(resource.table)(row),
      ...(asOf === undefined ? {} : { asOf: formatInstant(asOf) }),
    },
  };
}

async function recordThen(store: Store, resource: Resource, id: string, at: Instant) {
  const key = await findKey(store, resource, id);
  const row = await recordAsOf(store, resource.table, key, at);
  if (row !== undefined) return row;
  throw new HoldfastError('RECORD_NOT_FOUND', `there was no ${resource.name} ${id} at ${formatInstant(at)}`);
}

const day = 86_400_000_000;

export const resourceRoutes: readonly Route[] = [
  route({
    ...{ method: 'GET', path: '/resources', role: 'viewer' },
    summary: 'The kinds of records there are, with their columns',
    query: z.strictObject({ counts: flag.default(false) }),
    answer: pageOf(resourceShape),
    async handle({ store, query }) {
      const counted = async (resource: Resource) => {
        if (!query.counts) return resourceJson(resource);
        const repository = store.repository(resource.table);
        const absent = 'absentSince' in resource.table.columns;
        return {
          ...resourceJson(resource),
          records: await repository.count(),
          absent: absent ? await repository.count({ absentSince: { isNull: false } }) : 0,
        };
      };
      return { items: await Promise.all(resources.map(counted)), next: null };
    },
  }),
  route({
    ...{ method: 'GET', path: '/resources/:resource', role: 'viewer' },
    summary: 'Records of a resource: filtered, searched, ordered, page by page, now or as they were',
    query: z.strictObject({
      where: repeated.default([]),
      q: wellFormed(200).optional(),
      order: repeated.default([]),
      present: flag.default(false),
      as_of: moment.optional(),
      columns: commaList.optional(),
      total: flag.default(false),
      limit: limitOf(100),
      after: cursor,
    }),
    answer: pageOf(record, {
      total: z.number().optional(),
      asOf: z.string().optional(),
      gaps: z.array(anyObject).optional(),
    }),
    // A page by key is read through an index.
    long: ({ where, q, order, present, as_of: asOf, total }) =>
      where.length > 0 || q !== undefined || order.length > 0 || present || asOf !== undefined || total,
    handle: ({ store, params, query: { as_of: asOf, ...query } }) =>
      recordPage(store, requireResource(params.resource), { ...query, asOf }),
  }),
  route({
    ...{ method: 'GET', path: '/resources/:resource/:id', role: 'viewer' },
    summary: 'One record, when it was last confirmed, and its ETag',
    query: z.strictObject({ as_of: moment.optional() }),
    answer: record,
    async handle({ store, params, query, reply }) {
      const resource = requireResource(params.resource);
      const { row, record: shown } = await shownRecord(store, resource, params.id, query.as_of);
      if (query.as_of === undefined) reply.header('etag', etagOf(resource, row));
      return shown;
    },
  }),
  route({
    ...{ method: 'GET', path: '/resources/:resource/:id/series', role: 'viewer' },
    summary: 'What the gauges of a record were over time',
    query: z.strictObject({
      metrics: commaList.optional(),
      from: moment.optional(),
      to: moment.optional(),
      tier: z.enum(['auto', 'raw', 'minute', 'hour', 'day']).default('auto'),
      max_points: points,
    }),
    answer: z.object({
      ...{
        resource: z.string(),
        id: z.string(),
        from: z.string(),
        to: z.string(),
        tier: z.string(),
        bucketMs: z.number(),
      },
      instants: z.array(z.string()),
      metrics: z.record(z.string(), anyObject),
    }),
    async handle({ store, params, query }) {
      const resource = requireResource(params.resource);
      const { to = now(), metrics, tier } = query;
      const from = query.from ?? to - day;
      const key = await findKey(store, resource, params.id);
      const found = await readSeries(store, resource.table, key, {
        metrics,
        from,
        to,
        tier,
        maxPoints: query.max_points,
      });
      return {
        ...{ resource: resource.name, id: params.id, from: formatInstant(from), to: formatInstant(to) },
        ...{ tier: found.tier, bucketMs: found.bucket / 1000, instants: found.instants.map(formatInstant) },
        metrics: Object.fromEntries(
          Object.entries(found.metrics).map(([property, { values, min, max, mean, count }]) => [
            property,
            {
              values: values.map(plain),
              ...(min === undefined ? {} : { min: min.map(plain) }),
              ...(max === undefined ? {} : { max: max.map(plain) }),
              ...(mean === undefined ? {} : { mean: mean.map(plain) }),
              ...(count === undefined ? {} : { count }),
            },
          ]),
        ),
      };
    },
  }),
  route({
    ...{ method: 'GET', path: '/search', role: 'viewer' },
    summary: 'Records of any resource in which a text stands',
    query: z.strictObject({
      q: wellFormed(200).min(2),
      resource: z.string().max(64).optional(),
      limit: limitOf(20, 100),
    }),
    answer: pageOf(anyObject),
    long: () => true,
    async handle({ store, query: { q, resource: only, limit } }) {
      const items: Record<string, unknown>[] = [];
      const among = only === undefined ? resources.filter(isSearched) : [requireResource(only)];
      for (const resource of among) {
        if (items.length >= limit) break;
        const columns = textColumns(resource);
        if (columns.length === 0) continue;
        const where = { or: columns.map((column) => ({ [column]: { contains: q } })) };
        const page = await store.repository(resource.table).list({ where, limit: limit - items.length });
        for (const row of page.items) {
          const column = columns.find((each) => String(row[each] ?? '').includes(q))!;
          const encode = jsonEncoder(resource.table);
          const summary = Object.fromEntries(resource.summary.map((property) => [property, row[property]]));
          const found = { column, value: row[column] ?? null, record: encode(summary) };
          items.push({ resource: resource.name, id: recordId(resource, row), ...found });
        }
      }
      return { items, next: null };
    },
  }),
];

/** What keeps its past is a thing; the rest are logs and readings, which nobody means. */
const isSearched = ({ table }: Resource): boolean => table.spec.history === 'versions';

const plain = (value: SeriesValue): number | string | null =>
  typeof value === 'bigint' ? String(value) : (value ?? null);
