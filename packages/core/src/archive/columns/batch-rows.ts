// Rows of values to a batch: for what is small, and for what had to be looked at value by value.

import {
  addException,
  addNull,
  type BatchColumn,
  type ColumnBatch,
  formOf,
  makeBatch,
} from '../../engine/column-batch.ts';
import { HoldfastError } from '../../errors.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import type { Value, ValueRow } from './value.ts';

const leastWide = -(2n ** 63n);
const mostWide = 2n ** 63n - 1n;

/** @throws RECORD_INVALID for a row of another width, or what no engine has */
export function batchOf(
  columns: readonly Pick<ColumnSpec, 'kind' | 'scale'>[],
  rows: readonly ValueRow[],
): ColumnBatch {
  const width = columns.length;
  for (const row of rows)
    if (row.length !== width)
      throw new HoldfastError('RECORD_INVALID', `a row has ${row.length} values for ${width} columns`);
  const batch = makeBatch(columns, rows.length);
  batch.rows = rows.length;
  for (const [index, column] of batch.columns.entries()) {
    const form = formOf(column.kind);
    if (form === 'numbers') takeNumbers(column, rows, index);
    else if (form === 'wide') takeWide(column, rows, index);
    else if (column.kind === 'bytes') takeBytes(column, rows, index);
    else takeTexts(column, rows, index);
  }
  return batch;
}

function addOther(column: BatchColumn, row: number, value: Value | undefined): void {
  if (value === null) addNull(column, row);
  else if (value === undefined)
    throw new HoldfastError('RECORD_INVALID', `a value of row ${row} is undefined`);
  else addException(column, row, value);
}

// One loop for each kind: with a common one that asks what fits, this takes three times as long.

function takeNumbers(column: BatchColumn, rows: readonly ValueRow[], index: number): void {
  const { numbers, kind } = column;
  const [isReal, isBool] = [kind === 'real', kind === 'bool'];
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![index];
    if (isBool && typeof value === 'boolean') numbers[row] = value ? 1 : 0;
    else if (
      !isBool &&
      typeof value === 'number' &&
      (isReal || (Number.isSafeInteger(value) && !Object.is(value, -0)))
    )
      numbers[row] = value;
    else addOther(column, row, value);
  }
}

function takeWide(column: BatchColumn, rows: readonly ValueRow[], index: number): void {
  const { wide } = column;
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![index];
    if (typeof value === 'bigint' && value >= leastWide && value <= mostWide) wide[row] = value;
    else addOther(column, row, value);
  }
}

function takeBytes(column: BatchColumn, rows: readonly ValueRow[], index: number): void {
  const { starts, lengths } = column;
  const values: Uint8Array[] = [];
  let at = 0;
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![index];
    if (value instanceof Uint8Array) {
      starts[row] = at;
      lengths[row] = value.length;
      at += value.length;
      values.push(value);
    } else addOther(column, row, value);
  }
  // Not of the pool that small buffers share: it would be handed over with them.
  const bytes = Buffer.allocUnsafeSlow(at);
  at = 0;
  for (const value of values) {
    bytes.set(value, at);
    at += value.length;
  }
  column.bytes = bytes;
}

function takeTexts(column: BatchColumn, rows: readonly ValueRow[], index: number): void {
  const { starts, lengths } = column;
  const values: string[] = [];
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![index];
    // Of text that is not well formed there is no UTF-8.
    if (typeof value === 'string' && value.isWellFormed()) values.push(value);
    else addOther(column, row, value);
  }
  const joined = values.join('');
  const size = Buffer.byteLength(joined);
  const ascii = size === joined.length;
  const bytes = Buffer.allocUnsafeSlow(size);
  bytes.write(joined, ascii ? 'latin1' : 'utf8');
  let at = 0;
  for (let row = 0, next = 0; row < rows.length; row++) {
    if (column.cells[row] !== 0) continue;
    const value = values[next++]!;
    const length = ascii ? value.length : Buffer.byteLength(value);
    starts[row] = at;
    lengths[row] = length;
    at += length;
  }
  column.bytes = bytes;
}
