// COPY: rows as a stream of text, straight into the table, or by way of a temporary one where they may exist.

import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { isHoldfastError } from '../../errors.ts';
import type { StoredValue } from '../../schema/codec.ts';
import type { BulkOptions, BulkWrite, FillRow } from '../engine.ts';
import { throwIfAborted } from '../write-lock.ts';
import type { PostgresConnection } from './connection.ts';
import { conflict, insertInto, syntax } from './dialect.ts';
import type { CopyFrom } from './driver.ts';
import { isDuplicateInBatch } from './errors.ts';

/** Characters sent between two turns of the event loop. More at once holds more memory and is slower (bench/store). */
const charactersPerTurn = 1 << 15;
/** Rows of one insert from the temporary table. */
const rowsPerMerge = 50_000;

const { quote } = syntax;
let temporaryTables = 0;

/** Writes rows inside the caller's transaction. @returns rows changed */
export async function copyRows(
  connection: PostgresConnection,
  copyFrom: CopyFrom,
  write: BulkWrite,
  count: number,
  fill: FillRow,
  options: BulkOptions,
): Promise<number> {
  const columns = write.columns.map(quote).join(', ');
  if (write.onConflict === 'fail') {
    const sql = `COPY ${quote(write.table)} (${columns}) FROM STDIN`;
    return connection.alone(async () => {
      await connection.ready(sql);
      await copy(connection, copyFrom, sql, write, [0, count], fill, options);
      return count;
    });
  }
  const temporary = quote(`holdfast_bulk_${++temporaryTables}`);
  const sql = `COPY pg_temp.${temporary} (${columns}) FROM STDIN`;
  let changed = 0;
  return connection.alone(async () => {
    await connection.ready(insertInto(write));
    await connection.script(
      `CREATE TEMPORARY TABLE ${temporary} ON COMMIT DROP AS SELECT ${columns} FROM ${quote(write.table)} WITH NO DATA`,
    );
    for (let start = 0; start < count; start += rowsPerMerge) {
      const end = Math.min(count, start + rowsPerMerge);
      await copy(connection, copyFrom, sql, write, [start, end], fill, options);
      changed += await merge(connection, write, temporary, columns);
      if (end < count) await connection.script(`TRUNCATE pg_temp.${temporary}`);
    }
    await connection.script(`DROP TABLE pg_temp.${temporary}`);
    return changed;
  });
}

/** Inserts what the temporary table holds. */
async function merge(
  connection: PostgresConnection,
  write: BulkWrite,
  temporary: string,
  columns: string,
): Promise<number> {
  const insert = async (from: string): Promise<number> => {
    const [save, release] = ['SAVEPOINT holdfast_merge', 'RELEASE SAVEPOINT holdfast_merge'];
    const statement = `${insertInto(write)} ${from}${conflict(write)}`;
    try {
      // By one-time statements: the temporary table is another one each time.
      await connection.script(save);
      const { rowCount } = await connection.client.query(statement);
      await connection.script(release);
      return rowCount ?? 0;
    } catch (error) {
      throw connection.failure(error);
    }
  };
  try {
    return await insert(`SELECT ${columns} FROM pg_temp.${temporary}`);
  } catch (error) {
    // A key that comes twice: its last row stays. Rows lie in the order in which they came.
    if (!isHoldfastError(error) || !isDuplicateInBatch(error.cause)) throw error;
    await connection.script('ROLLBACK TO SAVEPOINT holdfast_merge');
    const key = write.key.map(quote).join(', ');
    return insert(
      `SELECT DISTINCT ON (${key}) ${columns} FROM pg_temp.${temporary} ORDER BY ${key}, ctid DESC`,
    );
  }
}

/** Streams the rows from `start` to `end`; a failure or a cancel ends the COPY on the server too. */
async function copy(
  connection: PostgresConnection,
  copyFrom: CopyFrom,
  sql: string,
  write: BulkWrite,
  [start, end]: readonly [number, number],
  fill: FillRow,
  { signal, onProgress }: BulkOptions,
): Promise<void> {
  const width = write.columns.length;
  const values = new Array<StoredValue>(width);
  throwIfAborted(signal);
  const stream = connection.client.query(copyFrom(sql));
  const ended = once(stream, 'finish');
  // What the server says, whenever it comes; the stream is of no more use then, not even to be destroyed.
  let refused: unknown;
  ended.catch((error: unknown) => {
    refused = error;
  });
  try {
    for (let row = start; row < end; ) {
      let text = '';
      for (; row < end && text.length < charactersPerTurn; row++) {
        fill(row, values, 0);
        text += copyLine(values);
      }
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), ended]);
      if (row === end) break;
      onProgress?.(row);
      throwIfAborted(signal);
      await turn();
      throwIfAborted(signal);
    }
    stream.end();
    await ended;
  } catch (error) {
    if (refused !== undefined) throw connection.failure(refused);
    // Ours: the server is told, and takes back what it was sent.
    const closed = once(stream, 'close').catch(() => undefined);
    stream.destroy(error as Error);
    await closed;
    throw connection.failure(error);
  }
  onProgress?.(end);
}

/** One row in the text form of COPY. */
export function copyLine(values: readonly StoredValue[]): string {
  let line = '';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) line += '\t';
    line += copyText(values[index]!);
  }
  return `${line}\n`;
}

const special = /[\\\n\r\t]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function copyText(value: StoredValue): string {
  if (typeof value === 'string')
    return special.test(value) ? value.replaceAll(/[\\\n\r\t]/g, (sign) => escapes[sign]!) : value;
  if (value === null) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (value instanceof Uint8Array)
    return `\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  return String(value);
}
