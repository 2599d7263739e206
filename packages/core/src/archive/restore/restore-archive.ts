// A restore into a new or empty database, on any engine.

import type { LossyValue } from '../../engine/fit-values.ts';
import { openEngine } from '../../engine/open-engine.ts';
import type { SerialState } from '../../engine/snapshot.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import type { SecretBox } from '../../schema/codec.ts';
import type { Domain } from '../../schema/domain.ts';
import { openStore } from '../../store/open-store.ts';
import { systemDomain } from '../../system/domain.ts';
import { loadSecretKey, secretBox } from '../../system/secret-key.ts';
import { checkMigrations } from '../../update/migrate.ts';
import { specsOf } from '../backup/content.ts';
import { type OnProgress, Pace } from '../backup/pace.ts';
import { parseSchemaDocument, type SchemaDocument } from '../backup/schema-document.ts';
import { readOmittedSecrets, readState } from '../backup/state-entry.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import type { ArchiveHeader } from '../format/header.ts';
import { beginAnew, type RestoredFrom } from './begin-anew.ts';
import { checkChain } from './check-chain.ts';
import { type LoadedArchive, loadArchive } from './load-archive.ts';
import { type DigestOfTable, overallDigest } from './overall-digest.ts';
import { placeFor } from './place.ts';
import { proveTables } from './prove-tables.ts';
import { type TableSource, tableSources } from './table-sources.ts';
import { markRestoring, recordMigrations } from './target-tables.ts';

