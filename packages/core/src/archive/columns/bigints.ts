// Bigints of 64 bits: as plain integers where all are safe, byte by byte otherwise.

import { corrupt } from '../format/failures.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readIntegers, writeIntegers } from './integers.ts';
import { readBytePlanes, writePlanes } from './planes.ts';

const form = { safe: 0, wide: 1 } as const;
const word = 2 ** 32;

/** Takes whether all are safe integers from the caller, who has looked at each. */
export function writeBigints(writer: ByteWriter, values: BigInt64Array, safe: boolean): void {
  writer.byte(safe ? form.safe : form.wide);
  if (!safe) {
    writePlanes(writer, values, 8);
    return;
  }
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const numbers = writer.arrays.doubles(values.length);
  for (let index = 0; index < numbers.length; index++)
    numbers[index] = halves[index * 2 + 1]! * word + (halves[index * 2]! >>> 0);
  writeIntegers(writer, numbers);
}

/** @throws ARCHIVE_CORRUPT */
export function readBigints(reader: ByteReader, length: number): BigInt64Array {
  const found = reader.byte();
  if (found === form.wide) return new BigInt64Array(readBytePlanes(reader, length, 8).buffer, 0, length);
  if (found !== form.safe) throw corrupt(`bigints of form ${found}`);
  // Through two halves: making a bigint of a double is several times as slow.
  const numbers = readIntegers(reader, length);
  const wide = reader.arrays.wide(length);
  const halves = new Int32Array(wide.buffer, 0, length * 2);
  for (let index = 0; index < length; index++) {
    const value = numbers[index]!;
    const high = Math.floor(value / word);
    halves[index * 2] = value - high * word;
    halves[index * 2 + 1] = high;
  }
  return wide;
}
