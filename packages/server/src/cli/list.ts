// holdfast list RESOURCE: the records of a resource, filtered, ordered, page by page.

import { formatInstant, HoldfastError, jsonEncoder, now, type Resource, recordId } from '@holdfast/core';
import { gapsOf, listAsOf } from '@holdfast/core/history';
import type { Command } from 'commander';
import { gapJson } from '../shapes/changes.ts';
import { parseConditions, parseOrder } from './conditions.ts';
import { requireResource } from './domains.ts';
import { cell } from './format.ts';
import { gapText } from './history.ts';
import type { Invocation } from './invocation.ts';
import { parseMoment } from './moments.ts';
import { paint, renderTable } from './output.ts';

interface ListFlags {
  readonly where: readonly string[];
  readonly order: readonly string[];
  readonly limit: string;
  readonly after?: string;
  readonly present?: boolean;
  readonly columns?: string;
  readonly asOf?: string;
}

export function register(command: Command, invocation: Invocation): void {
  const collect = (value: string, before: readonly string[]): string[] => [...before, value];
  command
    .argument('<resource>', 'as proxmox.vm; holdfast status names them all')
    .option(
      '--where <condition>',
      'PROPERTY=VALUE, also != < <= > >= and ~ (contains); may be repeated',
      collect,
      [],
    )
    .option('--order <property>', 'PROPERTY or PROPERTY:desc; may be repeated', collect, [])
    .option('--limit <number>', 'records of one page, at most 10000', '1000')
    .option('--after <cursor>', 'the `next` of the page before')
    .option('--present', 'leave out records that are absent')
    .option('--as-of <instant>', 'as it was then: RFC 3339 with its zone, or -15m, -2h, -3d')
    .option('--columns <names>', 'comma-separated properties to print')
    .action((name: string, flags: ListFlags) => {
      const resource = requireResource(name);
      return invocation.withStore({ create: false }, async (store) => {
        const at = flags.asOf === undefined ? undefined : parseMoment(flags.asOf);
        const options = {
          where: {
            ...parseConditions(resource.table, flags.where),
            ...(flags.present ? { absentSince: null } : {}),
          },
          orderBy: parseOrder(resource.table, flags.order),
          limit: Number(flags.limit),
          after: flags.after,
        };
        const page =
          at === undefined
            ? await store.repository(resource.table).list(options)
            : await listAsOf(store, resource.table, at, options);
        const gaps = at === undefined ? [] : await gapsOf(store, [resource], at, now());
        const encode = jsonEncoder(resource.table);
        const items = page.items.map((row) => ({
          resource: name,
          id: recordId(resource, row),
          ...encode(row),
        }));
        const past = at === undefined ? {} : { asOf: formatInstant(at), gaps: gaps.map(gapJson) };
        invocation.print({ items, next: page.next, ...past }, () =>
          [...gaps.map(gapText), listText(resource, page.items, page.next, flags.columns)].join('\n'),
        );
      });
    });
}

function listText(
  resource: Resource,
  rows: readonly Record<string, unknown>[],
  next: string | null,
  columns: string | undefined,
): string {
  if (rows.length === 0) return `No records of ${resource.name}`;
  const properties =
    columns === undefined ? [...resource.summary] : columns.split(',').map((each) => each.trim());
  for (const property of properties)
    if (!(property in rows[0]!))
      throw new HoldfastError('QUERY_INVALID', `${resource.name} has no column ${property}`);
  const absent = rows.some((row) => (row['absentSince'] ?? null) !== null);
  if (absent) properties.push('absentSince');
  const table = renderTable(
    properties,
    rows.map((row) => properties.map((property) => cell(resource.table, property, row[property]))),
  );
  const more = next === null ? '' : `\nmore: --after ${next}`;
  return `${table}\n${paint('dim', `${rows.length} records${more}`)}`;
}
