// The index: every stream with its figures, then where the chunks of each are. It is the last chunk of an archive.

import { z } from 'zod';
import { canonicalJson } from '../../schema/canonical-json.ts';
import { ChunkTable, recordLength } from './chunk-list.ts';
import { beyondLimit, corrupt } from './failures.ts';
import { asBuffer, hashLength, mostStreams } from './layout.ts';
import { checkDeclaration, type EntryInfo, type RowStreamInfo, type StreamDeclaration } from './stream.ts';

/** Longest document, in bytes; more would be a lot of memory for whoever only wants to see what is in an archive. */
export const longestDocument = 16 * 1024 * 1024;
/** What the figures of a stream take in it beside the declaration, at most. */
export const figuresLength = 512;

const figures = z.object({
  chunks: z.int().min(1),
  /** Of keys, behind the records of all streams. */
  keyBytes: z.int().min(0),
  bytes: z.int().min(0),
  rows: z.int().min(0),
  /** Raw bytes of an entry. */
  length: z.int().min(0),
  root: z.string().regex(/^[0-9a-f]{64}$/),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
const documentSchema = z.object({
  streams: z.array(figures.extend({ declaration: z.unknown() })).max(mostStreams),
});

export type StreamFigures = z.infer<typeof figures>;

/** What the writer knows of a stream at its end. */
export interface FinishedStream {
  readonly declaration: StreamDeclaration;
  readonly figures: StreamFigures;
  readonly records: Buffer;
  readonly keys: Buffer;
}

/** Length of a JSON document, the document, then the records of all streams, then the keys of all. */
export function encodeIndex(streams: readonly FinishedStream[]): Buffer {
  const document = Buffer.from(
    canonicalJson({
      streams: streams.map(({ declaration, figures }) => ({ declaration, ...figures })),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(document.length);
  return Buffer.concat([
    length,
    document,
    ...streams.map(({ records }) => records),
    ...streams.map(({ keys }) => keys),
  ]);
}

/** A stream as a reader knows it. */
export interface IndexedStream {
  readonly declaration: StreamDeclaration;
  readonly info: RowStreamInfo | EntryInfo;
  readonly root: Uint8Array;
  readonly chunks: ChunkTable;
}

export function infoOf(
  no: number,
  declaration: StreamDeclaration,
  found: StreamFigures,
): IndexedStream['info'] {
  const { rows, length, bytes, root, digest } = found;
  // The declaration is a chunk of the container, and none of the stream's content.
  const chunks = found.chunks - 1;
  return declaration.kind === 'entry'
    ? { ...declaration, no, length, chunks, bytes, root }
    : { ...declaration, no, rows, chunks, bytes, root, digest };
}

/** @throws ARCHIVE_CORRUPT */
export function decodeIndex(given: Uint8Array): IndexedStream[] {
  const bytes = asBuffer(given);
  if (bytes.length < 4) throw corrupt('its index is empty');
  const length = bytes.readUInt32LE(0);
  if (length > bytes.length - 4) throw corrupt('its index ends too early');
  if (length > longestDocument)
    throw beyondLimit('bytes of the document of the index', length, longestDocument);
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8', 4, 4 + length));
  } catch (cause) {
    throw corrupt('its index is not JSON', cause);
  }
  const document = documentSchema.safeParse(parsed);
  if (!document.success) throw corrupt(`its index is unsound: ${z.prettifyError(document.error)}`);
  const { streams } = document.data;
  let at = 4 + length;
  let keysAt = at + streams.reduce((sum, { chunks }) => sum + chunks * recordLength, 0);
  if (keysAt + streams.reduce((sum, { keyBytes }) => sum + keyBytes, 0) !== bytes.length)
    throw corrupt('its index has another length than its streams need');
  return streams.map(({ declaration: given, ...found }, no) => {
    const declaration = checkDeclaration(given);
    const records = bytes.subarray(at, at + found.chunks * recordLength);
    const keys = bytes.subarray(keysAt, keysAt + found.keyBytes);
    at += records.length;
    keysAt += keys.length;
    const root = Buffer.from(found.root, 'hex');
    if (root.length !== hashLength) throw corrupt('its index has no root');
    const keyWidth = declaration.kind === 'entry' ? 0 : declaration.key.length;
    return {
      declaration,
      info: infoOf(no, declaration, found),
      root,
      chunks: new ChunkTable(records, keys, keyWidth),
    };
  });
}
