// Columns to rows of COPY in its binary form, without making a value of the language for each cell. The writer is generated
// from the kinds of the columns; only numbers and names of kinds enter its source text.

import type { ColumnSpec, Kind } from '../../schema/spec.ts';
import { type BatchColumn, type ColumnBatch, cell } from '../column-batch.ts';
import { epoch } from './read-tuples.ts';

/** Where the next row goes, and which one that is. */
interface Progress {
  at: number;
  row: number;
}

/** Writes rows from `progress` on, as many as surely fit, and moves it. */
type WriteRows = (
  to: { readonly bytes: Uint8Array; readonly view: DataView },
  progress: Progress,
  columns: readonly BatchColumn[],
  rows: number,
) => void;

/** Bytes up to which copying one by one is faster than asking the runtime. */
const fewBytes = 80;
const two32 = 2 ** 32;
const uuidBytes = 16;

const helpers = {
  copy(to: Uint8Array, at: number, from: Uint8Array, start: number, length: number): number {
    if (length > fewBytes) to.set(from.subarray(start, start + length), at);
    else for (let index = 0; index < length; index++) to[at + index] = from[start + index]!;
    return at + length;
  },
  whole(view: DataView, at: number, value: number): number {
    const high = Math.floor(value / two32);
    view.setInt32(at, high);
    view.setUint32(at + 4, value - high * two32);
    return at + 8;
  },
  instant(view: DataView, at: number, value: number): number {
    const counted = value - epoch;
    if (Number.isSafeInteger(counted)) return helpers.whole(view, at, counted);
    view.setBigInt64(at, BigInt(value) - BigInt(epoch));
    return at + 8;
  },
  uuid(to: Uint8Array, at: number, from: Uint8Array, start: number): number {
    for (let index = 0, read = start; index < uuidBytes; index++) {
      if (from[read] === hyphen) read++;
      to[at + index] = (digitOf(from[read]!) << 4) | digitOf(from[read + 1]!);
      read += 2;
    }
    return at + uuidBytes;
  },
};

const hyphen = 45;
/** Of a small letter or a figure in hexadecimal. */
const digitOf = (sign: number): number => (sign > 96 ? sign - 87 : sign - 48);

/** By kind: the bytes of a value, undefined where it has its own length; and what writes it from `at` on. */
const writes: Partial<Record<Kind, { readonly size?: number; write(index: number): string }>> = {
  int: { size: 8, write: (index) => `at = h.whole(view, at, n${index}[r]);` },
  instant: { size: 8, write: (index) => `at = h.instant(view, at, n${index}[r]);` },
  bigint: { size: 8, write: (index) => `view.setBigInt64(at, w${index}[r]); at += 8;` },
  real: { size: 8, write: (index) => `view.setFloat64(at, n${index}[r]); at += 8;` },
  bool: { size: 1, write: (index) => `bytes[at++] = n${index}[r];` },
  uuid: { size: uuidBytes, write: (index) => `at = h.uuid(bytes, at, y${index}, s${index}[r]);` },
};
const asItIs = (index: number): string => `at = h.copy(bytes, at, y${index}, s${index}[r], l${index}[r]);`;

function compileRows(columns: readonly Pick<ColumnSpec, 'kind'>[]): WriteRows {
  const arrays = columns.map(
    (_, i) =>
      `const { cells: c${i}, gaps: g${i}, numbers: n${i}, wide: w${i}, starts: s${i}, lengths: l${i}, bytes: y${i} } = columns[${i}];`,
  );
  const fixed = columns.reduce((sum, { kind }) => sum + 4 + (writes[kind]?.size ?? 0), 2);
  const lengths = columns.flatMap(({ kind }, i) => (writes[kind]?.size === undefined ? [` + l${i}[r]`] : []));
  const fields = columns.map(({ kind }, i) => {
    const { size, write = asItIs } = writes[kind] ?? {};
    return `if (g${i} > 0 && c${i}[r] !== ${cell.value}) { view.setInt32(at, -1); at += 4; }
else { view.setInt32(at, ${size ?? `l${i}[r]`}); at += 4; ${write(i)} }`;
  });
  const body = `return ({ bytes, view }, progress, columns, rows) => {
${arrays.join('\n')}
let at = progress.at, r = progress.row;
for (; r < rows && at + ${fixed}${lengths.join('')} <= bytes.length; r++) {
view.setInt16(at, ${columns.length}); at += 2;
${fields.join('\n')}
}
progress.at = at; progress.row = r;
};`;
  return new Function('h', body)(helpers) as WriteRows;
}

/** Gives bytes to write to, so many at least: whoever takes a piece says when they may be written to again. */
export type Room = (size: number) => Buffer<ArrayBuffer>;

/**
 * @param columns those of which `hasBinaryForm` is true
 * @returns what makes pieces of a batch without exceptions, in the bytes that it is given for each
 */
export function compileBatchWriter(
  columns: readonly Pick<ColumnSpec, 'kind'>[],
  room: Room,
): (batch: ColumnBatch) => Generator<Buffer> {
  const write = compileRows(columns);
  return function* (batch) {
    const progress = { at: 0, row: 0 };
    for (let least = 0; progress.row < batch.rows; ) {
      const bytes = room(least);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      progress.at = 0;
      write({ bytes, view }, progress, batch.columns, batch.rows);
      // A row that is larger by itself gets as much as it needs.
      least = progress.at > 0 ? 0 : sizeOf(batch, progress.row);
      if (progress.at > 0) yield bytes.subarray(0, progress.at);
    }
  };
}

/** Bytes that a row surely has room in. */
const sizeOf = ({ columns }: ColumnBatch, row: number): number =>
  columns.reduce((sum, { lengths }) => sum + 4 + uuidBytes + (lengths[row] ?? 0), 2);
