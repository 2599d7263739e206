// The rows of an archive into an engine: verified chunk by chunk, secrets sealed with the key of where they go.

import type { Engine } from '../../engine/engine.ts';
import type { LossyValue } from '../../engine/fit-values.ts';
import type { Load, LoadReport } from '../../engine/load.ts';
import type { SecretBox, StoredRow } from '../../schema/codec.ts';
import { type Part, partsOf } from '../backup/content.ts';
import type { Pace } from '../backup/pace.ts';
import type { SchemaDocument } from '../backup/schema-document.ts';
import { sealSecrets } from '../backup/secrets.ts';
import { readState } from '../backup/state-entry.ts';
import { TableDigest } from '../digest/table-digest.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { corrupt } from '../format/failures.ts';
import type { RowStreamInfo } from '../format/stream.ts';

export interface LoadArchiveOptions {
  readonly schema: SchemaDocument;
  readonly secrets: SecretBox;
  readonly lossy: 'refuse' | 'nearest';
  readonly dryRun: boolean;
  readonly onLoss: (loss: LossyValue) => void;
  readonly pace: Pace;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the tables of the schema document and fills them. A dry run decodes and digests everything, and writes nothing.
 * @throws ARCHIVE_CORRUPT, and what `Engine.load` throws
 */
export async function loadArchive(
  engine: Engine,
  reader: ArchiveReader,
  options: LoadArchiveOptions,
): Promise<LoadReport> {
  const { schema, lossy, dryRun, onLoss, signal } = options;
  const { serials } = await readState(reader);
  const load = await engine.load(schema.tables, { lossy, dryRun, onLoss, signal });
  try {
    for (const { info, part } of streamsOf(reader, schema))
      await loadStream(load, reader, info, part, options);
    return await load.finish(serials);
  } catch (error) {
    await load.abort();
    throw error;
  }
}

/** The streams of full images, with the tables that they fill. @throws ARCHIVE_CORRUPT for one of an undeclared table */
export function streamsOf(
  reader: ArchiveReader,
  { tables }: SchemaDocument,
): { readonly info: RowStreamInfo; readonly part: Part }[] {
  const parts = new Map(tables.flatMap(partsOf).map((part): [string, Part] => [part.spec.name, part]));
  return reader.tables.map((info) => {
    const part = parts.get(info.table);
    if (part === undefined || part.kind !== info.kind)
      throw corrupt(`its schema document does not have the ${info.kind} of ${info.table}`);
    return { info, part };
  });
}

async function loadStream(
  load: Load,
  reader: ArchiveReader,
  info: RowStreamInfo,
  { spec, of }: Part,
  { secrets, pace, dryRun, signal }: LoadArchiveOptions,
): Promise<void> {
  const arrange = arrangement(info, spec.columns);
  const seal = sealSecrets(of, spec.columns, secrets);
  const digest = dryRun && info.digest !== undefined ? new TableDigest(info.columns) : undefined;
  for await (const batch of reader.rows(info, signal === undefined ? {} : { signal })) {
    const given = batch.rows();
    digest?.add(given);
    const rows = arrange(given);
    // A dry run has no key to seal with, and needs none.
    if (!dryRun) seal(rows);
    await load.rows(spec, rows);
    pace.add(spec.name, rows.length);
  }
  if (digest !== undefined && digest.digest !== info.digest)
    throw corrupt(`the rows of ${info.table} do not have their digest`);
}

/** Values in the order of the table's columns; those that do not travel are null. */
function arrangement(
  { columns, table }: RowStreamInfo,
  wanted: Part['columns'],
): (rows: StoredRow[]) => StoredRow[] {
  const places = wanted.map(({ name }) => columns.findIndex((column) => column.name === name));
  if (columns.some(({ name }) => !wanted.some((column) => column.name === name)))
    throw corrupt(`the stream of ${table} has columns that the table does not have`);
  if (places.length === columns.length && places.every((place, index) => place === index))
    return (rows) => rows;
  return (rows) => rows.map((row) => places.map((place) => (place < 0 ? null : row[place]!)));
}
