// One column of a batch: what is not there, what is not of its kind, and the values in the form that suits the kind.

import { HoldfastError } from '../../errors.ts';
import type { Kind } from '../../schema/spec.ts';
import { corrupt } from '../format/failures.ts';
import { readBigints, writeBigints } from './bigints.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readDoubles, writeDoubles } from './doubles.ts';
import { readExceptions, writeExceptions } from './exceptions.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { readTexts, writeTexts } from './text.ts';
import { readUuids, writeUuids } from './uuids.ts';
import type { Value, ValueRow } from './value.ts';

const form = { integers: 1, bigints: 2, doubles: 3, bools: 4, texts: 5, uuids: 6, bytes: 7 } as const;
const has = { gaps: 1, exceptions: 2 } as const;

/** What a column has beside values of its kind. */
class Gaps {
  /** Rows without a value of the kind: null, or an exception. */
  readonly rows: number[] = [];
  readonly exceptionRows: number[] = [];
  readonly exceptions: Value[] = [];

  add(row: number, value: Value | undefined): void {
    this.rows.push(row);
    if (value === null) return;
    if (value === undefined) throw new HoldfastError('RECORD_INVALID', `a value of row ${row} is undefined`);
    this.exceptionRows.push(row);
    this.exceptions.push(value);
  }

  write(writer: ByteWriter, count: number): void {
    const { rows, exceptionRows, exceptions } = this;
    writer.byte((rows.length > 0 ? has.gaps : 0) | (exceptions.length > 0 ? has.exceptions : 0));
    if (rows.length > 0) {
      const bitmap = writer.take(Math.ceil(count / 8)).fill(0);
      for (const row of rows) bitmap[row >> 3]! |= 1 << (row & 7);
    }
    if (exceptions.length > 0) writeExceptions(writer, exceptionRows, exceptions);
  }
}

export function writeColumn(writer: ByteWriter, kind: Kind, rows: readonly ValueRow[], column: number): void {
  if (kind === 'int' || kind === 'instant') writeNumbers(writer, form.integers, rows, column);
  else if (kind === 'real') writeNumbers(writer, form.doubles, rows, column);
  else if (kind === 'bigint') writeWide(writer, rows, column);
  else if (kind === 'bool') writeBools(writer, rows, column);
  else if (kind === 'bytes') writeBytes(writer, rows, column);
  else writeText(writer, kind, rows, column);
}

// One loop for each kind: with a common one that asks what fits, encoding takes three times as long.

function writeNumbers(writer: ByteWriter, as: number, rows: readonly ValueRow[], column: number): void {
  const gaps = new Gaps();
  const values = new Float64Array(rows.length);
  const anyDouble = as === form.doubles;
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![column];
    if (typeof value === 'number' && (anyDouble || (Number.isSafeInteger(value) && !Object.is(value, -0))))
      values[count++] = value;
    else gaps.add(row, value);
  }
  writer.byte(as);
  gaps.write(writer, rows.length);
  (anyDouble ? writeDoubles : writeIntegers)(writer, values.subarray(0, count));
}

const leastWide = -(2n ** 63n);
const mostWide = 2n ** 63n - 1n;

function writeWide(writer: ByteWriter, rows: readonly ValueRow[], column: number): void {
  const gaps = new Gaps();
  const values = new BigInt64Array(rows.length);
  const halves = new Int32Array(values.buffer);
  let count = 0;
  let safe = true;
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![column];
    if (typeof value === 'bigint' && value >= leastWide && value <= mostWide) {
      values[count] = value;
      const high = halves[count * 2 + 1]!;
      safe &&= high < 2 ** 21 && high > -(2 ** 21);
      count++;
    } else gaps.add(row, value);
  }
  writer.byte(form.bigints);
  gaps.write(writer, rows.length);
  writeBigints(writer, values.subarray(0, count), safe);
}