export interface RestoreOptions {
  /** A database that is not there yet, or holds no records: `sqlite:PATH`, `postgres://…` or `mysql://…`. */
  readonly url: string;
  /** Those of the program: the restored database is brought to their schema. */
  readonly domains: readonly Domain[];
  /** Path of the key file that secrets are sealed with; made where there is none. */
  readonly keyFile: string;
  /** What becomes of a value that the engine cannot keep. @default 'refuse' */
  readonly lossy?: 'refuse' | 'nearest';
  /** Reads, decodes and counts everything, and writes nothing. @default false */
  readonly dryRun?: boolean;
  readonly by: { readonly name: string; readonly via: string };
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface RestoredTable {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly skipped: number;
  readonly conflicts: number;
  /** Values that could not be kept as they are. */
  readonly lossy: number;
}

export interface RestoreResult {
  readonly success: true;
  readonly dryRun: boolean;
  readonly tables: readonly RestoredTable[];
  readonly recordsRestored: number;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** The first thousand values that could not be kept as they are. */
  readonly losses: readonly { table: string; key: string; column: string; why: string }[];
  /** Of all tables as they are now; the same on every engine. */
  readonly digest: string;
  /** The one that begins with this restore; none of a dry run. */
  readonly timeline?: string;
  readonly durationMs: number;
}

const mostLosses = 1_000;

/**
 * Restores the state that the last archive of a chain has.
 * 1. Checks the chain, reads schema document and counters; refuses what a newer program wrote, and a target that holds records.
 * 2. SQLite: makes a new file beside the target. Servers: drops the empty tables that are there. Marks the database as not
 *    restored yet: killed from here on, nobody can open it, and the next restore into it begins again.
 * 3. Makes the tables as the archive declares them, and loads them; no unverified byte is used.
 * 4. Reads every table again and compares its digest with the archive's.
 * 5. Applies the migrations that this program has and the archive did not.
 * 6. In one transaction: begins a new timeline, notes the gap in every history, takes the mark away.
 * 7. SQLite: gives the file its name.
 * A failure or a cancellation before the end of step 6 takes away what was begun. Needs room for the database, on servers
 * also for its transaction log.
 * @param chain the full archive first, then what goes on from it, each from the one before
 * @throws CHAIN_BROKEN, CHAIN_TIMELINE, RESTORE_NOT_EMPTY, DATABASE_NEWER, MIGRATION_CHANGED, VALUE_LOSSY, PROOF_FAILED, ARCHIVE_CORRUPT, CANCELLED
 */
export async function restoreArchive(
  chain: readonly ArchiveReader[],
  options: RestoreOptions,
): Promise<RestoreResult> {
  const { url, dryRun = false, signal, keyFile } = options;
  const startedAt = performance.now();
  checkChain(chain);
  const last = chain.at(-1)!;
  const { header } = last;
  const schema = parseSchemaDocument(await last.schema());
  const domains: readonly Domain[] = [systemDomain, ...options.domains];
  const applied = schema.migrations.map(({ domain, id, checksum }) => [`${domain}/${id}`, checksum] as const);
  checkMigrations(domains, new Map(applied), `the archive ${header.id}`);
  const sources = tableSources(chain, schema);
  const state = await readState(last);
  throwIfAborted(signal);
  const place = await placeFor(url, unionOf(specsOf(domains), schema.tables), dryRun);
  const secrets = secretBox(() => loadSecretKey(keyFile, true));
  let settled = false;
  try {
    const losses: LossyValue[] = [];
    const onLoss = (loss: LossyValue): void => void (losses.length < mostLosses && losses.push(loss));
    const source = { header, sources, schema, serials: state.serials };
    const filled = await fill(source, { options, secrets, place: place.url, onLoss });
    throwIfAborted(signal);
    const timeline = dryRun ? undefined : await finish({ header, at: state.at }, place.url, options);
    settled = true;
    await place.settle();
    const omitted = Math.max(...(await Promise.all(chain.map(readOmittedSecrets))));
    return {
      ...resultOf(filled, losses, omitted),
      ...{ dryRun, durationMs: Math.round(performance.now() - startedAt) },
      ...(timeline === undefined ? {} : { timeline }),
    };
  } catch (error) {
    // What cannot be taken away now is marked, and the next restore begins with it.
    if (!dryRun && (!settled || place.url !== url)) await place.abandon().catch(() => {});
    throw error;
  }
}

/** Specs by name; those of this program where both have one. */
function unionOf<T extends { readonly name: string }>(
  ours: readonly T[],
  theirs: readonly T[],
): readonly T[] {
  const names = new Set(ours.map(({ name }) => name));
  return [...ours, ...theirs.filter(({ name }) => !names.has(name))];
}

interface Source {
  readonly header: ArchiveHeader;
  readonly sources: readonly TableSource[];
  readonly schema: SchemaDocument;
  readonly serials: readonly SerialState[];
}

interface Filled extends LoadedArchive {
  readonly digests: readonly DigestOfTable[];
}

async function fill(
  { header, sources, schema, serials }: Source,
  given: {
    readonly options: RestoreOptions;
    readonly secrets: SecretBox;
    readonly place: string;
    readonly onLoss: (loss: LossyValue) => void;
  },
): Promise<Filled> {
  const { options, secrets, place, onLoss } = given;
  const { dryRun = false, lossy = 'refuse', onProgress, signal } = options;
  const total = sources.reduce((sum, { rows }) => sum + rows, 0);
  const engine = await openEngine(place, {});
  try {
    if (!dryRun) await markRestoring(engine, header.id);
    const pace = new Pace('loading', total, onProgress);
    const shared = { schema, secrets, signal };
    const loaded = await loadArchive(engine, sources, serials, { ...shared, lossy, dryRun, onLoss, pace });
    if (dryRun) {
      const digests = [...loaded.expected].map(([table, { rows, digest = '' }]) => ({ table, rows, digest }));
      return { ...loaded, digests };
    }
    const proving = new Pace('proving', total, onProgress);
    const digests = await proveTables(engine, sources, { ...shared, loaded, pace: proving });
    await recordMigrations(engine, schema.migrations);
    return { ...loaded, digests };
  } finally {
    await engine.close();
  }
}

/** @returns the id of the new timeline */
async function finish(
  from: Omit<RestoredFrom, 'by'>,
  url: string,
  { domains, keyFile, by }: RestoreOptions,
): Promise<string> {
  const origin = { actor: by.name, via: by.via, reason: `restore of the archive ${from.header.id}` };
  await using store = await openStore({ url, domains, keyFile, origin, mustExist: true, restoring: true });
  return await beginAnew(store, { ...from, by });
}

function resultOf({ report, expected, digests }: Filled, losses: readonly LossyValue[], omitted: number) {
  const tables = report.tables
    .filter(({ table }) => expected.has(table))
    .map(({ table, rows, lossy }) => ({
      table,
      inserted: rows,
      updated: 0,
      skipped: 0,
      conflicts: 0,
      lossy,
    }));
  const lost = tables.reduce((sum, { lossy }) => sum + lossy, 0);
  return {
    success: true as const,
    tables,
    recordsRestored: tables.reduce((sum, { inserted }) => sum + inserted, 0),
    errors: [],
    warnings: [
      ...(omitted === 0 ? [] : [`${omitted} secrets are not in the archive: enter them again`]),
      ...(lost === 0 ? [] : [`${lost} values cannot be kept as they are`]),
    ],
    losses: losses.map(({ key, ...loss }) => ({ ...loss, key: key.map(String).join(', ') })),
    digest: overallDigest(digests),
  };
}
