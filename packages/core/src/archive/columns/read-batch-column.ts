// One column of a batch, read without making a value of the language for each cell.

import { addException, addNull, type BatchColumn, formOf, makeBatch } from '../../engine/column-batch.ts';
import type { ColumnSpec, Kind } from '../../schema/spec.ts';
import { corrupt } from '../format/failures.ts';
import type { Arrays } from './arrays.ts';
import { batchOf } from './batch-rows.ts';
import { readBigints } from './bigints.ts';
import type { ByteReader } from './bytes.ts';
import { type ColumnHead, form, isGap, readHead, readValues } from './column.ts';
import { readDoubles } from './doubles.ts';
import { readIntegers } from './integers.ts';
import { readTextPlaces, type TextPlaces } from './text.ts';
import { readUuidBytes, textWidth } from './uuids.ts';

type Declared = Pick<ColumnSpec, 'kind' | 'scale'>;

/** @throws ARCHIVE_CORRUPT */
export function readBatchColumn(reader: ByteReader, rows: number, spec: Declared): BatchColumn {
  const head = readHead(reader, rows);
  const count = rows - head.gaps;
  if (!isOf(spec.kind, head.as)) return fromValues(spec, head, readValues(reader, head.as, count), rows);
  const dense = readDense(reader, head.as, count);
  const { numbers, wide, bytes } = dense;
  const { arrays } = reader;
  const column: BatchColumn = {
    ...makeBatch([spec], 0).columns[0]!,
    cells: arrays.bytes(rows),
    bytes: bytes ?? new Uint8Array(0),
    ...(numbers === undefined ? {} : { numbers: spread(numbers, head, rows, () => arrays.doubles(rows)) }),
    ...(wide === undefined ? {} : { wide: spread(wide, head, rows, () => arrays.wide(rows)) }),
    ...(bytes === undefined
      ? {}
      : {
          starts: spread(dense.starts, head, rows, () => arrays.words(rows)),
          lengths: spread(dense.lengths, head, rows, () => arrays.words(rows)),
        }),
  };
  addGaps(column, head, rows);
  return column;
}

/** Whether what a column of the kind is made of has been written in this form. */
function isOf(kind: Kind, as: number): boolean {
  switch (as) {
    case form.integers:
      return kind === 'int' || kind === 'instant';
    case form.doubles:
      return kind === 'real';
    case form.bools:
      return kind === 'bool';
    case form.bigints:
      return kind === 'bigint';
    case form.bytes:
      return kind === 'bytes';
    default:
      return (as === form.texts || as === form.uuids) && formOf(kind) === 'bytes' && kind !== 'bytes';
  }
}

type Dense = { readonly numbers?: Float64Array; readonly wide?: BigInt64Array } & (
  | TextPlaces
  | { readonly bytes?: undefined }
);

function readDense(reader: ByteReader, as: number, count: number): Dense {
  switch (as) {
    case form.integers:
      return { numbers: readIntegers(reader, count) };
    case form.doubles:
      return { numbers: readDoubles(reader, count) };
    case form.bigints:
      return { wide: readBigints(reader, count) };
    case form.texts:
      return readTextPlaces(reader, count);
    case form.uuids:
      return inRow(reader.arrays, readUuidBytes(reader, count), reader.arrays.doubles(count).fill(textWidth));
    case form.bools: {
      const bitmap = reader.raw(Math.ceil(count / 8));
      const numbers = reader.arrays.doubles(count);
      for (let index = 0; index < count; index++) if (isGap(bitmap, index)) numbers[index] = 1;
      return { numbers };
    }
    default: {
      const lengths = readIntegers(reader, count);
      let size = 0;
      for (let index = 0; index < count; index++) {
        if (lengths[index]! < 0) throw corrupt('bytes are shorter than nothing');
        size += lengths[index]!;
      }
      return inRow(reader.arrays, reader.raw(size), lengths);
    }
  }
}

/** One value behind the other. */
function inRow(arrays: Arrays, bytes: Uint8Array, sizes: Float64Array): TextPlaces {
  const starts = arrays.words(sizes.length);
  const lengths = arrays.words(sizes.length);
  lengths.set(sizes);
  let at = 0;
  for (let index = 0; index < sizes.length; index++) {
    starts[index] = at;
    at += sizes[index]!;
  }
  return { starts, lengths, bytes };
}

interface Numbers<Item> {
  readonly length: number;
  [index: number]: Item;
}

/** Each value to its row. */
function spread<Item, Array extends Numbers<Item>>(
  dense: Array,
  { bitmap }: ColumnHead,
  rows: number,
  make: () => Array,
): Array {
  if (bitmap === undefined) return dense;
  const values = make();
  for (let row = 0, from = 0; row < rows; row++) if (!isGap(bitmap, row)) values[row] = dense[from++]!;
  return values;
}

function addGaps(column: BatchColumn, { bitmap, others }: ColumnHead, rows: number): void {
  if (bitmap === undefined) return;
  for (let row = 0; row < rows; row++) {
    if (!isGap(bitmap, row)) continue;
    const value = others?.[row] ?? null;
    if (value === null) addNull(column, row);
    else addException(column, row, value);
  }
}

/** What is written in the form of another kind goes by its values. */
function fromValues(
  spec: Declared,
  { bitmap, others }: ColumnHead,
  dense: ReturnType<typeof readValues>,
  rows: number,
): BatchColumn {
  let from = 0;
  const values = Array.from({ length: rows }, (_, row) =>
    bitmap !== undefined && isGap(bitmap, row) ? (others?.[row] ?? null) : dense[from++]!,
  );
  return batchOf(
    [spec],
    values.map((value) => [value]),
  ).columns[0]!;
}
