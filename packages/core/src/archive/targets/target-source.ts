// An archive on a target as a source that is read by parts: no more than the wanted bytes come over the wire, nearly.

import { HoldfastError } from '../../errors.ts';
import type { FileSource } from '../format/file-source.ts';
import type { Target } from './target.ts';

/** Bytes of the smallest request: structure is read in pieces of a few dozen. */
const block = 256 * 1024;

/** Closes the target with itself. @throws TARGET_NOT_FOUND */
export async function targetSource(target: Target, file: string): Promise<FileSource> {
  const stored = await target.stat(file);
  if (stored === undefined)
    throw new HoldfastError('TARGET_NOT_FOUND', `${target.place}: ${file} is not there`);
  const { size } = stored;
  let held: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };
  const fetch = async (start: number, end: number): Promise<Buffer> => {
    const parts: Uint8Array[] = [];
    for await (const bytes of target.read(file, { start, end })) parts.push(bytes);
    return Buffer.concat(parts);
  };
  return {
    size,
    async read(offset, length) {
      if (offset + length > size) throw new HoldfastError('ARCHIVE_TRUNCATED', `the archive ends at ${size}`);
      if (length >= block) return fetch(offset, offset + length);
      let piece = held;
      if (offset < piece.start || offset + length > piece.start + piece.bytes.length) {
        piece = { start: offset, bytes: await fetch(offset, Math.min(size, offset + block)) };
        held = piece;
      }
      return piece.bytes.subarray(offset - piece.start, offset - piece.start + length);
    },
    close: () => target.close(),
  };
}
