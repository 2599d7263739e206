// UUIDs as their sixteen bytes, side by side: those that are ordered by time share most of the first six.

import type { ByteReader, ByteWriter } from './bytes.ts';
import { readBytePlanes, writePlanes } from './planes.ts';

const width = 16;
const length = 36;
const hyphen = 45;
/** Character code to the value of a lower-case hex digit; 255 for anything else. */
const digits = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value < 0 ? 255 : value;
});

/** Writes nothing and returns false where some text is no lower-case UUID. */
export function writeUuids(writer: ByteWriter, texts: readonly string[]): boolean {
  const bytes = new Uint8Array(texts.length * width);
  for (let index = 0, to = 0; index < texts.length; index++, to += width)
    if (!parse(texts[index]!, bytes, to)) return false;
  writePlanes(writer, bytes, width);
  return true;
}

/** @throws ARCHIVE_CORRUPT */
export function readUuids(reader: ByteReader, count: number): string[] {
  const hex = Buffer.from(readBytePlanes(reader, count, width)).toString('hex');
  const texts = new Array<string>(count);
  for (let index = 0, at = 0; index < count; index++, at += 32)
    texts[index] =
      `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
  return texts;
}

function parse(text: string, into: Uint8Array, at: number): boolean {
  if (text.length !== length) return false;
  let to = at;
  for (let index = 0; index < length; ) {
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (text.charCodeAt(index++) !== hyphen) return false;
      continue;
    }
    const high = digits[text.charCodeAt(index)] ?? 255;
    const low = digits[text.charCodeAt(index + 1)] ?? 255;
    if (high === 255 || low === 255) return false;
    into[to++] = high * 16 + low;
    index += 2;
  }
  return true;
}
