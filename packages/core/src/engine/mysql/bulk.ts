// Many-row writes: prepared statements of a few fixed sizes.

import { setImmediate as turn } from 'node:timers/promises';
import type { StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow } from '../engine.ts';
import { throwIfAborted } from '../write-lock.ts';
import type { MysqlConnection } from './connection.ts';
import { capabilities } from './dialect.ts';
import type { ServerWants } from './session.ts';
import { fits } from './statement-size.ts';
import { toParameters } from './values.ts';

/** Rows of one statement, from the largest size on; few sizes, so that each is prepared once. */
const sizes = [1_000, 100, 10, 1];

/** Writes rows inside the caller's transaction. @returns rows changed */
export async function bulk(
  connection: MysqlConnection,
  { syntax, maxPacket }: ServerWants,
  write: BulkWrite,
  count: number,
  fill: FillRow,
  { signal, onProgress }: BulkOptions = {},
): Promise<number> {
  const width = write.columns.length;
  const most = Math.floor(capabilities.maxParameters / width);
  let [changed, row] = [0, 0];
  for (const size of sizes) {
    if (size > most || count - row < size) continue;
    const sql = syntax.bulkInsert(write, size);
    for (; count - row >= size; row += size) {
      throwIfAborted(signal);
      const values = new Array<StoredValue>(size * width);
      for (let index = 0; index < size; index++) fill(row + index, values, index * width);
      const parameters = toParameters(values);
      if (size > 1 && !fits(parameters, maxPacket)) break;
      const result = await connection.execute(sql, parameters);
      changed += result.count;
      onProgress?.(row + size);
      await turn();
    }
  }
  return changed;
}
