// Many-row writes: one prepared statement of twenty rows, its parameters filled in place.

import type { StatementSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow } from '../engine.ts';
import { throwIfAborted } from '../write-lock.ts';
import { capabilities, syntax } from './dialect.ts';

/** Beyond twenty rows a statement gains nothing more (bench/store). */
const rowsPerStatement = 20;
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
  const batch = Math.max(1, Math.min(rowsPerStatement, Math.floor(capabilities.maxParameters / width)));
  let changed = 0;
  let row = 0;
  let turnAt = rowsPerTurn;
  const put = (statement: StatementSync, rows: number, params: StoredValue[]): void => {
    for (let index = 0; index < rows; index++) fill(row + index, params, index * width);
    changed += Number(statement.run(...(params as never[])).changes);
    row += rows;
  };
  if (count >= batch) {
    const statement = prepare(syntax.bulkInsert(write, batch));
    const params = new Array<StoredValue>(batch * width);
    while (count - row >= batch) {
      put(statement, batch, params);
      if (row < turnAt) continue;
      turnAt += rowsPerTurn;
      onProgress?.(row);
      throwIfAborted(signal);
      await turn();
      throwIfAborted(signal);
    }
  }
  if (row < count) {
    const statement = prepare(syntax.bulkInsert(write, 1));
    const params = new Array<StoredValue>(width);
    while (row < count) put(statement, 1, params);
  }
  onProgress?.(row);
  return changed;
}
