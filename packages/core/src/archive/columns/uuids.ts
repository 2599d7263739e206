// UUIDs, read: their sixteen bytes side by side.

import type { ByteReader } from './bytes.ts';
import { readBytePlanes } from './planes.ts';

const width = 16;
/** Of a UUID as text. */
export const textWidth = 36;

/** @throws ARCHIVE_CORRUPT */
export function readUuids(reader: ByteReader, count: number): string[] {
  const bytes = readBytePlanes(reader, count, width);
  const hex = Buffer.from(bytes.buffer, 0, bytes.length).toString('hex');
  const texts = new Array<string>(count);
  for (let index = 0, at = 0; index < count; index++, at += 32)
    texts[index] =
      `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
  return texts;
}

const digits = Buffer.from('0123456789abcdef');
const hyphen = 45;

/** The same without making strings, one behind the other, `textWidth` bytes each. */
export function readUuidBytes(reader: ByteReader, count: number): Uint8Array {
  const from = readBytePlanes(reader, count, width);
  const bytes = reader.arrays.bytes(count * textWidth);
  for (let at = 0, to = 0; at < from.length; at++) {
    const place = at % width;
    if (place === 4 || place === 6 || place === 8 || place === 10) bytes[to++] = hyphen;
    bytes[to++] = digits[from[at]! >> 4]!;
    bytes[to++] = digits[from[at]! & 15]!;
  }
  return bytes;
}
