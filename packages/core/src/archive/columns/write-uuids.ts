// UUIDs as their sixteen bytes, side by side: those that are ordered by time share most of the first six.

import type { ByteWriter } from './bytes.ts';
import type { Places } from './places.ts';
import { writePlanes } from './planes.ts';

const width = 16;
const length = 36;
const hyphen = 45;
/** Code of a sign to the value of a lower-case hex digit; 255 for anything else. */
const digits = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value < 0 ? 255 : value;
});

/** Writes nothing and returns false where some text is no lower-case UUID. */
export function writeUuids(writer: ByteWriter, from: Uint8Array, { starts, lengths }: Places): boolean {
  const bytes = writer.arrays.bytes(starts.length * width);
  for (let index = 0, to = 0; index < starts.length; index++, to += width)
    if (lengths[index] !== length || !parse(from, starts[index]!, bytes, to)) return false;
  writePlanes(writer, bytes, width);
  return true;
}

function parse(from: Uint8Array, start: number, into: Uint8Array, at: number): boolean {
  let to = at;
  for (let index = 0; index < length; ) {
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (from[start + index++] !== hyphen) return false;
      continue;
    }
    const high = digits[from[start + index]!]!;
    const low = digits[from[start + index + 1]!]!;
    if (high === 255 || low === 255) return false;
    into[to++] = high * 16 + low;
    index += 2;
  }
  return true;
}