function writeBools(writer: ByteWriter, rows: readonly ValueRow[], column: number): void {
  const gaps = new Gaps();
  const bitmap = new Uint8Array(Math.ceil(rows.length / 8));
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![column];
    if (typeof value !== 'boolean') gaps.add(row, value);
    else {
      if (value) bitmap[count >> 3]! |= 1 << (count & 7);
      count++;
    }
  }
  writer.byte(form.bools);
  gaps.write(writer, rows.length);
  writer.raw(bitmap.subarray(0, Math.ceil(count / 8)));
}

function writeBytes(writer: ByteWriter, rows: readonly ValueRow[], column: number): void {
  const gaps = new Gaps();
  const values: Uint8Array[] = [];
  const lengths = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]![column];
    if (value instanceof Uint8Array) {
      lengths[values.length] = value.length;
      values.push(value);
    } else gaps.add(row, value);
  }
  writer.byte(form.bytes);
  gaps.write(writer, rows.length);
  writeIntegers(writer, lengths.subarray(0, values.length));
  for (const value of values) writer.raw(value);
}

function writeText(writer: ByteWriter, kind: Kind, rows: readonly ValueRow[], column: number): void {
  const start = writer.length;
  // Asked one by one only where it turns out that some are not well formed.
  for (const every of [true, false]) {
    const gaps = new Gaps();
    const values: string[] = [];
    for (let row = 0; row < rows.length; row++) {
      const value = rows[row]![column];
      if (typeof value === 'string' && (every || value.isWellFormed())) values.push(value);
      else gaps.add(row, value);
    }
    if (kind === 'uuid') {
      writer.byte(form.uuids);
      gaps.write(writer, rows.length);
      if (writeUuids(writer, values)) return;
      writer.cut(start);
    }
    writer.byte(form.texts);
    gaps.write(writer, rows.length);
    if (writeTexts(writer, values)) return;
    writer.cut(start);
  }
}

/** @throws ARCHIVE_CORRUPT */
export function readColumn(reader: ByteReader, rows: number): Value[] {
  const kind = reader.byte();
  const flags = reader.byte();
  if (flags > (has.gaps | has.exceptions)) throw corrupt(`a column has flags ${flags}`);
  const bitmap = flags & has.gaps ? reader.raw(Math.ceil(rows / 8)) : undefined;
  const values = new Array<Value>(rows).fill(null);
  if (flags & has.exceptions) readExceptions(reader, values);
  let gaps = 0;
  if (bitmap !== undefined) for (let row = 0; row < rows; row++) gaps += (bitmap[row >> 3]! >> (row & 7)) & 1;
  const dense = readValues(reader, kind, rows - gaps);
  if (bitmap === undefined) for (let row = 0; row < rows; row++) values[row] = dense[row]!;
  else
    for (let row = 0, from = 0; row < rows; row++)
      if (((bitmap[row >> 3]! >> (row & 7)) & 1) === 0) values[row] = dense[from++]!;
  return values;
}

function readValues(reader: ByteReader, kind: number, count: number): ArrayLike<Value> {
  switch (kind) {
    case form.integers:
      return readIntegers(reader, count);
    case form.bigints:
      return readBigints(reader, count);
    case form.doubles:
      return readDoubles(reader, count);
    case form.texts:
      return readTexts(reader, count);
    case form.uuids:
      return readUuids(reader, count);
    case form.bools: {
      const bitmap = reader.raw(Math.ceil(count / 8));
      return Array.from({ length: count }, (_, row) => ((bitmap[row >> 3]! >> (row & 7)) & 1) === 1);
    }
    case form.bytes: {
      const lengths = readIntegers(reader, count);
      // A copy of its own for each: what is kept of a chunk keeps no more than that.
      return Array.from(lengths, (length) => Uint8Array.from(reader.raw(length)));
    }
    default:
      throw corrupt(`a column has form ${kind}`);
  }
}
