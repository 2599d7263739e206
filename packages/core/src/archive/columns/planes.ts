// Fixed-width values turned on their side: bytes of the same weight together, which compress where the values do not.

import type { ByteReader, ByteWriter } from './bytes.ts';

/** @param width bytes of each value, which are written from the last, the most significant of a number, to the first */
export function writePlanes(writer: ByteWriter, values: ArrayBufferView, width: number): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const planes = writer.take(bytes.length);
  for (let plane = 0, to = 0; plane < width; plane++)
    for (let from = width - 1 - plane; from < bytes.length; from += width) planes[to++] = bytes[from]!;
}

export const readPlanes = (reader: ByteReader, length: number, width: 8): Float64Array =>
  new Float64Array(readBytePlanes(reader, length, width).buffer, 0, length);

/** The values one after the other, from the beginning of their buffer on. @throws ARCHIVE_CORRUPT */
export function readBytePlanes(reader: ByteReader, length: number, width: number): Uint8Array<ArrayBuffer> {
  const planes = reader.raw(length * width);
  const bytes = reader.arrays.bytes(planes.length);
  for (let plane = 0, from = 0; plane < width; plane++)
    for (let to = width - 1 - plane; to < bytes.length; to += width) bytes[to] = planes[from++]!;
  return bytes;
}
