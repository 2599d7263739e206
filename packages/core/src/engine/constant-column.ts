// Columns that say the same in every row of every batch: they share their arrays.

import type { ColumnSpec } from '../schema/spec.ts';
import { type BatchColumn, cell, makeBatch } from './column-batch.ts';

/** Valid until the next one is asked for. */
export type ConstantColumn = (rows: number) => BatchColumn;

/** @param value null, or a whole number where the column is one of bigints */
export function constantColumn(
  spec: Pick<ColumnSpec, 'kind' | 'scale'>,
  value: bigint | null,
): ConstantColumn {
  let [column] = makeBatch([spec], 0).columns;
  return (rows) => {
    if (column!.cells.length < rows) {
      [column] = makeBatch([spec], rows).columns;
      if (value === null) column!.cells.fill(cell.gap);
      else column!.wide.fill(value);
    }
    return { ...column!, gaps: value === null ? rows : 0 };
  };
}
