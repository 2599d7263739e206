// Compression of one chunk at a time. What is unpacked is bounded by what was declared, before memory is taken.

import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { giveBackOutput, trimmed } from '../../engine/give-back.ts';
import { beyondLimit, corrupt } from './failures.ts';
import { mostRaw } from './layout.ts';

/** In the order of their numbers. */
export const compressions = ['none', 'zstd', 'gzip'] as const;
export type Compression = (typeof compressions)[number];

/** Levels of zstd: what suits most columns, and what is faster where only long repetitions pay. */
const levels = { usual: 3, fast: 1 } as const;
export type Effort = keyof typeof levels;
/** A frame may ask its reader for a window of this many bits, at most: 8 MiB, more than those levels ever take. */
const windowBits = 23;

/** Output in one piece, where that is not too large: with many small ones, a chunk takes a third longer. */
const roomFor = (length: number): { chunkSize: number } => ({
  chunkSize: Math.min(Math.max(length, 1024) + 64, 4 * 1024 * 1024),
});

/** @returns the place of the compression in its list, `none` where it would make the chunk longer */
function compress(
  bytes: Uint8Array,
  compression: Compression,
  effort: Effort,
): { bytes: Uint8Array; as: number } {
  const packed =
    compression === 'zstd'
      ? zstdCompressSync(bytes, {
          ...roomFor(bytes.length),
          // It takes memory by what is to come.
          pledgedSrcSize: bytes.length,
          params: { [constants.ZSTD_c_compressionLevel]: levels[effort] },
        })
      : compression === 'gzip'
        ? gzipSync(bytes, { ...roomFor(bytes.length), level: 1 })
        : undefined;
  if (packed !== undefined && packed.length < bytes.length)
    return { bytes: trimmed(packed), as: compressions.indexOf(compression) };
  if (packed !== undefined) giveBackOutput(packed);
  return { bytes, as: compressions.indexOf('none') };
}

/** What a chunk has in it, compressed. */
export interface Packed {
  readonly bytes: Uint8Array;
  /** Place of the compression in its list. */
  readonly as: number;
  /** Bytes before. */
  readonly raw: number;
}

/** @throws ARCHIVE_LIMIT */
export function pack(raw: Uint8Array, compression: Compression, effort: Effort = 'usual'): Packed {
  if (raw.length > mostRaw) throw beyondLimit('raw bytes of a chunk', raw.length, mostRaw);
  return { ...compress(raw, compression, effort), raw: raw.length };
}

/** Exactly `raw` bytes. @throws ARCHIVE_CORRUPT */
export function decompress(bytes: Uint8Array, as: number, raw: number): Uint8Array {
  const unpacked = unpack(bytes, as, raw);
  if (unpacked.length !== raw) throw corrupt('a chunk has another length than it declares');
  return unpacked;
}

function unpack(bytes: Uint8Array, as: number, raw: number): Uint8Array {
  // Never 0, which would mean any length.
  const bound = { maxOutputLength: Math.max(raw, 1), ...roomFor(raw) };
  try {
    switch (compressions[as]) {
      case 'none':
        return bytes;
      case 'zstd':
        return zstdDecompressSync(bytes, {
          ...bound,
          params: { [constants.ZSTD_d_windowLogMax]: windowBits },
        });
      case 'gzip':
        return gunzipSync(bytes, bound);
    }
  } catch (cause) {
    throw corrupt(`a chunk does not unpack to the ${raw} bytes that it declares`, cause);
  }
  throw corrupt(`a chunk is compressed in way ${as}`);
}
