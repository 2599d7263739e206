// holdfast show RESOURCE ID: one record in full, and when it was last confirmed.

import {
  type AnyTable,
  formatInstant,
  HoldfastError,
  jsonEncoder,
  parseRecordId,
  type Resource,
  recordId,
  type Store,
} from '@holdfast/core';
import { lastConfirmed } from '@holdfast/core/system';
import type { Command } from 'commander';
import { requireResource } from './domains.ts';
import { cell } from './format.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable } from './output.ts';

export function register(command: Command, invocation: Invocation): void {
  command
    .argument('<resource>', 'as proxmox.vm')
    .argument('<id>', 'as `holdfast --json list` gives it, for example lab/100')
    .action((name: string, id: string) => {
      const resource = requireResource(name);
      return invocation.withStore({ create: false }, async (store) => {
        const row = await find(store, resource, id);
        const source = String(row['source']);
        const scope = resource.scopeOf?.(row);
        const confirmed = scope === undefined ? undefined : await lastConfirmed(store, source, scope);
        const record = {
          resource: name,
          id: recordId(resource, row),
          lastConfirmedAt: confirmed === undefined ? null : formatInstant(confirmed),
          scope: scope ?? null,
          // After them: a column of that name is the record's own.
          ...jsonEncoder(resource.table)(row),
        };
        invocation.print(record, () => showText(resource.table, row, record));
      });
    });
}

/** @throws RECORD_NOT_FOUND */
async function find(store: Store, resource: Resource, id: string): Promise<Record<string, unknown>> {
  const where = parseRecordId(resource, id);
  const { incarnation } = resource;
  const { items } = await store.repository(resource.table).list({
    where,
    orderBy: incarnation === undefined ? [] : [[incarnation, 'desc']],
    limit: 1,
  });
  if (items[0] === undefined)
    throw new HoldfastError('RECORD_NOT_FOUND', `there is no ${resource.name} ${id}`, {
      hint: `holdfast list ${resource.name}`,
    });
  return items[0];
}

function showText(
  table: AnyTable,
  row: Record<string, unknown>,
  record: { id: string; lastConfirmedAt: string | null },
): string {
  const gauges = new Set<string>([...table.metricProperties, 'metricsAt']);
  const line = ([property, value]: [string, unknown]): string => {
    const wide = value !== null && typeof value === 'object' && !Array.isArray(value);
    const text = wide
      ? `\n${indent(JSON.stringify(value, null, 2))}`
      : ` ${printable(cell(table, property, value))}`;
    return `  ${paint('dim', `${property}:`)}${text}`;
  };
  const entries = Object.entries(row);
  const own = entries.filter(([property]) => !gauges.has(property));
  const latest = entries.filter(([property, value]) => gauges.has(property) && value !== null);
  return [
    paint('bold', printable(record.id)),
    ...own.map(line),
    ...(latest.length === 0 ? [] : [paint('bold', 'gauges'), ...latest.map(line)]),
    `last confirmed: ${record.lastConfirmedAt ?? 'never by a complete scope'}`,
  ].join('\n');
}

const indent = (text: string): string => text.replaceAll(/^/gm, '    ');
