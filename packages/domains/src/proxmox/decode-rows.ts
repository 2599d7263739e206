// Rows of a list, decoded; those that make no sense are named, and the others go on.

import type { Rejection } from '@holdfast/core/sync';
import type { Raw } from '../decode.ts';

export interface DecodedRows<T> {
  readonly rows: T[];
  readonly rejected: Rejection[];
}

/** @param what the row in words, for the message */
export function decodeRows<T>(
  raws: readonly Raw[],
  decode: (raw: Raw) => T | undefined,
  what: string,
): DecodedRows<T> {
  const rows: T[] = [];
  const rejected: Rejection[] = [];
  for (const raw of raws) {
    const row = decode(raw);
    if (row !== undefined) rows.push(row);
    else rejected.push({ id: what, message: `cannot be read: ${JSON.stringify(raw).slice(0, 120)}` });
  }
  return { rows, rejected };
}
