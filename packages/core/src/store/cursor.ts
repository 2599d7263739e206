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

/** The stored order values of the last row of a page. */
export function encodeCursor(hash: string, values: readonly StoredValue[]): string {
  const plain = values.map((value) => (typeof value === 'bigint' ? { n: String(value) } : value));
  return Buffer.from(JSON.stringify([hash, ...plain])).toString('base64url');
}

/** @throws CURSOR_INVALID where a value is none that its column stores */
export function decodeCursor(
  cursor: string,
  hash: string,
  columns: readonly ColumnReference[],
): StoredValue[] {
  try {
    const [of, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const stored = values.map(toStored);
    if (
      of === hash &&
      stored.length === columns.length &&
      stored.every((value, at) => fits(value, columns[at]!))
    )
      return stored;
  } catch {
    // Falls through to the one error.
  }
  throw new HoldfastError('CURSOR_INVALID', 'the cursor does not belong to this query');
}

function toStored(value: unknown): StoredValue {
  if (value !== null && typeof value === 'object') return BigInt((value as { n: string }).n);
  return value as StoredValue;
}

/** @throws RECORD_INVALID */
const fits = (value: StoredValue, column: ColumnReference): boolean =>
  value === null ? mayBeNull(column) : column.encode(column.decode(value)) === value;
