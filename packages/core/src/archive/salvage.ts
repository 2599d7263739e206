// What can be had of an archive without its end: chunk after chunk from the front, each verified on its own.

import { throwIfAborted } from '../engine/write-lock.ts';
import { isHoldfastError } from '../errors.ts';
import type { UnlockKey } from './crypto/keys.ts';
import { ArchiveReader } from './format/archive-reader.ts';
import { openChunk } from './format/chunk.ts';
import { ChunkList, ChunkTable } from './format/chunk-list.ts';
import type { ArchiveSource } from './format/endpoints.ts';
import { corrupt } from './format/failures.ts';
import { type IndexedStream, infoOf } from './format/index-chunk.ts';
import {
  type ChunkPrefix,
  chunkKinds,
  chunksAt,
  decodePrefix,
  mostStreams,
  prefixLength,
} from './format/layout.ts';
import { leafOf, MerkleTree } from './format/merkle.ts';
import { readAt, readFront, unlock } from './format/open-header.ts';
import { decodeDeclaration, type StreamDeclaration } from './format/stream.ts';

export interface Salvaged {
  /** Reads what was found. Its counts are of that; digests are undefined. */
  readonly reader: ArchiveReader;
  /** Whether the index was come to, so that nothing is missing but the end itself. */
  readonly complete: boolean;
  /** Bytes from the front on that are whole chunks. */
  readonly bytes: number;
  readonly chunks: number;
  readonly rows: number;
  /** What stopped it, where that was not simply the end of the bytes. */
  readonly stoppedBy: string | undefined;
}

interface Found {
  readonly declaration: StreamDeclaration;
  readonly list: ChunkList;
  readonly tree: MerkleTree;
  rows: number;
  bytes: number;
  length: number;
}

/**
 * Goes over the chunks from the first on, up to the first that is not whole or does not belong there.
 * @throws ARCHIVE_FOREIGN, ARCHIVE_NEWER, ARCHIVE_KEY_MISSING, ARCHIVE_KEY_WRONG, CANCELLED, and ARCHIVE_TRUNCATED or
 * ARCHIVE_CORRUPT where not even the header is whole
 */
export async function salvageArchive(
  source: ArchiveSource,
  { keys = [], signal }: { keys?: readonly UnlockKey[]; signal?: AbortSignal } = {},
): Promise<Salvaged> {
  const front = await readFront(source);
  const { seal } = await unlock(front, keys);
  const streams: Found[] = [];
  let at = chunksAt(front.prelude);
  let chunks = 0;
  let complete = false;
  let stoppedBy: string | undefined;
  while (at + prefixLength <= source.size) {
    throwIfAborted(signal);
    try {
      const head = decodePrefix(await readAt(source, at, prefixLength));
      if (at + prefixLength + head.stored > source.size) break;
      const bytes = await readAt(source, at, prefixLength + head.stored);
      const { prefix, raw } = openChunk(seal, bytes);
      if (prefix.no !== chunks) throw corrupt(`chunk ${prefix.no} stands where ${chunks} should`);
      complete = prefix.kind === chunkKinds.index;
      if (complete) break;
      const stream = streamOf(streams, prefix, raw);
      const leaf = leafOf(bytes);
      stream.list.add({
        offset: at,
        no: prefix.no,
        stored: bytes.length,
        raw: raw.length,
        rows: prefix.rows,
        leaf,
      });
      stream.tree.add(leaf);
      stream.rows += prefix.rows;
      stream.bytes += bytes.length;
      if (prefix.kind === chunkKinds.bytes) stream.length += raw.length;
      at += bytes.length;
      chunks++;
    } catch (error) {
      if (!isHoldfastError(error) || error.code === 'CANCELLED') throw error;
      stoppedBy = error.message;
      break;
    }
  }
  return {
    reader: new ArchiveReader(source, front, seal, streams.map(indexed), undefined),
    complete,
    bytes: at,
    chunks,
    rows: streams.reduce((sum, { rows }) => sum + rows, 0),
    stoppedBy,
  };
}

function streamOf(streams: Found[], { kind, stream, chunk }: ChunkPrefix, raw: Uint8Array): Found {
  if (kind === chunkKinds.declaration && stream === streams.length && chunk === 0 && stream < mostStreams) {
    const declaration = decodeDeclaration(raw);
    const found = {
      declaration,
      list: new ChunkList(),
      tree: new MerkleTree(),
      rows: 0,
      bytes: 0,
      length: 0,
    };
    streams.push(found);
    return found;
  }
  const found = streams[stream];
  if (found === undefined || chunk !== found.list.count)
    throw corrupt(`chunk ${chunk} of stream ${stream} is out of place`);
  return found;
}

function indexed({ declaration, list, tree, rows, bytes, length }: Found, no: number): IndexedStream {
  const root = tree.root();
  const figures = {
    chunks: list.count,
    keyBytes: 0,
    rows,
    bytes,
    length,
    root: Buffer.from(root).toString('hex'),
  };
  return {
    declaration,
    info: infoOf(no, declaration, figures),
    root,
    chunks: new ChunkTable(list.records, new Uint8Array(0), 0),
  };
}
