// One chunk: compressed, sealed and prefixed, and all of that undone in the order that gives out nothing unverified.

import { giveBack } from '../../engine/give-back.ts';
import { type ChunkSeal, tagLength } from '../crypto/seal.ts';
import { decompress, type Packed } from './compression.ts';
import { corrupt } from './failures.ts';
import { asBuffer, type ChunkPrefix, decodePrefix, encodePrefix, prefixLength } from './layout.ts';

/** The bytes of a chunk as they are stored. */
export function sealChunk(
  seal: ChunkSeal,
  place: Omit<ChunkPrefix, 'compression' | 'stored' | 'raw'>,
  { bytes, as, raw }: Packed,
): Buffer {
  const prefix = encodePrefix({ ...place, compression: as, stored: bytes.length + tagLength, raw });
  const { content, tag } = seal.seal(place.no, prefix, bytes);
  const stored = Buffer.concat([prefix, content, tag]);
  // Without a key, what is sealed is what was given.
  if (content.buffer !== bytes.buffer) giveBack(content);
  return stored;
}

/**
 * The raw bytes of a chunk whose tag fits. @param bytes prefix, content and tag, and nothing else
 * @throws ARCHIVE_CORRUPT; nothing of the chunk was used then
 */
export function openChunk(seal: ChunkSeal, bytes: Uint8Array): { prefix: ChunkPrefix; raw: Uint8Array } {
  const all = asBuffer(bytes);
  const head = all.subarray(0, prefixLength);
  const prefix = decodePrefix(head);
  if (all.length !== prefixLength + prefix.stored)
    throw corrupt('a chunk has another length than its prefix says');
  const tagAt = all.length - tagLength;
  const content = seal.open(prefix.no, head, all.subarray(prefixLength, tagAt), all.subarray(tagAt));
  if (content === undefined)
    throw corrupt(`chunk ${prefix.chunk} of stream ${prefix.stream} was changed, or belongs elsewhere`);
  const raw = decompress(content, prefix.compression, prefix.raw);
  if (content.buffer !== bytes.buffer && content.buffer !== raw.buffer) giveBack(content);
  return { prefix, raw };
}
