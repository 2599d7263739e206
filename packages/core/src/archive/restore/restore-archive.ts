// A restore into a new or empty database, on any engine.

import { throwIfAborted } from '../../engine/write-lock.ts';
import type { Domain } from '../../schema/domain.ts';
import { draftSecretKey } from '../../system/secret-key.ts';
import { specsOf } from '../backup/content.ts';
import type { OnProgress } from '../backup/pace.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { fillerOf } from './fill-at.ts';
import { placeFor } from './place.ts';
import { filledResult, letGo, readWhole } from './whole-source.ts';

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
  const { url, dryRun = false, signal } = options;
  const startedAt = performance.now();
  const source = await readWhole(chain, options.domains);
  throwIfAborted(signal);
  await using filler = fillerOf(source);
  using key = draftSecretKey(options.keyFile);
  const place = await placeFor(url, unionOf(specsOf(source.domains), source.schema.tables), dryRun);
  let settled = false;
  try {
    const filled = await filler.fill(place.url, { ...options, keyFile: key.path });
    throwIfAborted(signal);
    key.keep();
    const timeline = dryRun ? undefined : await letGo(source, place.url, options);
    settled = true;
    await place.settle();
    return {
      ...filledResult(filled, source),
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
