// Rows of a batch as statements that insert them, or as arrays for one that inserts a row, written from the columns as they are.

import { type BatchColumn, type ColumnBatch, cell, formOf } from '../column-batch.ts';
import { types } from './decode-row.ts';
import { beginArray, beginStatement, StatementPacket, writeLength, writeWhole } from './encode-statement.ts';

export interface BatchStatement {
  readonly rows: number;
  /** The statement it belongs to is set when it is sent. */
  readonly packet: StatementPacket;
}

/** Rows of one statement, from the largest size on; few sizes, so that each is prepared once. */
const sizes = [1_000, 100, 10, 1];
/** Bytes up to which copying one by one is faster than asking the runtime. */
const fewBytes = 48;
const wholeBytes = 8;
/** Of a value in an array. */
const mark = { value: 0, none: 1 } as const;

/**
 * @param batch as `LoadTarget.writeBatch` takes it
 * @param most parameters and bytes of one statement; a single row may be larger
 */
export function* statementsOf(
  { rows, columns }: ColumnBatch,
  most: { readonly parameters: number; readonly bytes: number },
): Generator<BatchStatement> {
  const ends = rowEnds(columns, rows);
  const mostRows = Math.floor(most.parameters / columns.length);
  for (let from = 0; from < rows; ) {
    const before = endBefore(from, ends);
    const count = sizes.find(
      (size) =>
        size === 1 ||
        (size <= mostRows && from + size <= rows && ends[from + size - 1]! - before <= most.bytes),
    )!;
    yield { rows: count, packet: packetOf(columns, from, count, ends) };
    from += count;
  }
}

/**
 * The same for servers that take arrays: any number of rows, each value behind a mark.
 * @param most bytes of one packet; a single row may be larger
 */
export function* arraysOf({ rows, columns }: ColumnBatch, most: number): Generator<StatementPacket> {
  const ends = rowEnds(columns, rows, columns.length);
  for (let from = 0; from < rows; ) {
    const before = endBefore(from, ends);
    let to = from + 1;
    while (to < rows && ends[to]! - before <= most) to++;
    yield arrayOf(columns, from, to - from, ends);
    from = to;
  }
}

/** Where the values of each row end, from the first row on. @param more bytes that each row has beside them */
function rowEnds(columns: readonly BatchColumn[], rows: number, more = 0): Float64Array {
  const ends = new Float64Array(rows).fill(more);
  for (const { kind, gaps, cells, lengths } of columns) {
    const isLong = formOf(kind) === 'bytes';
    const fixed = kind === 'bool' ? 1 : wholeBytes;
    for (let row = 0; row < rows; row++)
      if (gaps === 0 || cells[row] === cell.value)
        ends[row]! += isLong ? prefixBytes(lengths[row]!) + lengths[row]! : fixed;
  }
  for (let row = 1; row < rows; row++) ends[row]! += ends[row - 1]!;
  return ends;
}

const prefixBytes = (length: number): number =>
  length < 0xfb ? 1 : length <= 0xffff ? 3 : length <= 0xff_ffff ? 4 : 9;

function packetOf(
  columns: readonly BatchColumn[],
  from: number,
  rows: number,
  ends: Float64Array,
): StatementPacket {
  const width = columns.length;
  const { buffer, map, type, end } = beginStatement(rows * width, roomFor(from, rows, ends));
  writeTypes(buffer, type, columns);
  for (let done = width * 2; done < end - type; done *= 2) buffer.copyWithin(type + done, type, type + done);
  const next = beginnings(from, rows, ends, end);
  columns.forEach((column, index) => {
    if (column.gaps > 0)
      for (let row = 0; row < rows; row++)
        if (column.cells[from + row] !== cell.value) {
          const at = row * width + index;
          buffer[map + (at >> 3)]! |= 1 << (at & 7);
        }
    writeColumn(buffer, column, from, next, false);
  });
  return new StatementPacket(buffer);
}

function arrayOf(
  columns: readonly BatchColumn[],
  from: number,
  rows: number,
  ends: Float64Array,
): StatementPacket {
  const { buffer, type, end } = beginArray(columns.length, roomFor(from, rows, ends));
  writeTypes(buffer, type, columns);
  const next = beginnings(from, rows, ends, end);
  for (const column of columns) writeColumn(buffer, column, from, next, true);
  return new StatementPacket(buffer);
}

const endBefore = (from: number, ends: Float64Array): number => (from === 0 ? 0 : ends[from - 1]!);
const roomFor = (from: number, rows: number, ends: Float64Array): number =>
  ends[from + rows - 1]! - endBefore(from, ends);

/** Where the next value of each row goes. @param first where that of the first row does */
function beginnings(from: number, rows: number, ends: Float64Array, first: number): Uint32Array {
  const next = new Uint32Array(rows);
  const before = endBefore(from, ends);
  for (let row = 0; row < rows; row++) next[row] = first + endBefore(from + row, ends) - before;
  return next;
}

function writeTypes(buffer: Buffer, at: number, columns: readonly BatchColumn[]): void {
  columns.forEach(({ kind }, index) => {
    buffer.writeUInt16LE(typeOf(kind), at + index * 2);
  });
}

function typeOf(kind: BatchColumn['kind']): number {
  switch (kind) {
    case 'int':
    case 'instant':
    case 'bigint':
      return types.longlong;
    case 'real':
      return types.double;
    case 'bool':
      return types.tiny;
    case 'bytes':
      return types.blob;
    default:
      return types.varString;
  }
}

/**
 * @param next is moved behind what was written
 * @param marked each value has a mark before it that says whether there is one
 */
function writeColumn(
  buffer: Buffer,
  column: BatchColumn,
  from: number,
  next: Uint32Array,
  marked: boolean,
): void {
  const { kind, gaps, cells, numbers, wide, starts, lengths, bytes } = column;
  const form = formOf(kind);
  for (let index = 0; index < next.length; index++) {
    const row = from + index;
    const isGap = gaps > 0 && cells[row] !== cell.value;
    if (marked) buffer[next[index]!++] = isGap ? mark.none : mark.value;
    if (isGap) continue;
    const at = next[index]!;
    if (form === 'bytes') {
      const length = lengths[row]!;
      const start = starts[row]!;
      const to = writeLength(buffer, at, length);
      if (length > fewBytes) buffer.set(bytes.subarray(start, start + length), to);
      else for (let each = 0; each < length; each++) buffer[to + each] = bytes[start + each]!;
      next[index] = to + length;
    } else if (kind === 'bool') {
      buffer[at] = numbers[row]!;
      next[index] = at + 1;
    } else {
      if (form === 'wide') buffer.writeBigInt64LE(wide[row]!, at);
      else if (kind === 'real') buffer.writeDoubleLE(numbers[row]!, at);
      else writeWhole(buffer, at, numbers[row]!);
      next[index] = at + wholeBytes;
    }
  }
}
