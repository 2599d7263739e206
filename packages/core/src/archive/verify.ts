// Proof that an archive is whole: without its key by the hashes of what is stored, with it by decoding all there is.

import { createHash } from 'node:crypto';
import { throwIfAborted } from '../engine/write-lock.ts';
import { sameBytes } from './crypto/archive-keys.ts';
import type { UnlockKey } from './crypto/keys.ts';
import { TableDigest } from './digest/table-digest.ts';
import { ArchiveReader, readEnd } from './format/archive-reader.ts';
import type { ArchiveSource } from './format/endpoints.ts';
import { corrupt } from './format/failures.ts';
import { ForwardReader } from './format/forward.ts';
import {
  type ChunkPrefix,
  chunkKinds,
  chunksAt,
  decodePrefix,
  mostStreams,
  prefixLength,
} from './format/layout.ts';
import { archiveRoot, MerkleTree } from './format/merkle.ts';
import { readFront } from './format/open-header.ts';

export interface VerifyProgress {
  readonly phase: 'stored' | 'decoded';
  /** Of the archive, in this phase. */
  readonly bytes: number;
  readonly total: number;
}

export interface VerifyOptions {
  /** `stored` needs no key: structure and every hash. `decoded` also opens, unpacks, decodes and digests everything. */
  readonly depth: 'stored' | 'decoded';
  /** For `decoded`. */
  readonly keys?: readonly UnlockKey[];
  readonly signal?: AbortSignal;
  /** Called after every chunk. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyReport {
  readonly depth: VerifyOptions['depth'];
  readonly id: string;
  readonly root: string;
  readonly bytes: number;
  readonly chunks: number;
  readonly streams: number;
  /** As the chunks declare them; when decoded, as they were counted. */
  readonly rows: number;
  /** Digests of streams that were made again from the rows and found equal. */
  readonly digests: number;
}

/**
 * Resolves only for an archive that is whole; whatever is not is an error that says what and where.
 * @throws ARCHIVE_CORRUPT, ARCHIVE_TRUNCATED, ARCHIVE_FOREIGN, ARCHIVE_NEWER, ARCHIVE_LIMIT, ARCHIVE_KEY_MISSING,
 * ARCHIVE_KEY_WRONG, CANCELLED
 */
export async function verifyArchive(source: ArchiveSource, options: VerifyOptions): Promise<VerifyReport> {
  const stored = await verifyStored(source, options);
  return options.depth === 'stored' ? stored : verifyDecoded(source, options, stored);
}

async function verifyStored(source: ArchiveSource, options: VerifyOptions): Promise<VerifyReport> {
  const front = await readFront(source);
  const end = await readEnd(source, front);
  if (!front.slotsIntact) throw corrupt('one of the two copies of its key slots; the other one is whole');
  const reader = new ForwardReader(source, chunksAt(front.prelude), end.offset);
  const trees: MerkleTree[] = [];
  const counts: number[] = [];
  let rows = 0;
  let index: Uint8Array | undefined;
  for (let no = 0; index === undefined; no++) {
    throwIfAborted(options.signal);
    const inIndex = reader.at === end.indexOffset;
    if (reader.left < prefixLength) throw corrupt('a chunk runs into its footer');
    const { prefix, leaf } = await nextChunk(reader);
    if (prefix.no !== no) throw corrupt(`chunk ${prefix.no} stands where ${no} should`);
    if ((prefix.kind === chunkKinds.index) !== inIndex)
      throw corrupt('its index is not where its footer says');
    if (inIndex) {
      index = leaf;
      if (no !== end.chunks || prefix.stream !== end.streams) throw corrupt('its index is another chunk');
    } else {
      checkPlace(prefix, counts);
      counts[prefix.stream] = (counts[prefix.stream] ?? 0) + 1;
      trees[prefix.stream] ??= new MerkleTree();
      trees[prefix.stream]!.add(leaf);
      rows += prefix.rows;
    }
    options.onProgress?.({ phase: 'stored', bytes: reader.at, total: source.size });
  }
  if (reader.left > 0) throw corrupt('there is something between its index and its footer');
  if (trees.length !== end.streams || rows !== end.rows)
    throw corrupt('its chunks and its footer count differently');
  const root = archiveRoot(
    front.leaf,
    trees.map((tree) => tree.root()),
    index,
  );
  if (!sameBytes(root, end.root)) throw corrupt('the hashes of its chunks do not give its root');
  return {
    depth: 'stored',
    id: front.header.id,
    root: Buffer.from(root).toString('hex'),
    bytes: source.size,
    chunks: end.chunks,
    streams: end.streams,
    rows,
    digests: 0,
  };
}

async function nextChunk(reader: ForwardReader): Promise<{ prefix: ChunkPrefix; leaf: Uint8Array }> {
  const at = reader.at;
  const head = await reader.bytes(prefixLength);
  const prefix = decodePrefix(head);
  if (prefix.stored > reader.left) throw corrupt(`the chunk at ${at} is longer than the archive`);
  const hash = createHash('sha256').update(Uint8Array.of(0)).update(head);
  await reader.take(prefix.stored, (part) => hash.update(part));
  return { prefix, leaf: hash.digest() };
}

/** Streams begin one after the other, each with its declaration, and their chunks come in order. */
function checkPlace({ kind, stream, chunk }: ChunkPrefix, counts: readonly number[]): void {
  const isNew = stream === counts.length && stream < mostStreams;
  if (
    (!isNew && counts[stream] === undefined) ||
    chunk !== (counts[stream] ?? 0) ||
    (kind === chunkKinds.declaration) !== (chunk === 0)
  )
    throw corrupt(`chunk ${chunk} of stream ${stream} is out of place`);
}

async function verifyDecoded(
  source: ArchiveSource,
  { keys = [], signal, onProgress }: VerifyOptions,
  stored: VerifyReport,
): Promise<VerifyReport> {
  const reader = await ArchiveReader.open(source, { keys });
  const reading = signal === undefined ? {} : { signal };
  let bytes = 0;
  let rows = 0;
  let digests = 0;
  const done = (more: number): void => {
    bytes += more;
    onProgress?.({ phase: 'decoded', bytes, total: source.size });
  };
  for (const { name, length, bytes: size } of reader.entries) {
    let found = 0;
    for await (const part of reader.entryParts(name, reading)) found += part.length;
    if (found !== length) throw corrupt(`entry ${name} has ${found} of ${length} bytes`);
    done(size);
  }
  for (const info of reader.tables) {
    const digest = info.digest === undefined ? undefined : new TableDigest(info.columns);
    const sizes = reader.chunksOf(info);
    let found = 0;
    for await (const batch of reader.rows(info, reading)) {
      digest?.add(batch.rows());
      found += batch.rowCount;
      done(sizes[batch.chunk]!.stored);
    }
    if (found !== info.rows) throw corrupt(`${info.kind} of ${info.table}: ${found} of ${info.rows} rows`);
    if (digest !== undefined && digest.digest !== info.digest)
      throw corrupt(`${info.kind} of ${info.table} do not have their digest`);
    if (digest !== undefined) digests++;
    rows += found;
  }
  return { ...stored, depth: 'decoded', rows, digests };
}
