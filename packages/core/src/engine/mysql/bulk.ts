// Many-row writes: prepared statements of a few fixed sizes, the next one made while the server works on the last.

import type { StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow } from '../engine.ts';
import { throwIfAborted } from '../write-lock.ts';
import type { MysqlConnection, StatementResult } from './connection.ts';
import { capabilities } from './dialect.ts';
import { StatementPacket } from './encode-statement.ts';
import type { ServerWants } from './session.ts';

/** Rows of one statement, from the largest size on; few sizes, so that each is prepared once. */
const sizes = [1_000, 100, 10, 1];
/** Bytes from which on a statement is no faster for being larger. */
export const enough = 1_048_576;

/** Writes rows inside the caller's transaction. @returns rows changed */
export function bulk(
  connection: MysqlConnection,
  { syntax, maxPacket, journal }: ServerWants,
  write: BulkWrite,
  count: number,
  fill: FillRow,
  { signal, onProgress }: BulkOptions = {},
): Promise<number> {
  const width = write.columns.length;
  const most = {
    rows: Math.floor(capabilities.maxParameters / width),
    bytes: Math.min(enough, maxPacket - 1),
  };
  return connection.alone(async () => {
    let [row, done] = [0, 0];
    let running: Promise<StatementResult> | undefined;
    const settle = async (rows: number): Promise<void> => {
      const sent = running;
      running = undefined;
      if ((await sent) === undefined) return;
      done += rows;
      onProgress?.(done);
    };
    let sent = 0;
    try {
      for (const size of sizes) {
        if (size > most.rows || count - row < size) continue;
        const prepared = await connection.prepare(syntax.bulkInsert(write, size));
        for (; count - row >= size; row += size) {
          throwIfAborted(signal);
          const values = new Array<StoredValue>(size * width);
          for (let index = 0; index < size; index++) fill(row + index, values, index * width);
          const packet =
            size > 1 ? StatementPacket.of(prepared.id, values) : connection.pack(prepared, values);
          if (size > 1 && packet.length() > most.bytes) break;
          await settle(sent);
          running = connection.send(prepared, packet, false);
          // It is waited for below, or when something else has failed.
          running.catch(() => {});
          sent = size;
        }
      }
      await settle(sent);
    } catch (error) {
      await running?.catch(() => {});
      throw error;
    }
    return done;
  }, journal?.concernsTable(write.table));
}
