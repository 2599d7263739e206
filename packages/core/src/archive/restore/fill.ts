// Tables made and filled from archives, and each compared with what the archives say.

import type { Engine } from '../../engine/engine.ts';
import type { LossyValue } from '../../engine/fit-values.ts';
import type { SerialState } from '../../engine/snapshot.ts';
import { loadSecretKey, secretBox } from '../../system/secret-key.ts';
import { keyMark } from '../../update/key-mark.ts';
import { type OnProgress, Pace } from '../backup/pace.ts';
import { parseSchemaDocument, type SchemaDocument } from '../backup/schema-document.ts';
import { readState } from '../backup/state-entry.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import type { ArchiveHeader } from '../format/header.ts';
import { checkChain } from './check-chain.ts';
import { type LoadedArchive, loadArchive } from './load-archive.ts';
import type { DigestOfTable } from './overall-digest.ts';
import { compareTables, digestAgain, type Prover } from './prove-tables.ts';
import { type TableSource, tableSources } from './table-sources.ts';
import { markRestoring, recordMigrations } from './target-tables.ts';

/** What a chain of archives brings back. */
export interface Content {
  readonly header: ArchiveHeader;
  readonly sources: readonly TableSource[];
  readonly schema: SchemaDocument;
  readonly serials: readonly SerialState[];
  /** The instant whose state it is. */
  readonly at: number;
}

/** @throws CHAIN_BROKEN, CHAIN_TIMELINE, ARCHIVE_CORRUPT */
export async function readContent(chain: readonly ArchiveReader[]): Promise<Content> {
  checkChain(chain);
  const last = chain.at(-1)!;
  const { header } = last;
  const schema = parseSchemaDocument(await last.schema());
  const { serials, at } = await readState(last);
  return { header, sources: tableSources(chain, schema), schema, serials, at };
}

export interface FillOptions {
  /** Path of the key file that secrets are sealed with; made where there is none. */
  readonly keyFile: string;
  readonly lossy?: 'refuse' | 'nearest' | undefined;
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Reads tables again in another thread. */
  readonly prover?: Prover | undefined;
}

export interface Filled extends LoadedArchive {
  readonly digests: readonly DigestOfTable[];
  /** The first thousand. */
  readonly losses: readonly LossyValue[];
}

const mostLosses = 1_000;

/**
 * Makes the tables in an empty database, marked as not restored yet, fills them, and compares each with the archive.
 * @throws VALUE_LOSSY, PROOF_FAILED, ARCHIVE_CORRUPT, CANCELLED
 */
export async function fill(
  engine: Engine,
  { header, sources, schema, serials }: Content,
  { keyFile, dryRun = false, lossy = 'refuse', onProgress, signal, prover }: FillOptions,
): Promise<Filled> {
  const losses: LossyValue[] = [];
  const onLoss = (loss: LossyValue): void => void (losses.length < mostLosses && losses.push(loss));
  const total = sources.reduce((sum, { rows }) => sum + rows, 0);
  const secrets = secretBox((create) => loadSecretKey(keyFile, create));
  if (!dryRun) await markRestoring(engine, header.id);
  const pace = new Pace('loading', total, onProgress);
  const parts = sources.map(({ part }) => part);
  const proving = (): Pace => new Pace('proving', total, onProgress);
  const { proof, ...loaded } = await loadArchive(engine, sources, serials, {
    ...{ schema, secrets, signal, lossy, dryRun, onLoss, pace },
    ...(prover === undefined ? {} : { prove: () => prover(parts, proving()) }),
  });
  if (dryRun) {
    const digests = [...loaded.expected].map(([table, { rows, digest = '' }]) => ({ table, rows, digest }));
    return { ...loaded, digests, losses };
  }
  const digests = await (proof ??
    digestAgain(engine, schema.tables, parts, { secrets, pace: proving(), signal }));
  compareTables(digests, loaded);
  const { identity } = secrets;
  const sealedWith = identity === undefined ? [] : [{ ...keyMark, checksum: identity }];
  await recordMigrations(engine, [...schema.migrations, ...sealedWith]);
  return { ...loaded, digests, losses };
}
