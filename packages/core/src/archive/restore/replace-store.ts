// Everything that a living store holds, replaced by what an archive has: built beside it, compared, and put in its place.

import type { SwapOptions } from '../../engine/scratch.ts';
import { throwIfAborted } from '../../engine/write-lock.ts';
import type { Store } from '../../store/open-store.ts';
import { systemDomain } from '../../system/domain.ts';
import { draftSecretKey } from '../../system/secret-key.ts';
import { migrationsTable } from '../../update/migrations-table.ts';
import { specsOf } from '../backup/content.ts';
import type { OnProgress } from '../backup/pace.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';
import { fill } from './fill.ts';
import { fillerOf } from './fill-at.ts';
import type { RestoreResult } from './restore-archive.ts';
import { filledResult, letGo, readWhole } from './whole-source.ts';

export interface ReplaceOptions {
  /** Path of the key file that secrets are sealed with. */
  readonly keyFile: string;
  /** @default 'refuse' */
  readonly lossy?: 'refuse' | 'nearest';
  /** Reads, decodes and counts everything, and writes nothing. @default false */
  readonly dryRun?: boolean;
  readonly by: { readonly name: string; readonly via: string };
  readonly onProgress?: OnProgress;
  /** Told before each step of the change of places. */
  readonly onStep?: (step: string) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface ReplaceResult extends RestoreResult {
  /** Where the tables are that were replaced, as `changePlaces` takes it; nothing of a dry run. */
  readonly kept?: string;
}

/** What is ready to take the place of a living store. */
export interface BuiltReplacement extends RestoreResult {
  /** Beside the living store, as `changePlaces` takes it. */
  readonly name: string;
  remove(): Promise<void>;
}

/**
 * 1. Loads the chain into an empty database beside the living one, and compares every table with the archive. A failure or a
 *    cancellation removes it; what a killed process leaves of it, the next command removes.
 * 2. Brings it to the schema of this program; enters the archives that there are; begins a new timeline, with a gap in
 *    every history.
 * The living store is used meanwhile. Needs room for the database once more.
 * @throws what a restore throws, DATABASE_FORBIDDEN with the right that is missing
 */
export async function buildReplacement(
  store: Store,
  chain: readonly ArchiveReader[],
  options: Omit<ReplaceOptions, 'dryRun' | 'onStep'>,
): Promise<BuiltReplacement> {
  const { signal } = options;
  const startedAt = performance.now();
  const source = await readWhole(chain, ownDomains(store));
  await using filler = fillerOf(source);
  using key = draftSecretKey(options.keyFile);
  const scratch = await store.engine.scratch('restore');
  try {
    await scratch.engine.close();
    const filled = await filler.fill(scratch.url, { ...options, keyFile: key.path });
    throwIfAborted(signal);
    key.keep();
    const timeline = await letGo(source, scratch.url, options, store);
    throwIfAborted(signal);
    const told = { dryRun: false, durationMs: Math.round(performance.now() - startedAt), timeline };
    return {
      ...{ ...filledResult(filled, source), ...told, name: scratch.name },
      remove: () => scratch.remove(),
    };
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}

/**
 * 1. Builds what the archive has beside the living store, as `buildReplacement`.
 * 2. Lets the two change places: before or after, wherever it is killed. The next opening says so.
 * What is written to the living store meanwhile is replaced with the rest. The store is closed then.
 * @throws what a restore throws, DATABASE_BUSY while others use the database, DATABASE_FORBIDDEN with the right that is missing
 */
export async function replaceStore(
  store: Store,
  chain: readonly ArchiveReader[],
  options: ReplaceOptions,
): Promise<ReplaceResult> {
  const { dryRun = false, onStep } = options;
  const startedAt = performance.now();
  const took = () => ({ dryRun, durationMs: Math.round(performance.now() - startedAt) });
  if (dryRun) {
    const source = await readWhole(chain, ownDomains(store));
    const filled = await fill(store.engine, source, options);
    return { ...filledResult(filled, source), ...took() };
  }
  const { name, remove, ...result } = await buildReplacement(store, chain, options);
  try {
    const { kept } = await changePlaces(store, name, { onStep });
    return { ...result, ...took(), kept };
  } finally {
    await remove();
  }
}

/**
 * Puts what is beside a store in its place: what was built, or what an earlier change of places has kept. What is living now
 * is kept in turn. The store is closed then.
 * @throws DATABASE_BUSY while others use the database
 */
export async function changePlaces(
  { engine, domains }: Store,
  name: string,
  options: Pick<SwapOptions, 'onStep' | 'onKept'> = {},
): Promise<{ readonly kept: string }> {
  return engine.swap(name, [migrationsTable.spec, ...specsOf(domains)], options);
}

/** Records that a replacement puts aside. */
export async function livingRecords({ engine, domains }: Store): Promise<number> {
  return engine.read(async (session) => {
    let sum = 0;
    for (const { name } of specsOf(domains)) {
      const [count] = (await session.get({ sql: `SELECT count(*) FROM ${engine.syntax.quote(name)}` }, []))!;
      sum += Number(count);
    }
    return sum;
  });
}

const ownDomains = ({ domains }: Store) => domains.filter(({ name }) => name !== systemDomain.name);
