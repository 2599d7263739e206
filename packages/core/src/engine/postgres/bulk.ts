// Many-row writes: prepared statements of fixed sizes for a few rows, COPY for many.

import { setImmediate as turn } from 'node:timers/promises';
import { isHoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow } from '../engine.ts';
import { throwIfAborted } from '../write-lock.ts';
import type { PostgresConnection } from './connection.ts';
import { copyRows } from './copy.ts';
import { capabilities, syntax } from './dialect.ts';
import type { CopyFrom } from './driver.ts';
import { isDuplicateInBatch } from './errors.ts';
import type { Step } from './exchange.ts';
import { analyzeNew } from './statistics.ts';

/** From so many rows on, COPY is faster (bench/store). */
const rowsForCopy = 500;
/** Rows of one statement, from the largest size on; few sizes, so that each is prepared once. */
const sizes = [100, 10, 1];

/** Writes rows inside the caller's transaction. @returns rows changed */
export async function bulk(
  connection: PostgresConnection,
  copyFrom: CopyFrom,
  write: BulkWrite,
  count: number,
  fill: FillRow,
  options: BulkOptions = {},
): Promise<number> {
  const changed =
    count < rowsForCopy
      ? await insertFew(connection, write, count, fill, options)
      : await copyRows(connection, copyFrom, write, count, fill, options);
  await analyzeNew(connection, write.table, count);
  return changed;
}

async function insertFew(
  connection: PostgresConnection,
  write: BulkWrite,
  count: number,
  fill: FillRow,
  { signal, onProgress }: BulkOptions,
): Promise<number> {
  throwIfAborted(signal);
  const changed = await insertRows(connection, write, count, fill);
  onProgress?.(count);
  await turn();
  return changed;
}

async function insertRows(
  connection: PostgresConnection,
  write: BulkWrite,
  count: number,
  fill: FillRow,
): Promise<number> {
  try {
    const steps = statements(write, count, fill, sizes);
    const results = await connection.guarded(steps);
    return results.reduce((sum, result) => sum + result.count, 0);
  } catch (error) {
    // A key that comes twice in one statement: row by row, the last one stays.
    if (!isHoldfastError(error) || !isDuplicateInBatch(error.cause)) throw error;
    const results = await connection.guarded(statements(write, count, fill, [1]));
    return results.reduce((sum, result) => sum + result.count, 0);
  }
}

function statements(write: BulkWrite, count: number, fill: FillRow, wanted: readonly number[]): Step[] {
  const width = write.columns.length;
  const most = Math.max(1, Math.floor(capabilities.maxParameters / width));
  const steps: Step[] = [];
  let row = 0;
  for (const size of wanted) {
    if (size > most) continue;
    const sql = count - row >= size ? syntax.bulkInsert(write, size) : '';
    for (; count - row >= size; row += size) {
      const values = new Array<StoredValue>(size * width);
      for (let index = 0; index < size; index++) fill(row + index, values, index * width);
      steps.push({ sql, values });
    }
  }
  return steps;
}
