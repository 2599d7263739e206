// Values that are not of their column's kind, as an engine may hold that does not enforce types: each with its own type.

import { HoldfastError } from '../../errors.ts';
import { corrupt } from '../format/failures.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { Value } from './value.ts';

const tag = { integer: 1, double: 2, text: 3, utf16: 4, bytes: 5, false: 6, true: 7 } as const;

/** @param rows ascending, one for each value */
export function writeExceptions(writer: ByteWriter, rows: readonly number[], values: readonly Value[]): void {
  writer.varint(rows.length);
  let before = 0;
  for (const [index, row] of rows.entries()) {
    writer.varint(row - before);
    before = row;
    writeValue(writer, values[index]!);
  }
}

/** Puts each where it belongs. @throws ARCHIVE_CORRUPT */
export function readExceptions(reader: ByteReader, into: Value[]): void {
  let row = 0;
  for (let left = reader.varint(); left > 0; left--) {
    row += reader.varint();
    if (row >= into.length) throw corrupt('an exception is beyond the last row');
    into[row] = readValue(reader);
  }
}

/** One value with its type; never null. */
export function writeValue(writer: ByteWriter, value: Value): void {
  switch (typeof value) {
    case 'bigint':
      writer.byte(tag.integer);
      writer.block(Buffer.from(String(value)));
      return;
    case 'number':
      writer.byte(tag.double);
      writer.double(value);
      return;
    case 'string':
      writer.byte(value.isWellFormed() ? tag.text : tag.utf16);
      writer.block(Buffer.from(value, value.isWellFormed() ? 'utf8' : 'utf16le'));
      return;
    case 'boolean':
      writer.byte(value ? tag.true : tag.false);
      return;
  }
  if (!(value instanceof Uint8Array))
    throw new HoldfastError('RECORD_INVALID', `an archive holds no value of type ${typeof value}`);
  writer.byte(tag.bytes);
  writer.block(value);
}

/** @throws ARCHIVE_CORRUPT */
export function readValue(reader: ByteReader): Value {
  const found = reader.byte();
  switch (found) {
    case tag.integer:
      return readBigint(reader.block());
    case tag.double:
      return reader.double();
    case tag.text:
      return reader.block().toString();
    case tag.utf16:
      return reader.block().toString('utf16le');
    case tag.bytes:
      return Uint8Array.from(reader.block());
    case tag.false:
      return false;
    case tag.true:
      return true;
    default:
      throw corrupt(`a value of type ${found}`);
  }
}

/** Longer ones no engine has; making them takes time that grows with the square of their length. */
const mostDigits = 1_000;

function readBigint(bytes: Buffer): bigint {
  const text = bytes.toString('latin1');
  if (text.length > mostDigits || !/^-?\d+$/.test(text)) throw corrupt('an integer is none');
  return BigInt(text);
}
