// One column of a batch as bytes: what is not there, what is not of its kind, and the values in the form that suits the kind.

import { type BatchColumn, cell, formOf } from '../../engine/column-batch.ts';
import { writeBigints } from './bigints.ts';
import type { ByteWriter } from './bytes.ts';
import { form, has } from './column.ts';
import { writeDoubles } from './doubles.ts';
import { writeExceptions } from './exceptions.ts';
import { writeIntegers } from './integers.ts';
import { exceptMalformed } from './malformed.ts';
import { doublesOf, gather, placesOf } from './places.ts';
import { writeTexts } from './write-texts.ts';
import { writeUuids } from './write-uuids.ts';

export function writeColumn(writer: ByteWriter, column: BatchColumn, rows: number): void {
  const { kind } = column;
  if (kind === 'bool') writeBools(writer, column, rows);
  else if (formOf(kind) === 'numbers') {
    begin(writer, kind === 'real' ? form.doubles : form.integers, column, rows);
    (kind === 'real' ? writeDoubles : writeIntegers)(writer, denseNumbers(writer, column, rows));
  } else if (kind === 'bigint') {
    begin(writer, form.bigints, column, rows);
    writeWide(writer, column, rows);
  } else if (kind === 'bytes') {
    begin(writer, form.bytes, column, rows);
    const places = placesOf(writer, column, rows);
    writeIntegers(writer, doublesOf(writer, places.lengths));
    gather(writer, column.bytes, places);
  } else writeText(writer, column, rows);
}

function begin(writer: ByteWriter, as: number, { cells, gaps, exceptions }: BatchColumn, rows: number): void {
  writer.byte(as);
  writer.byte((gaps > 0 ? has.gaps : 0) | (exceptions.size > 0 ? has.exceptions : 0));
  if (gaps > 0) {
    const bitmap = writer.take(Math.ceil(rows / 8)).fill(0);
    for (let row = 0; row < rows; row++) if (cells[row] !== cell.value) bitmap[row >> 3]! |= 1 << (row & 7);
  }
  if (exceptions.size === 0) return;
  const sorted = [...exceptions].sort(([first], [second]) => first - second);
  writeExceptions(
    writer,
    sorted.map(([row]) => row),
    sorted.map(([, value]) => value),
  );
}

/** The values that there are; a copy, since encoding changes them. */
function denseNumbers(
  { arrays }: ByteWriter,
  { cells, gaps, numbers }: BatchColumn,
  rows: number,
): Float64Array {
  const dense = arrays.doubles(rows - gaps);
  if (gaps === 0) dense.set(numbers.subarray(0, rows));
  else
    for (let row = 0, to = 0; row < rows; row++) if (cells[row] === cell.value) dense[to++] = numbers[row]!;
  return dense;
}

function writeWide(writer: ByteWriter, { cells, gaps, wide }: BatchColumn, rows: number): void {
  const dense = writer.arrays.wide(rows - gaps);
  const [from, to] = [new Int32Array(wide.buffer, wide.byteOffset), new Int32Array(dense.buffer)];
  let [count, safe] = [0, true];
  for (let row = 0; row < rows; row++) {
    if (cells[row] !== cell.value) continue;
    const high = from[row * 2 + 1]!;
    to[count * 2] = from[row * 2]!;
    to[count * 2 + 1] = high;
    safe &&= high < 2 ** 21 && high > -(2 ** 21);
    count++;
  }
  writeBigints(writer, dense, safe);
}

function writeBools(writer: ByteWriter, column: BatchColumn, rows: number): void {
  const { cells, numbers, gaps } = column;
  begin(writer, form.bools, column, rows);
  const bitmap = writer.take(Math.ceil((rows - gaps) / 8)).fill(0);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if (cells[row] !== cell.value) continue;
    if (numbers[row] === 1) bitmap[count >> 3]! |= 1 << (count & 7);
    count++;
  }
}

function writeText(writer: ByteWriter, column: BatchColumn, rows: number): void {
  const start = writer.length;
  const places = placesOf(writer, column, rows);
  if (column.kind === 'uuid') {
    begin(writer, form.uuids, column, rows);
    if (writeUuids(writer, column.bytes, places)) return;
    writer.cut(start);
  }
  begin(writer, form.texts, column, rows);
  if (writeTexts(writer, column.bytes, places)) return;
  writer.cut(start);
  exceptMalformed(column, rows);
  writeText(writer, column, rows);
}
