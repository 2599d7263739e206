// Cursors: where the next page starts, as opaque text bound to its query.

import { createHash } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { StoredValue } from '../schema/codec.ts';
import { mayBeNull } from './order.ts';
import type { ColumnReference } from './table-codec.ts';

/** A short fingerprint of table, filter and order: a cursor fits only the query that made it. */
export const queryHash = (...parts: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify(parts, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)))
    .digest('base64url')
    .slice(0, 8);

/** The order values of the last row of a page, as the record has them: the same on every engine. */
export function encodeCursor(hash: string, values: readonly unknown[]): string {
  const plain = values.map((value) => (typeof value === 'bigint' ? { n: String(value) } : value));
  return Buffer.from(JSON.stringify([hash, ...plain])).toString('base64url');
}

/** @returns the values as they are stored. @throws CURSOR_INVALID where a value is none that its column has */
export function decodeCursor(
  cursor: string,
  hash: string,
  columns: readonly ColumnReference[],
): StoredValue[] {
  try {
    const [of, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (of === hash && values.length === columns.length)
      return columns.map((column, at) => stored(values[at], column));
  } catch {
    // Falls through to the one error.
  }
  throw new HoldfastError('CURSOR_INVALID', 'the cursor does not belong to this query');
}

/** @throws RECORD_INVALID, or whatever a value of a strange kind meets */
function stored(value: unknown, column: ColumnReference): StoredValue {
  if (value === null && mayBeNull(column)) return null;
  if (value !== null && typeof value === 'object') return column.encode(BigInt((value as { n: string }).n));
  return column.encode(value);
}
