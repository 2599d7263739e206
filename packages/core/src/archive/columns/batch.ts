// A batch: rows of one stream as columns, and back.

import type { ColumnBatch } from '../../engine/column-batch.ts';
import { isHoldfastError } from '../../errors.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import { corrupt } from '../format/failures.ts';
import type { Arrays } from './arrays.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { readColumn } from './column.ts';
import { readBatchColumn } from './read-batch-column.ts';
import type { Value } from './value.ts';
import { writeColumn } from './write-column.ts';

/** Rows of a batch, at most. */
export const mostRows = 65_536;
/** Values of a batch, at most: a column of nothing takes a few bytes, whatever its rows, but memory for each of them. */
export const mostCells = 4 * 1024 * 1024;

/**
 * Number of rows and of columns, then each column behind its length.
 * @param scratch what it is written to, after whatever is there was cleared
 * @returns valid until `scratch` is used again
 */
export function encodeBatch({ rows, columns }: ColumnBatch, scratch = new ByteWriter()): Buffer {
  scratch.reset();
  scratch.u32(rows);
  scratch.u32(columns.length);
  for (const column of columns) {
    const start = scratch.length;
    scratch.u32(0);
    scratch.arrays.reset();
    writeColumn(scratch, column, rows);
    scratch.patchU32(start, scratch.length - start - 4);
  }
  return scratch.view();
}

/** Columns, each with a value for every row. @throws ARCHIVE_CORRUPT */
export const decodeBatch = (bytes: Uint8Array, width: number): { rowCount: number; columns: Value[][] } =>
  eachColumn(bytes, width, readColumn);

/**
 * The same without making a value for each cell. Texts are UTF-8, and stay where they are in `bytes`: a few of those may
 * stand for many rows.
 * @param arrays what the columns are made in, after whatever is in them was cleared
 * @throws ARCHIVE_CORRUPT where `decodeBatch` does
 */
export function decodeColumns(
  bytes: Uint8Array,
  specs: readonly Pick<ColumnSpec, 'kind' | 'scale'>[],
  arrays?: Arrays,
): ColumnBatch {
  arrays?.reset();
  const { rowCount: rows, columns } = eachColumn(
    bytes,
    specs.length,
    (reader, count, index) => readBatchColumn(reader, count, specs[index]!),
    arrays,
  );
  return { rows, columns };
}

function eachColumn<Column>(
  bytes: Uint8Array,
  width: number,
  read: (reader: ByteReader, rowCount: number, index: number) => Column,
  arrays?: Arrays,
): { rowCount: number; columns: Column[] } {
  try {
    const reader = new ByteReader(bytes);
    const rowCount = reader.u32();
    if (reader.u32() !== width) throw corrupt('a batch has another number of columns than its stream');
    if (rowCount > mostRows || rowCount * width > mostCells) throw corrupt(`a batch of ${rowCount} rows`);
    const columns: Column[] = [];
    for (let column = 0; column < width; column++) {
      const body = new ByteReader(reader.raw(reader.u32()), arrays);
      columns.push(read(body, rowCount, column));
      if (body.left > 0) throw corrupt('a column is longer than its values');
    }
    if (reader.left > 0) throw corrupt('a batch is longer than its columns');
    return { rowCount, columns };
  } catch (error) {
    throw isHoldfastError(error) ? error : corrupt((error as Error).message, error);
  }
}

type Transpose = (columns: readonly (readonly Value[])[], rowCount: number) => Value[][];
const transposes = new Map<number, Transpose>();
/** Wider tables are turned by a loop: what is compiled for them would hardly be used again. */
const widestCompiled = 64;

/** Columns to rows. */
export function toRows(columns: readonly (readonly Value[])[], rowCount: number): Value[][] {
  if (columns.length > widestCompiled)
    return Array.from({ length: rowCount }, (_, row) => columns.map((column) => column[row]!));
  let transpose = transposes.get(columns.length);
  if (transpose === undefined) {
    const names = columns.map((_, index) => `c${index}`);
    // An array literal is made in one step, where a loop grows it value by value. Only numbers enter the text.
    transpose = new Function(
      'columns',
      'rowCount',
      `const [${names.join(', ')}] = columns; const rows = new Array(rowCount);
for (let r = 0; r < rowCount; r++) rows[r] = [${names.map((name) => `${name}[r]`).join(', ')}];
return rows;`,
    ) as Transpose;
    transposes.set(columns.length, transpose);
  }
  return transpose(columns, rowCount);
}
