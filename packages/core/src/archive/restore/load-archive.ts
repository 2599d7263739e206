// The rows of archives into an engine, verified chunk by chunk.

import type { Engine } from '../../engine/engine.ts';
import type { LossyValue } from '../../engine/fit-values.ts';
import type { Load, LoadReport } from '../../engine/load.ts';
import type { SerialState } from '../../engine/snapshot.ts';
import type { SecretBox } from '../../schema/codec.ts';
import type { Pace } from '../backup/pace.ts';
import type { SchemaDocument } from '../backup/schema-document.ts';
import { sumOf } from '../digest/batch-digest.ts';
import { TableDigest } from '../digest/table-digest.ts';
import { corrupt } from '../format/failures.ts';
import { completeBatch, completeRows } from './complete-rows.ts';
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
  { part, whole, read, readColumns }: TableSource,
  { secrets, pace, dryRun, signal }: LoadArchiveOptions,
): Promise<Expected> {
  const { spec, columns } = part;
  // What archives have row by row is known; what is put together is counted on the way.
  const digest = dryRun || whole === undefined ? new TableDigest(columns) : undefined;
  // A dry run has no key to seal with, and needs none.
  const key = dryRun ? undefined : secrets;
  if (readColumns !== undefined) {
    const complete = completeBatch(part, key);
    for await (const batch of readColumns(signal)) {
      digest?.addSum(sumOf(batch), batch.rows);
      await load.batch(spec, complete(batch));
      pace.add(spec.name, batch.rows);
    }
  } else {
    const complete = completeRows(part, key);
    for await (const given of read(signal)) {
      digest?.add(given);
      const rows = complete(given);
      await load.rows(spec, rows);
      pace.add(spec.name, rows.length);
    }
  }
  if (whole === undefined) return { rows: digest!.rows, digest: digest!.digest };
  if (digest !== undefined && digest.digest !== whole.digest)
    throw corrupt(`the rows of ${spec.name} do not have their digest`);
  return whole;
}
