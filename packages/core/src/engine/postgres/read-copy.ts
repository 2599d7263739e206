// Rows of COPY in its binary form to columns. Texts stay where they are. The reader is generated from the kinds of the
// columns; only numbers enter its source text.

import type { Kind } from '../../schema/spec.ts';
import { addException, addNull, type BatchColumn, emptyBatch } from '../column-batch.ts';
import type { ReadBatch } from '../raw-rows.ts';
import { epoch, instantOf } from './read-tuples.ts';

/** Rows, each behind the five bytes that begin its message. */
export interface Tuples {
  readonly bytes: Uint8Array;
  /** Where the next one begins. */
  readonly at: number;
  /** From there on. */
  readonly rows: number;
}

/** @param at where the first row begins. @returns where the last one ends */
type ReadRows = (buffer: Buffer, view: DataView, at: number, rows: number, columns: BatchColumn[]) => number;

const word = 2 ** 32;
/** Bytes of a row in front of its fields: head of the message, and their count. */
const rowHead = 7;

export const readBatch: ReadBatch<Tuples> = (columns, { bytes, at: first, rows }, limit) => {
  const count = Math.min(rows, limit.rows);
  const batch = emptyBatch(columns, limit.rows);
  batch.rows = count;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = readerOf(columns.map(({ kind }) => kind))(buffer, view, first, count, [...batch.columns]);
  for (const column of batch.columns) column.bytes = buffer;
  return { batch, rest: count === rows ? undefined : { bytes, at, rows: rows - count } };
};

const helpers = {
  null: addNull,
  whole: (column: BatchColumn, row: number, buffer: Buffer, at: number): void =>
    addException(column, row, buffer.readBigInt64BE(at)),
  instant(column: BatchColumn, row: number, buffer: Buffer, at: number): void {
    const value = instantOf(buffer, at);
    if (typeof value === 'number') column.numbers[row] = value;
    else addException(column, row, value);
  },
};

const most = Number.MAX_SAFE_INTEGER;
/** A whole number that is exact, from `add` on; what is not is left to a helper. */
const number = (index: number, add: number, otherwise: string): string =>
  `const v = view.getInt32(at) * ${word} + view.getUint32(at + 4);
if (v >= ${-most} && v <= ${most - add}) n${index}[r] = v + ${add}; else h.${otherwise}(columns[${index}], r, buffer, at);`;

/** By kind: what takes a value that begins at `at`, of `size` bytes. Of all others it is noted where they are. */
const takes: Partial<Record<Kind, (index: number) => string>> = {
  int: (index) => number(index, 0, 'whole'),
  instant: (index) => number(index, epoch, 'instant'),
  bigint: (index) => `w${index}[r] = view.getBigInt64(at);`,
  real: (index) => `n${index}[r] = view.getFloat64(at);`,
  bool: (index) => `n${index}[r] = buffer[at] === 1 ? 1 : 0;`,
};
const place = (index: number): string => `s${index}[r] = at; l${index}[r] = size;`;

function compileReader(kinds: readonly Kind[]): ReadRows {
  const arrays = kinds.map(
    (_, i) => `const { numbers: n${i}, wide: w${i}, starts: s${i}, lengths: l${i} } = columns[${i}];`,
  );
  const fields = kinds.map(
    (kind, i) => `size = view.getInt32(at); at += 4;
if (size < 0) h.null(columns[${i}], r); else { ${(takes[kind] ?? place)(i)} at += size; }`,
  );
  const body = `return (buffer, view, at, rows, columns) => {
${arrays.join('\n')}
let size = 0;
for (let r = 0; r < rows; r++) {
at += ${rowHead};
${fields.join('\n')}
}
return at;
};`;
  return new Function('h', body)(helpers) as ReadRows;
}

const readers = new Map<string, ReadRows>();

function readerOf(kinds: readonly Kind[]): ReadRows {
  const key = kinds.join(' ');
  let reader = readers.get(key);
  if (reader === undefined) {
    reader = compileReader(kinds);
    readers.set(key, reader);
  }
  return reader;
}
