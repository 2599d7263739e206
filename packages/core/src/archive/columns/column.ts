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
