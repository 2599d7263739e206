// A record as the JSON that the command line and the API answer with.

import { metricFields, recordFields } from './codec.ts';
import { formatInstant } from './instant.ts';
import type { Kind } from './spec.ts';
import type { AnyTable } from './table.ts';

/**
 * A function from record to JSON object: instants as RFC 3339, bigints as text, bytes as base64,
 * secrets as a placeholder. Properties keep their declared order, after those that the object has that it is given.
 */
export function jsonEncoder(
  table: AnyTable,
): (row: Readonly<Record<string, unknown>>, into?: Record<string, unknown>) => Record<string, unknown> {
  const fields = [...recordFields(table), ...metricFields(table)].map(
    ({ property, spec }) =>
      [property, spec.kind === 'instant' ? instantText() : converters[spec.kind]] as const,
  );
  return (row, out = {}) => {
    for (const [property, convert] of fields) {
      const value = row[property];
      if (value === undefined) continue;
      out[property] = value === null || convert === undefined ? value : convert(value);
    }
    return out;
  };
}

/** Records that were seen together have the same instants: each text is made once. */
function instantText(): (value: unknown) => string {
  let last: unknown;
  let text = '';
  return (value) => {
    if (value !== last) {
      text = formatInstant(value as number);
      last = value;
    }
    return text;
  };
}

/** Of kinds that JSON does not have. */
const converters: Readonly<Partial<Record<Kind, (value: unknown) => unknown>>> = {
  bigint: String,
  bytes: (value) => Buffer.from(value as Uint8Array).toString('base64'),
};
