// UUIDs, read: their sixteen bytes side by side.

import type { ByteReader } from './bytes.ts';
import { readBytePlanes } from './planes.ts';

const width = 16;

/** @throws ARCHIVE_CORRUPT */
export function readUuids(reader: ByteReader, count: number): string[] {
  const hex = Buffer.from(readBytePlanes(reader, count, width)).toString('hex');
  const texts = new Array<string>(count);
  for (let index = 0, at = 0; index < count; index++, at += 32)
    texts[index] =
      `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
  return texts;
}
