// A batch of columns to rows of values: for what has to be looked at value by value.

import type { StoredRow, StoredValue } from '../schema/codec.ts';
import { type BatchColumn, type ColumnBatch, cell, formOf } from './column-batch.ts';

/** @param batch its texts are UTF-8 */
export function rowsOfBatch({ rows, columns }: ColumnBatch): StoredRow[] {
  const values = columns.map((column) => valuesOf(column, rows));
  return Array.from({ length: rows }, (_, row) => values.map((each) => each[row]!));
}

function valuesOf(column: BatchColumn, rows: number): StoredValue[] {
  const { cells, exceptions } = column;
  const read = reader(column);
  return Array.from({ length: rows }, (_, row) => {
    if (cells[row] === cell.value) return read(row);
    return cells[row] === cell.gap ? null : exceptions.get(row)!;
  });
}

function reader({ kind, numbers, wide, starts, lengths, bytes }: BatchColumn): (row: number) => StoredValue {
  const form = formOf(kind);
  if (kind === 'bool') return (row) => numbers[row] === 1;
  if (form === 'numbers') return (row) => numbers[row]!;
  if (form === 'wide') return (row) => wide[row]!;
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = (row: number): number => starts[row]! + lengths[row]!;
  // A copy of its own for each: what is kept of a batch keeps no more than that.
  if (kind === 'bytes') return (row) => Uint8Array.from(from.subarray(starts[row], end(row)));
  return (row) => from.toString('utf8', starts[row], end(row));
}
