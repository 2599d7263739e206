// Streams: what an archive is made of. One of rows for each table and purpose, one of bytes for each named entry.

import { z } from 'zod';
import { type ColumnSpec, kinds } from '../../schema/spec.ts';
import { beyondLimit, corrupt } from './failures.ts';

/**
 * `rows` full images of a whole table; `upserts` full images of what is new or changed; `deletes` the keys of what is
 * gone (key columns only); `history` rows of a history table; `series` rows of a series. `entry` is bytes under a name.
 */
export const rowKinds = ['rows', 'upserts', 'deletes', 'history', 'series'] as const;
export type RowKind = (typeof rowKinds)[number];

/** A stream of rows as its writer declares it. */
export interface RowStream {
  readonly kind: RowKind;
  readonly table: string;
  /** In the order of the values of each row. */
  readonly columns: readonly ColumnSpec[];
  /** Names of key columns; rows in key order make chunks that can be skipped by key. May be empty. */
  readonly key: readonly string[];
  /** Free, for whoever restores it: class, domain, position of the journal. Kept under the archive's key. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A named entry as its writer declares it. */
export interface EntryStream {
  readonly kind: 'entry';
  readonly name: string;
}

export type StreamDeclaration = RowStream | EntryStream;

/** A stream of rows as a reader finds it. */
export interface RowStreamInfo extends RowStream {
  /** Number of the stream in the archive. */
  readonly no: number;
  readonly rows: number;
  readonly chunks: number;
  /** Stored bytes of its chunks. */
  readonly bytes: number;
  /** Digest of the canonical rows, whatever their order; see `TableDigest`. Undefined where none was asked for. */
  readonly digest: string | undefined;
  /** Merkle root of its chunks, in hex. */
  readonly root: string;
}

export interface EntryInfo extends EntryStream {
  readonly no: number;
  /** Bytes of the entry itself. */
  readonly length: number;
  readonly chunks: number;
  readonly bytes: number;
  readonly root: string;
}

/** The entry that every archive begins with: the schema document. */
export const schemaEntry = 'schema';
/** Longest declaration of a stream, in bytes of JSON. */
export const longestDeclaration = 4 * 1024 * 1024;

const columnSchema = z.looseObject({
  name: z.string(),
  kind: z.enum(kinds),
  precision: z.int().min(0).max(1000).optional(),
  scale: z.int().min(0).max(1000).optional(),
});
export const declarationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('entry'), name: z.string().min(1).max(1000) }),
  z.object({
    kind: z.enum(rowKinds),
    table: z.string().min(1).max(1000),
    columns: z.array(columnSchema).min(1).max(10_000),
    key: z.array(z.string()).max(10_000),
    metadata: z.record(z.string(), z.unknown()).optional(),
  }),
]);

/** @throws ARCHIVE_CORRUPT, ARCHIVE_LIMIT */
export function decodeDeclaration(bytes: Uint8Array): StreamDeclaration {
  if (bytes.length > longestDeclaration)
    throw beyondLimit('bytes of a declaration', bytes.length, longestDeclaration);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw corrupt('a stream is declared by what is no JSON', cause);
  }
  return checkDeclaration(parsed);
}

/** @throws ARCHIVE_CORRUPT */
export function checkDeclaration(parsed: unknown): StreamDeclaration {
  const checked = declarationSchema.safeParse(parsed);
  if (!checked.success) throw corrupt(`a stream is declared unsoundly: ${z.prettifyError(checked.error)}`);
  const declaration = checked.data as StreamDeclaration;
  if (declaration.kind !== 'entry') {
    const names = new Set(declaration.columns.map(({ name }) => name));
    if (names.size !== declaration.columns.length || declaration.key.some((name) => !names.has(name)))
      throw corrupt(`the columns of ${declaration.table} contradict each other`);
  }
  return declaration;
}
