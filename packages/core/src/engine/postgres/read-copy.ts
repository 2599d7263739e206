// Rows of COPY in its binary form to columns. Texts stay where they are.

import { addException, addNull, type BatchColumn, emptyBatch } from '../column-batch.ts';
import type { ReadBatch } from '../raw-rows.ts';
import { instantOf } from './read-tuples.ts';

/** Rows, each behind the five bytes that begin its message. */
export interface Tuples {
  readonly bytes: Uint8Array;
  /** Where the next one begins. */
  readonly at: number;
  /** From there on. */
  readonly rows: number;
}

const word = 2 ** 32;
/** Bytes of a row in front of its fields: head of the message, and their count. */
const rowHead = 7;

export const readBatch: ReadBatch<Tuples> = (columns, { bytes, at: first, rows }, limit) => {
  const count = Math.min(rows, limit.rows);
  const batch = emptyBatch(columns, limit.rows);
  batch.rows = count;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = first;
  for (let row = 0; row < count; row++) {
    at += rowHead;
    for (const column of batch.columns) {
      const length = buffer.readInt32BE(at);
      at += 4;
      if (length < 0) addNull(column, row);
      else {
        take(column, row, buffer, at, length);
        at += length;
      }
    }
  }
  for (const column of batch.columns) column.bytes = buffer;
  return { batch, rest: count === rows ? undefined : { bytes, at, rows: rows - count } };
};

function take(column: BatchColumn, row: number, buffer: Buffer, at: number, length: number): void {
  switch (column.kind) {
    case 'int': {
      const value = buffer.readInt32BE(at) * word + buffer.readUInt32BE(at + 4);
      if (Number.isSafeInteger(value)) column.numbers[row] = value;
      else addException(column, row, buffer.readBigInt64BE(at));
      return;
    }
    case 'instant': {
      const value = instantOf(buffer, at);
      if (typeof value === 'number') column.numbers[row] = value;
      else addException(column, row, value);
      return;
    }
    case 'bigint':
      column.wide[row] = buffer.readBigInt64BE(at);
      return;
    case 'real':
      column.numbers[row] = buffer.readDoubleBE(at);
      return;
    case 'bool':
      column.numbers[row] = buffer[at] === 1 ? 1 : 0;
      return;
    default:
      column.starts[row] = at;
      column.lengths[row] = length;
  }
}
