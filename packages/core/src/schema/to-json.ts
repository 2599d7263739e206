// A record as the JSON that the command line and the API answer with.

import { type Field, metricFields, recordFields } from './codec.ts';
import { formatInstant } from './instant.ts';
import type { AnyTable } from './table.ts';

/**
 * A function from record to JSON object: instants as RFC 3339, bigints as text, bytes as base64,
 * secrets as a placeholder. Properties keep their declared order.
 */
export function jsonEncoder(
  table: AnyTable,
): (row: Readonly<Record<string, unknown>>) => Record<string, unknown> {
  const fields: Field[] = [...recordFields(table), ...metricFields(table)];
  return (row) => {
    const out: Record<string, unknown> = {};
    for (const { property, spec } of fields) {
      const value = row[property];
      if (value === undefined) continue;
      out[property] = value === null ? null : jsonValue(spec.kind, value);
    }
    return out;
  };
}

function jsonValue(kind: Field['spec']['kind'], value: unknown): unknown {
  if (kind === 'instant') return formatInstant(value as number);
  if (kind === 'bigint') return String(value);
  if (kind === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  return value;
}
