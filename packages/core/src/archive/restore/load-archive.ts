// The rows of archives into an engine: verified chunk by chunk, secrets sealed with the key of where they go.

import type { Engine } from '../../engine/engine.ts';
import type { LossyValue } from '../../engine/fit-values.ts';
import type { Load, LoadReport } from '../../engine/load.ts';
import type { SerialState } from '../../engine/snapshot.ts';
import type { SecretBox, StoredRow } from '../../schema/codec.ts';
import type { Part } from '../backup/content.ts';
import type { Pace } from '../backup/pace.ts';
import type { SchemaDocument } from '../backup/schema-document.ts';
import { sealSecrets } from '../backup/secrets.ts';
import { TableDigest } from '../digest/table-digest.ts';
import { corrupt } from '../format/failures.ts';
import type { DigestOfTable } from './overall-digest.ts';
import type { Proof } from './prove-tables.ts';
import type { TableSource } from './table-sources.ts';

export interface LoadArchiveOptions {
  readonly schema: SchemaDocument;
  readonly secrets: SecretBox;
  readonly lossy: 'refuse' | 'nearest';
  readonly dryRun: boolean;
  readonly onLoss: (loss: LossyValue) => void;
  readonly pace: Pace;
  /** Begins to read again what was loaded, beside what is still to be made. */
  readonly prove?: () => Proof;
  readonly signal?: AbortSignal | undefined;
}

/** What a table must hold afterwards. */
export interface Expected {
  readonly rows: number;
  readonly digest: string | undefined;
}

export interface LoadedArchive {
  readonly report: LoadReport;
  /** By table. */
  readonly expected: ReadonlyMap<string, Expected>;
}

/**
 * Makes the tables of the schema document and fills them. A dry run decodes and digests everything, and writes nothing.
 * @param serials counters as the last archive has them
 * @throws ARCHIVE_CORRUPT, and what `Engine.load` throws
 */
export async function loadArchive(
  engine: Engine,
  sources: readonly TableSource[],
  serials: readonly SerialState[],
  options: LoadArchiveOptions,
): Promise<LoadedArchive & { readonly proof?: Promise<readonly DigestOfTable[]> }> {
  const { schema, lossy, dryRun, onLoss, signal, prove } = options;
  const expected = new Map<string, Expected>();
  const load = await engine.load(schema.tables, { lossy, dryRun, onLoss, signal });
  try {
    for (const source of sources) expected.set(source.part.spec.name, await loadTable(load, source, options));
    const proof = prove !== undefined && (await load.publish()) ? prove() : undefined;
    // Its failure is told when it is waited for.
    proof?.digests.catch(() => {});
    await proof?.opened;
    const report = await load.finish(serials);
    return { report, expected, ...(proof === undefined ? {} : { proof: proof.digests }) };
  } catch (error) {
    await load.abort();
    throw error;
  }
}

async function loadTable(
  load: Load,
  source: TableSource,
  { secrets, pace, dryRun, signal }: LoadArchiveOptions,
): Promise<Expected> {
  const { part, whole, readColumns } = source;
  const { spec, of, columns } = part;
  const asTheyAre = columns.length === spec.columns.length && !columns.some(({ secret }) => secret);
  // A dry run digests each row.
  if (whole !== undefined && readColumns !== undefined && asTheyAre && !dryRun) {
    for await (const batch of readColumns(signal)) {
      await load.batch(spec, batch);
      pace.add(spec.name, batch.rows);
    }
    return { rows: whole.rows, digest: whole.digest };
  }
  const seal = sealSecrets(of, spec.columns, secrets);
  // What one archive has whole is known; what is put together is counted on the way.
  const digest = dryRun || whole === undefined ? new TableDigest(columns) : undefined;
  const widen = widening(part);
  let count = 0;
  for await (const given of source.read(signal)) {
    digest?.add(given);
    count += given.length;
    const rows = widen(given);
    // A dry run has no key to seal with, and needs none.
    if (!dryRun) seal(rows);
    await load.rows(spec, rows);
    pace.add(spec.name, rows.length);
  }
  if (whole === undefined) return { rows: count, digest: digest?.digest };
  if (dryRun && whole.digest !== undefined && digest?.digest !== whole.digest)
    throw corrupt(`the rows of ${spec.name} do not have their digest`);
  return { rows: whole.rows, digest: whole.digest };
}

/** Columns that do not travel are null. */
function widening({ spec, columns }: Part): (rows: StoredRow[]) => StoredRow[] {
  if (spec.columns.length === columns.length) return (rows) => rows;
  const places = spec.columns.map((column) => columns.indexOf(column));
  return (rows) => rows.map((row) => places.map((place) => (place < 0 ? null : row[place]!)));
}
