// Many-row writes: prepared statements of a hundred, ten and one rows, their parameters filled in place.

import type { StatementSync } from 'node:sqlite';
import type { StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow } from '../engine.ts';
import { throwIfAborted } from '../write-lock.ts';
import { capabilities, syntax } from './dialect.ts';
import { turn } from './turn.ts';

/** A hundred is a fifth faster than twenty into an empty table, and the same over existing rows (bench/store). */
const rowsPerStatement = [100, 10, 1];
/** Rows between two turns of the event loop: a few milliseconds. */
const rowsPerTurn = 4_000;

/**
 * Writes rows through `prepare`d statements inside the caller's transaction.
 * @returns rows changed
 */
export async function bulk(
  prepare: (sql: string) => StatementSync,
  write: BulkWrite,
  count: number,
  fill: FillRow,
  { signal, onProgress }: BulkOptions = {},
): Promise<number> {
  const width = write.columns.length;
  let changed = 0;
  let row = 0;
  let turnAt = rowsPerTurn;
  const put = (statement: StatementSync, rows: number, params: StoredValue[]): void => {
    for (let index = 0; index < rows; index++) fill(row + index, params, index * width);
    changed += Number(statement.run(...(params as never[])).changes);
    row += rows;
  };
  for (const rows of rowsPerStatement) {
    if (count - row < rows || rows * width > capabilities.maxParameters) continue;
    const statement = prepare(syntax.bulkInsert(write, rows));
    const params = new Array<StoredValue>(rows * width);
    while (count - row >= rows) {
      put(statement, rows, params);
      if (row < turnAt) continue;
      turnAt += rowsPerTurn;
      onProgress?.(row);
      throwIfAborted(signal);
      await turn();
      throwIfAborted(signal);
    }
  }
  onProgress?.(row);
  return changed;
}
