// Cursors: where the next page starts, as opaque text bound to its query.

import { createHash } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { StoredValue } from '../schema/codec.ts';

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

/** @throws CURSOR_INVALID */
export function decodeCursor(cursor: string, hash: string, length: number): StoredValue[] {
  try {
    const [of, ...values] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (of === hash && values.length === length) return values.map(toStored);
  } catch {
    // Falls through to the one error.
  }
  throw new HoldfastError('CURSOR_INVALID', 'the cursor does not belong to this query');
}

function toStored(value: unknown): StoredValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  return BigInt.asIntN(64, BigInt((value as { n: string }).n));
}
