// Where the rows of a table come from in a chain of archives: the last whole image, and what has changed since.

import type { ColumnBatch } from '../../engine/column-batch.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import { type Part, partsOf } from '../backup/content.ts';
import type { SchemaDocument } from '../backup/schema-document.ts';
import { TableDigest } from '../digest/table-digest.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { corrupt } from '../format/failures.ts';
import type { RowKind, RowStreamInfo } from '../format/stream.ts';

/** A stream of one archive of the chain. */
interface Stream {
  readonly reader: ArchiveReader;
  readonly info: RowStreamInfo;
}

interface Change {
  readonly upserts: Stream;
  readonly deletes: Stream;
}

/** The rows of a table as the last archive of a chain has them, in the order of `part.columns`. */
export interface TableSource {
  readonly part: Part;
  /** Of a table that archives have row by row, nothing of it changed since: what they say of it. */
  readonly whole: { readonly rows: number; readonly digest: string } | undefined;
  /** Rows to be read, more or less. */
  readonly rows: number;
  read(signal?: AbortSignal): AsyncIterable<StoredRow[]>;
  /** The same as columns; undefined where some of it has changed since, or was of other kinds. */
  readonly readColumns: ((signal?: AbortSignal) => AsyncIterable<ColumnBatch>) | undefined;
}

/**
 * @param chain the full archive first
 * @param schema of the last one
 * @throws ARCHIVE_CORRUPT where an archive lacks a table, or has one that it does not declare
 */
export function tableSources(chain: readonly ArchiveReader[], schema: SchemaDocument): TableSource[] {
  const wanted = schema.tables.filter(({ name }) => schema.content.includes(name)).flatMap(partsOf);
  const names = new Set(wanted.map(({ spec }) => spec.name));
  for (const { table } of chain.at(-1)!.tables)
    if (!names.has(table)) throw corrupt(`its schema document does not have ${table}`);
  return wanted.map((part) => sourceOf(chain, part));
}

function sourceOf(chain: readonly ArchiveReader[], part: Part): TableSource {
  const { spec, kind } = part;
  const images: Stream[] = [];
  const changes: Change[] = [];
  for (const reader of chain.toReversed()) {
    const image = find(reader, spec.name, kind);
    if (image !== undefined) {
      images.unshift(image);
      if (image.info.metadata?.['continues'] !== true) return source(part, images, changes);
      continue;
    }
    const [upserts, deletes] = [find(reader, spec.name, 'upserts'), find(reader, spec.name, 'deletes')];
    // A segment leaves out what is as it was.
    if (upserts === undefined && reader.header.type === 'segment') continue;
    if (upserts === undefined || deletes === undefined) break;
    changes.unshift({ upserts, deletes });
  }
  throw corrupt(`nothing in it says what ${spec.name} holds`);
}

function find(reader: ArchiveReader, table: string, kind: RowKind): Stream | undefined {
  const info = reader.tables.find((each) => each.table === table && each.kind === kind);
  return info && { reader, info };
}

function source(part: Part, images: readonly Stream[], changes: readonly Change[]): TableSource {
  const streams = [...images, ...changes.map(({ upserts }) => upserts)];
  return {
    part,
    whole: changes.length === 0 ? wholeOf(images, part.columns) : undefined,
    rows: streams.reduce((sum, { info }) => sum + info.rows, 0),
    readColumns: changes.length === 0 ? columnsOf(images, part.columns) : undefined,
    async *read(signal) {
      const last = await lastChanges(part, changes, signal);
      const key = keyOf(part.spec.key, part.columns);
      for (const image of images)
        for await (const rows of rowsOf(image, part.columns, signal))
          yield last.size === 0 ? rows : rows.filter((row) => !last.has(key(row)));
      for (const [index, { upserts }] of changes.entries())
        for await (const rows of rowsOf(upserts, part.columns, signal))
          yield rows.filter((row) => last.get(key(row)) === index);
    },
  };
}

function wholeOf(images: readonly Stream[], wanted: Part['columns']): TableSource['whole'] {
  const all = new TableDigest(wanted);
  for (const { info } of images) {
    const { rows, digest, columns } = info;
    const isSame = wanted.every(({ name, kind, scale }, at) => {
      const found = columns[at];
      return found?.name === name && found.kind === kind && found.scale === scale;
    });
    if (digest === undefined || !isSame) return undefined;
    all.merge({ rows, digest });
  }
  return { rows: all.rows, digest: all.digest };
}

/** Which change of a key is the last one; -1 where it is its end. As many entries as keys were changed. */
async function lastChanges(
  { spec, columns }: Part,
  changes: readonly Change[],
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const last = new Map<string, number>();
  for (const [index, { upserts, deletes }] of changes.entries()) {
    const there = keyOf(spec.key, columns);
    for await (const rows of rowsOf(upserts, columns, signal))
      for (const row of rows) last.set(there(row), index);
    const gone = keyOf(spec.key, deletes.info.columns);
    for await (const rows of rowsOf(deletes, deletes.info.columns, signal))
      for (const row of rows) last.set(gone(row), -1);
  }
  return last;
}

/** Tells keys apart: the same value has one text, whatever its type in JavaScript. */
function keyOf(key: readonly string[], columns: Part['columns']): (row: StoredRow) => string {
  const places = key.map((name) => columns.findIndex((column) => column.name === name));
  return (row) => JSON.stringify(places.map((place) => textOf(row[place]!)));
}

const textOf = (value: StoredValue): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value);

/** Values in the order of `wanted`. @throws ARCHIVE_CORRUPT where the stream has other columns */
async function* rowsOf(
  stream: Stream,
  wanted: Part['columns'],
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredRow[]> {
  const places = placesIn(stream, wanted);
  const inOrder = places.every((place, index) => place === index);
  const { reader, info } = stream;
  for await (const batch of reader.rows(info, signal === undefined ? {} : { signal })) {
    const rows = batch.rows();
    yield inOrder ? rows : rows.map((row) => places.map((place) => row[place]!));
  }
}

/** The same as columns; undefined where they are not of the kinds that are wanted. */
function columnsOf(images: readonly Stream[], wanted: Part['columns']): TableSource['readColumns'] {
  for (const { info } of images) {
    const kindOf = new Map(info.columns.map(({ name, kind }) => [name, kind]));
    if (wanted.some(({ name, kind }) => kindOf.get(name) !== kind)) return undefined;
  }
  return async function* (signal) {
    for (const image of images) {
      const places = placesIn(image, wanted);
      const { reader, info } = image;
      for await (const { rows, columns } of reader.batches(info, signal === undefined ? {} : { signal }))
        yield { rows, columns: places.map((place) => columns[place]!) };
    }
  };
}

function placesIn({ info }: Stream, wanted: Part['columns']): number[] {
  const places = wanted.map(({ name }) => info.columns.findIndex((column) => column.name === name));
  if (places.includes(-1) || places.length !== info.columns.length)
    throw corrupt(`the ${info.kind} of ${info.table} have other columns than the table`);
  return places;
}
