// One column of a batch, read: what is not there, what is not of its kind, and the values in the form that suits the kind.

import { corrupt } from '../format/failures.ts';
import { readBigints } from './bigints.ts';
import type { ByteReader } from './bytes.ts';
import { readDoubles } from './doubles.ts';
import { readExceptions } from './exceptions.ts';
import { readIntegers } from './integers.ts';
import { readTexts } from './text.ts';
import { readUuids } from './uuids.ts';
import type { Value } from './value.ts';

export const form = { integers: 1, bigints: 2, doubles: 3, bools: 4, texts: 5, uuids: 6, bytes: 7 } as const;
export const has = { gaps: 1, exceptions: 2 } as const;

/** What stands before the values of a column. */
export interface ColumnHead {
  readonly as: number;
  /** A bit for each row that has no value of the form; undefined where all have one. */
  readonly bitmap: Buffer | undefined;
  readonly gaps: number;
  /** By row, values of another form and null; what it has for rows that are no gaps does not count. */
  readonly others: Value[] | undefined;
}

/** @throws ARCHIVE_CORRUPT */
export function readHead(reader: ByteReader, rows: number): ColumnHead {
  const as = reader.byte();
  const flags = reader.byte();
  if (flags > (has.gaps | has.exceptions)) throw corrupt(`a column has flags ${flags}`);
  const bitmap = flags & has.gaps ? reader.raw(Math.ceil(rows / 8)) : undefined;
  const others = flags & has.exceptions ? new Array<Value>(rows).fill(null) : undefined;
  if (others !== undefined) readExceptions(reader, others);
  let gaps = 0;
  if (bitmap !== undefined) for (let row = 0; row < rows; row++) if (isGap(bitmap, row)) gaps++;
  return { as, bitmap, gaps, others };
}

export const isGap = (bitmap: Buffer, row: number): boolean => ((bitmap[row >> 3]! >> (row & 7)) & 1) === 1;

/** @throws ARCHIVE_CORRUPT */
export function readColumn(reader: ByteReader, rows: number): Value[] {
  const { as, bitmap, gaps, others } = readHead(reader, rows);
  const values = others ?? new Array<Value>(rows).fill(null);
  const dense = readValues(reader, as, rows - gaps);
  if (bitmap === undefined) for (let row = 0; row < rows; row++) values[row] = dense[row]!;
  else for (let row = 0, from = 0; row < rows; row++) if (!isGap(bitmap, row)) values[row] = dense[from++]!;
  return values;
}

/** @throws ARCHIVE_CORRUPT */
export function readValues(reader: ByteReader, kind: number, count: number): ArrayLike<Value> {
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
      return Array.from({ length: count }, (_, row) => isGap(bitmap, row));
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
