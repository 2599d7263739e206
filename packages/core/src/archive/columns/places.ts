// Where the texts or bytes of a column are, and bringing them together.

import { type BatchColumn, cell } from '../../engine/column-batch.ts';
import type { ByteWriter } from './bytes.ts';

/** Where the texts or bytes of a column are, without its gaps. */
export interface Places {
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
}

/** Of the values that there are. */
export function placesOf(
  { arrays }: ByteWriter,
  { cells, gaps, starts, lengths }: BatchColumn,
  rows: number,
): Places {
  if (gaps === 0) return { starts: starts.subarray(0, rows), lengths: lengths.subarray(0, rows) };
  const dense = { starts: arrays.words(rows - gaps), lengths: arrays.words(rows - gaps) };
  for (let row = 0, to = 0; row < rows; row++) {
    if (cells[row] !== cell.value) continue;
    dense.starts[to] = starts[row]!;
    dense.lengths[to++] = lengths[row]!;
  }
  return dense;
}

/** To be written as integers, which overwrites them. */
export function doublesOf({ arrays }: ByteWriter, values: Uint32Array): Float64Array {
  const doubles = arrays.doubles(values.length);
  doubles.set(values);
  return doubles;
}

/** Bytes up to which copying one by one is faster than asking the runtime. */
const few = 40;

/** One behind the other. @returns what was written */
export function gather(writer: ByteWriter, bytes: Uint8Array, { starts, lengths }: Places): Buffer {
  let size = 0;
  for (let index = 0; index < lengths.length; index++) size += lengths[index]!;
  const room = writer.take(size);
  for (let index = 0, to = 0; index < lengths.length; index++) {
    const [start, length] = [starts[index]!, lengths[index]!];
    const end = start + length;
    if (length > few) {
      room.set(bytes.subarray(start, end), to);
      to += length;
    } else for (let at = start; at < end; at++) room[to++] = bytes[at]!;
  }
  return room;
}
